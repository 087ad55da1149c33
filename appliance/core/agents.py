"""The rules of agents at work: at which phone they sit, why they may pause, and what is left of an allowance."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping

from appliance.core.entities.people import Agent
from appliance.core.entities.work import PauseReason
from appliance.core.phones import extension_of
from appliance.core.site import Site
from appliance.core.words import N_

# Reasons of pauses that nobody chooses.
WRAPUP = "wrapup"
MISSED = "missed"
RESERVED = (WRAPUP, MISSED)
POLICY = "policy"  # who paused or logged out, where it was a rule
# The queue of whoever is logged in and serves no other: so the journal knows the time, and the phone's state is told.
NO_QUEUE = "_no-queue"
# A member that is never rung. It stands in a queue while somebody there is in wrap-up, where callers leave as soon as
# everybody is paused: to Asterisk, wrap-up is a pause too.
STAND_IN = "_wrapup"

USUAL_PAUSES = {
    "break": N_("Break"),
    "lunch": N_("Lunch"),
    "training": N_("Training"),
    "meeting": N_("Meeting"),
    "other": N_("Other work"),
}
# Why a session ended, where no person said it in words of their own.
ENDINGS = {
    "no_phone": N_("Neither a phone nor a page was there for too long."),
    "moved": N_("Logged in at another phone."),
    "deleted": N_("The agent was deleted."),
}


def may_sit_at(site: Site, device: str) -> bool:
    return extension_of(device) in site.extensions


def allowed_reasons(site: Site) -> frozenset[str]:
    """What a pause may be for: what the site says, or the usual."""
    return frozenset(site.pause_reasons) | frozenset(USUAL_PAUSES)


def needs_approval(site: Site, reason: str) -> bool:
    found = site.pause_reasons.get(reason)
    return found is not None and found.needs_approval


def phone_pause(site: Site) -> str:
    """The reason of a pause by phone: the site's first that needs no approval, if any, else its first."""
    own = sorted(site.pause_reasons, key=lambda key: site.pause_reasons[key].needs_approval)
    return own[0] if own else next(iter(USUAL_PAUSES))


def doubled_log_in_numbers(site: Site) -> Iterator[tuple[str, str, str]]:
    """Each agent who shares a number with another: key, key of the other, number."""
    users: dict[str, list[str]] = {}
    for agent in site.agents.values():
        users.setdefault(log_in_number(agent), []).append(agent.key)
    for number, keys in users.items():
        for key in keys if len(keys) > 1 else ():
            yield key, keys[1] if key == keys[0] else keys[0], number


def log_in_number(agent: Agent) -> str:
    """What this agent types to log in by phone."""
    return agent.number or agent.extension


def agent_by_number(site: Site, number: str) -> Agent | None:
    return next((agent for agent in site.agents.values() if log_in_number(agent) == number), None)


Stretch = tuple[str, dt.datetime, dt.datetime]  # the reason of a pause, its beginning and its end


def left_s(reasons: Mapping[str, PauseReason], pauses: Iterable[Stretch], since: dt.datetime) -> dict[str, int]:
    """By reason with an allowance, what is left of it in seconds, below nothing where it was overdrawn."""
    left = {key: reason.allowance_min * 60.0 for key, reason in reasons.items() if reason.allowance_min}
    for reason, began_at, ended_at in pauses:
        if reason in left:
            left[reason] -= max(0.0, (ended_at - max(began_at, since)).total_seconds())
    return {key: round(seconds) for key, seconds in left.items()}
