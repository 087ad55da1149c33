"""Which calls are whose work, as the live picture shows it, and what is still owed for a call that is over."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from appliance.core.entities.inbound import Campaign
from appliance.core.live.state import Agent, Call, State, began_inside

_NOT_YET = "ringing"


@dataclass(frozen=True)
class AtWork:
    """An agent in a call with somebody outside; `number` is that somebody's."""

    guid: str
    agent: str
    queue: str = ""
    campaign: str = ""
    number: str = ""
    is_talking: bool = False


def at_work(state: State) -> dict[tuple[str, str], AtWork]:
    """By GUID and agent. A phone that only rings is no work yet, and calls within the house have no GUID."""
    return {(work.guid, work.agent): work for key, agent in state.agents.items() for work in _of(state, key, agent)}


def _of(state: State, key: str, agent: Agent) -> Iterator[AtWork]:
    for channel_id in agent.channels:
        leg = state.channels.get(channel_id)
        call = state.calls.get(leg.call_id) if leg else None
        if leg and call and call.guid and leg.state != _NOT_YET:
            number = number_of(state, leg.call_id, call)
            yield AtWork(call.guid, key, call.queue, call.campaign, number, leg.is_talking)


def number_of(state: State, call_id: str, call: Call) -> str:
    """The other side's: of a call that began at one of our agents' phones, the number that was dialled."""
    return call.did if began_inside(state.channels.get(call_id), state.devices) else call.caller


def rings_at(state: State, key: str) -> str:
    """The call that rings at the agent's phone, or that the agent is in; empty for none."""
    agent = state.agents.get(key)
    legs = [state.channels[each] for each in agent.channels if each in state.channels] if agent else []
    with_guid = [leg for leg in legs if leg.call_id in state.calls and state.calls[leg.call_id].guid]
    best = sorted(with_guid, key=lambda leg: leg.state == _NOT_YET)
    return best[0].call_id if best else ""


def own_guid(state: State, key: str) -> str:
    """Of that call."""
    call_id = rings_at(state, key)
    return state.calls[call_id].guid if call_id else ""


def is_owed(campaign: Campaign | None) -> bool:
    """Whether a disposition must be chosen before the next call."""
    return campaign is not None and campaign.disposition_required


def overdue_disposition(campaign: Campaign | None, ended_at: datetime, at: datetime) -> str:
    """What is stored for an agent who did not choose in time; empty while there is time, or where nobody hurries."""
    if campaign is None or not campaign.disposition_timeout_s or not campaign.disposition_required:
        return ""
    late = ended_at + timedelta(seconds=campaign.disposition_timeout_s)
    return campaign.disposition_default if at >= late else ""
