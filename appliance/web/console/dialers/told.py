"""What is said of a dialer in words: its rules with where they stand, how calls ended, what people did with it."""

import datetime as dt
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.dialing.law import told
from appliance.core.dialing.laws import LawHours
from appliance.core.dialing.life import STATE_NAMES, State
from appliance.core.entities.dialers import Dialer
from appliance.core.site import Site
from appliance.core.words import N_
from appliance.services.dialers import SECTION
from appliance.store.configuration import load_trail
from appliance.web.console.differences import Difference, differences_of
from appliance.web.console.lists.words import RESULTS
from appliance.web.language import _
from appliance.web.shown import share

MOST = 30
ACTS = {
    "schedule": N_("Scheduled"),
    "start": N_("Started"),
    "pause": N_("Paused"),
    "drain": N_("Ends after the calls under way"),
    "finish": N_("Finished"),
    "archive": N_("Archived"),
    "reopen": N_("Opened again"),
    "knobs": N_("Intensity {intensity_pct} %, at most {max_ratio_pct} % for each agent"),
    "recycle": N_("Recycled {contacts} contacts"),
    "create": N_("Made"),
    "change": N_("Settings changed"),
}
RULES = {
    "abandoned_limit_tenths": N_("Most abandoned calls"),
    "abandoned_window": N_("Counted over"),
    "connect_s": N_("An agent within"),
    "ring_s": N_("Rings at least"),
    "needs_message": N_("Message where no agent is free"),
    "abandoned_quiet_h": N_("Quiet after an abandoned call"),
    "hours": N_("Calling hours"),
}
WINDOWS = {"day": N_("a day"), "month": N_("a month"), "days30": N_("30 days")}
_DAYS = (N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun"))


STATE_LOOKS = {
    "draft": ("off", "edit"),
    "scheduled": ("busy", "calendar-time"),
    "running": ("good", "player-play"),
    "paused": ("rest", "player-pause"),
    "draining": ("rest", "hourglass"),
    "finished": ("off", "circle-check"),
    "archived": ("off", "device-floppy"),
}


class ToldChange(NamedTuple):
    text: str
    differences: list[Difference]  # of its settings
    note: str
    by: str
    at: dt.datetime


class ToldRule(NamedTuple):
    title: str
    value: str
    source: str


def outcome_word(outcome: str) -> str:
    return _(RESULTS.get(outcome, outcome)) if outcome else _("Not called")


def state_word(state: State) -> str:
    return _(STATE_NAMES[state])


async def told_changes(tx: AsyncSession, key: str) -> list[ToldChange]:
    return [
        ToldChange(
            _act(each.action, each.after or {}),
            differences_of(each) if each.action == "change" else [],
            str((each.after or {}).get("note", "")),
            each.by,
            each.at,
        )
        for each in await load_trail(tx, SECTION, key, MOST)
    ]


def _act(action: str, after: dict[str, object]) -> str:
    known = {name: "—" for name in ("intensity_pct", "max_ratio_pct", "contacts")}
    given = {name: str(after[name]) for name in known if after.get(name) is not None}
    return _(ACTS.get(action, action), **(known | given))


def told_rules(site: Site, dialer: Dialer) -> list[ToldRule]:
    return [
        ToldRule(
            _(RULES[each.field]), _value(each.field, each.value) + _only_while(site, dialer, each.field), _(each.source)
        )
        for each in told(site, dialer)
        if each.field in RULES
    ]


def _only_while(site: Site, dialer: Dialer, field: str) -> str:
    """Of hours: the dialer's own come on top of the country's."""
    schedule = site.schedules.get(dialer.schedule) if field == "hours" else None
    return "; " + _("and only while {schedule} is open", schedule=schedule.name) if schedule else ""


def _value(field: str, value: object) -> str:
    match field:
        case "abandoned_limit_tenths":
            return share(float(str(value)) / 1000)
        case "abandoned_window":
            return _(WINDOWS.get(str(value), str(value)))
        case "connect_s" | "ring_s":
            return f"{value} s"
        case "abandoned_quiet_h":
            return f"{value} h"
        case "needs_message":
            return _("Yes") if value else _("No")
        case _:
            return _hours(value)


def _hours(value: object) -> str:
    """Days with the same hours together: Mon, Tue 8:00-21:00."""
    days: dict[str, list[str]] = {}
    for each in value if isinstance(value, tuple) else ():
        if isinstance(each, LawHours):
            days.setdefault(f"{_clock(each.start)}-{_clock(each.end)}", []).append(_(_DAYS[each.weekday]))
    return "; ".join(f"{', '.join(names)} {hours}" for hours, names in days.items()) or "—"


def _clock(minute: int) -> str:
    return f"{minute // 60}:{minute % 60:02d}"
