"""A site in which every kind of place leads to every kind of destination, by a number of its own for each pair."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from appliance.core.site import Site
from tests.sites import a_prompt

# Each kind of destination, and what the journal tells of a call that gets there.
ENDS = {
    "extension:1900": "EXTENSION 1900",
    "agent:end": "EXTENSION 1901",
    "queue:end": "QUEUE_JOIN end",
    "campaign:end": "CAMPAIGN end",
    "voicemail:1902": "VOICEMAIL 1902|",
    "group:end": "GROUP end|",
    "conference:end": "CONFERENCE end|",
    "external:0051999888777": "NO_ROUTE 0051999888777",
    "directory": "DIRECTORY ",
    "prompt:end": "PROMPT end",
    "menu:end": "MENU end|",
    "announcement:end": "LANGUAGE es",
    "branch:end": "SCHEDULE end|closed",
    "input:end": "INPUT_FAILED end",
    "lookup:end": "LOOKUP end|silver",
    "survey:end": "SURVEY_BEGIN end",
    "callback:noted": "QUEUE_JOIN noted",  # no route goes to the callers: they are asked nothing and wait in line
    "hangup": "",
}
ALWAYS = [{"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "start": "00:00", "end": "24:00"}]
Rows = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Way:
    """How a number leads to a destination: its route, what else stands on the way, and what the caller presses."""

    route: dict[str, Any]
    places: dict[str, Rows] = field(default_factory=dict)
    keys: str = ""


def ways(key: str, to: str, *, number: str, caller: str) -> dict[str, Way]:
    """Each kind of place that may lead to `to`."""

    def by(section: str, kind: str, keys: str = "", **fields: Any) -> Way:
        return Way({"destination": f"{kind}:{key}"}, {section: {key: fields}}, keys)

    def menu(keys: str, option: str = "hangup", **fields: Any) -> Way:
        options = [{"digit": "1", "label": "One", "destination": option}]
        return by("menus", "menu", keys, prompt="ask", wait_s=1, tries=1, options=options, **fields)

    def branch(**fields: Any) -> Way:
        return by("branches", "branch", **{"open_destination": "hangup", **fields})

    def queue(keys: str = "", **fields: Any) -> Way:
        return by("queues", "queue", keys, recording=False, wrapup_s=0, **fields)

    ended, answer = {"destination": "hangup"}, {"answer": "gold", "destination": to}
    lookup, phone = {"url": "http://127.0.0.1/", "timeout_s": 1}, number[-4:]
    typed = {"prompt": "ask", "variable": "typed", "min_digits": 2, "max_digits": 2, "wait_s": 1, "tries": 1}
    return {
        "route": Way({"destination": to}),
        "route, closed": Way({**ended, "schedule": "never", "closed_destination": to}),
        "route, holiday": Way({**ended, "schedule": "holiday", "holiday_destination": to}),
        "special caller": Way({**ended, "callers": [{"caller": caller, "destination": to}]}),
        "VIP": Way(ended, {"vips": {caller: {"destination": to}}}),
        "phone": Way({"destination": f"extension:{phone}"}, {"extensions": {phone: {"unanswered_destination": to}}}),
        "ring group": by("ring_groups", "group", members=[{"extension": "1900"}], destination=to),
        "menu, key": menu("1", to),
        "menu, no key": menu("", timeout_destination=to),
        "menu, wrong key": menu("9", invalid_destination=to),
        "menu, operator": menu("1", "operator", operator=to),
        "announcement": by("announcements", "announcement", prompt="ask", destination=to),
        "branch, open": branch(schedule="always", open_destination=to),
        "branch, closed": branch(schedule="never", closed_destination=to),
        "branch, holiday": branch(schedule="holiday", holiday_destination=to),
        "input": by("inputs", "input", "12", destination=to, **{**typed, "wait_s": 5}),
        "input, failed": by("inputs", "input", failed_destination=to, **{**typed, "destination": "hangup"}),
        "lookup, gold": by("lookups", "lookup", answers=[answer], **lookup),
        "lookup, other": by("lookups", "lookup", other_destination=to, **lookup),
        "lookup, failed": by("lookups", "lookup", failed_destination=to, **lookup),
        "survey": by("surveys", "survey", "1", questions=[{"prompt": "ask"}], tries=1, destination=to),
        "queue, too long": queue(max_wait_s=1, timeout_destination=to),
        "queue, nobody": queue(empty_destination=to),
        "queue, paused": queue(paused_destination=to),
        "queue, key": queue("5", exit_key="5", exit_destination=to),
        "queue, full": queue(max_callers=1, full_destination=to),
        "campaign, closed": by("campaigns", "campaign", queue="end", schedule="never", closed_destination=to),
    }


@dataclass(frozen=True)
class Call:
    """One pair: who calls which number, what is pressed, and what the journal tells in the end."""

    key: str
    number: str
    caller: str
    to: str
    way: Way


def all_calls() -> dict[str, list[Call]]:
    """By kind of place."""
    found: dict[str, list[Call]] = {}
    for nth, to in enumerate(ENDS):
        for place, name in enumerate(ways("x", to, number="", caller="")):
            tail = f"{place + 20}{nth:02d}"
            key, number, caller = f"way-{tail}", f"555{tail}", f"7700{tail}"
            way = ways(key, to, number=number, caller=caller)[name]
            found.setdefault(name, []).append(Call(key, number, caller, to, way))
    return found


def site_of_ways(calls: dict[str, list[Call]]) -> Site:
    sections = _ends()
    for call in (call for found in calls.values() for call in found):
        for section, rows in {**call.way.places, "inbound_routes": {call.number: call.way.route}}.items():
            sections.setdefault(section, {}).update(rows)
    return _site(sections)


def site_of_odd_calls(**general: object) -> Site:
    """A number whose callers are blocked, or everything closed for an emergency: both lead to one place for all."""
    routes, blocked = {"5550001": {"destination": "hangup"}}, {"7700*": {}}
    return _site({**_ends(), "inbound_routes": routes, "blacklist": blocked, "general": {"main": general}})


def _site(sections: dict[str, Rows]) -> Site:
    for section, rows in sections.items():
        for key, row in rows.items():
            row["key"] = key
            if section not in ("blacklist", "general"):
                row.setdefault("name", key)
    return Site.model_validate(sections)


def _ends() -> dict[str, Rows]:
    days = [dt.date.today() + dt.timedelta(days=days) for days in (-1, 0, 1)]  # noqa: DTZ011 - whatever the zone
    return {
        "prompts": {key: a_prompt(key).model_dump() for key in ("ask", "end")},
        "extensions": {"1900": {}, "1901": {}, "1902": {"voicemail": True}},
        "agents": {"end": {"extension": "1901"}},
        "schedules": {
            "always": {"hours": ALWAYS},
            "end": {},
            "never": {},
            "holiday": {"hours": ALWAYS, "holidays": [{"date": day, "name": "Today"} for day in days]},
        },
        "queues": {
            "end": {"recording": False},
            "noted": {"recording": False, "callback_after_s": 30, "callback_prompt": "ask"},
        },
        "campaigns": {"end": {"queue": "end"}},
        "ring_groups": {"end": {"members": [{"extension": "1900"}]}},
        "conferences": {"end": {}},
        "menus": {"end": {"prompt": "ask", "options": [{"digit": "1", "label": "End", "destination": "hangup"}]}},
        "announcements": {"end": {"language": "es", "destination": "hangup"}},
        "branches": {"end": {"schedule": "end", "open_destination": "hangup"}},
        "inputs": {
            "end": {"prompt": "ask", "variable": "typed", "wait_s": 1, "tries": 1, "min_digits": 9, "max_digits": 9,
                    "destination": "hangup"}
        },
        "lookups": {"end": {"url": "http://127.0.0.1/"}},
        "surveys": {"end": {"questions": [{"prompt": "ask"}], "destination": "hangup"}},
    }  # fmt: skip
