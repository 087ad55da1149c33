"""The life of a dialer: which state may follow which, and what people call the step."""

import datetime as dt
from typing import Literal, NamedTuple, get_args

from appliance.core.entities.dialers import Dialer
from appliance.core.words import N_

State = Literal["draft", "scheduled", "running", "paused", "draining", "finished", "archived"]
Act = Literal["schedule", "start", "pause", "drain", "finish", "archive", "reopen"]
STATES: tuple[State, ...] = get_args(State)
ACTS: tuple[Act, ...] = get_args(Act)
STATE_NAMES: dict[State, str] = {
    "draft": N_("Draft"),
    "scheduled": N_("Scheduled"),
    "running": N_("Running"),
    "paused": N_("Paused"),
    "draining": N_("Ending: no new calls"),
    "finished": N_("Finished"),
    "archived": N_("Archived"),
}


class Step(NamedTuple):
    before: frozenset[State]
    after: State


STEPS: dict[Act, Step] = {
    "schedule": Step(frozenset({"draft", "scheduled", "paused", "finished"}), "scheduled"),
    "start": Step(frozenset({"draft", "scheduled", "paused", "draining", "finished"}), "running"),
    "pause": Step(frozenset({"scheduled", "running", "draining"}), "paused"),
    "drain": Step(frozenset({"running", "paused"}), "draining"),
    "finish": Step(frozenset({"scheduled", "running", "paused", "draining"}), "finished"),
    "archive": Step(frozenset({"draft", "scheduled", "paused", "finished"}), "archived"),
    "reopen": Step(frozenset({"finished", "archived"}), "draft"),
}


class DialerState(NamedTuple):
    """`version` 0: nobody has touched it. Knobs that are None are as configured."""

    dialer: str
    state: State = "draft"
    starts_at: dt.datetime | None = None
    intensity_pct: int | None = None
    max_ratio_pct: int | None = None
    changed_at: dt.datetime | None = None
    changed_by: str = ""
    version: int = 0

    def pace_of(self, dialer: Dialer) -> Dialer:
        """With the knobs as they are turned now."""
        turned = {"intensity_pct": self.intensity_pct, "max_ratio_pct": self.max_ratio_pct}
        return dialer.model_copy(update={name: value for name, value in turned.items() if value is not None})


def acts_in(state: State) -> list[Act]:
    """What may be done with a dialer in this state."""
    return [act for act, step in STEPS.items() if state in step.before]


class Left(NamedTuple):
    """What a dialer still has: contacts not done, attempts that are open, calls that were promised."""

    contacts: int = 0
    attempts: int = 0
    promised: int = 0


def next_step(now: DialerState, dialer: Dialer, left: Left, at: dt.datetime) -> Act | None:
    """What happens by itself: a scheduled start, the end of an ending one, and the end where nothing is left."""
    if now.state == "scheduled" and now.starts_at is not None and now.starts_at <= at:
        return "start"
    if now.state == "draining" and not left.attempts:
        return "finish"
    if now.state == "running" and not dialer.waits_for_contacts and not any(left):
        return "finish"
    return None
