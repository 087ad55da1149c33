"""What the pages of agents are told besides the live picture: that something of theirs is to be fetched anew."""

from typing import Any, Literal

from appliance.services.hub import Hub

TOPIC = "desk"
# work: notes, form or disposition of a call; reminder: one is due; reminders, messages, help: the list is another one;
# call: the agent did something with it.
What = Literal["work", "contact", "reminder", "reminders", "messages", "help", "calls", "pages", "steps", "call"]


def tell_desk(hub: Hub, what: What, *, agent: str = "", **details: Any) -> None:
    """After the commit. Without an agent it is for all of them."""
    about = frozenset({("agents", agent)}) if agent else None
    hub.publish(TOPIC, {"what": what, "agent": agent, **details}, about)
