"""Queues from FreePBX's tables `queues_config` and `queues_details`, or from one table that has the columns of both."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from appliance.core.freepbx.agents import agent_of
from appliance.core.freepbx.draft import Draft, is_off
from appliance.core.freepbx.tables import Row, Table
from appliance.core.words import N_

COLUMNS = {
    "key": ("extension", "account"),
    "name": ("descr", "name"),
    "strategy": ("strategy",),
    "ring_s": ("timeout",),
    "retry_s": ("retry",),
    "wrapup_s": ("wrapuptime",),
    "weight": ("weight",),
    "max_wait_s": ("maxwait",),
    "max_callers": ("maxlen",),
    "announce_position": ("announce-position",),
    "announce_wait": ("announce-holdtime",),
    "announce_every_s": ("announce-frequency",),
    "service_level_s": ("servicelevel",),
    "missed_limit": ("autopause",),
    "recording": ("recording",),
}
FAIL_OVER = ("dest", "goto")
FAIL_OVER_FIELDS = ("timeout_destination", "full_destination", "empty_destination")
MEMBERS = ("member", "members", "dynmembers")
HANDLED = {name for names in (*COLUMNS.values(), FAIL_OVER, MEMBERS) for name in names}
# SIP/1001,0 and Local/1001@from-queue/n,0 and, as the page of a queue has it, S1001,0 or 1001,0.
_MEMBER = re.compile(r"(?:(?:PJSIP|SIP|P|S)/?|Local/)?(\d+)(?:@[\w-]+(?:/n)?)?(?:,(\d+))?(?:,.*)?", re.I | re.A)
_RECORDED = {"force", "yes", "always"}
HIGHEST_PENALTY = 9


def is_queues(table: Table) -> bool:
    return table.has("extension", "descr", "maxwait") or (table.has("strategy", "maxwait") and _has_number(table))


def _has_number(table: Table) -> bool:
    return bool(set(COLUMNS["key"]) & set(table.columns))


def is_queue_details(table: Table) -> bool:
    return table.has("id", "keyword", "data")


@dataclass
class Details:
    """What `queues_details` says of one queue: a row for each word."""

    words: dict[str, Row]
    members: list[tuple[int, Row]]  # by their order


def read_details(tables: list[Table]) -> dict[str, Details]:
    found: dict[str, Details] = {}
    for row in (row for table in tables for row in table.rows):
        details = found.setdefault(row.value("id"), Details({}, []))
        if row.value("keyword") == "member":
            order = row.value("flags")
            details.members.append((int(order) if order.isdecimal() else 0, row))
        else:
            details.words[row.value("keyword")] = row
    return found


def put_queues(draft: Draft, table: Table, details: dict[str, Details]) -> None:
    for row in table.rows:
        own = details.pop(row.value(*COLUMNS["key"]), Details({}, []))
        words = {word: each.value("data") for word, each in own.words.items()}
        whole = Row(row.file, row.number, {**words, **{name: cell for name, cell in row.cells.items() if cell}})
        _put(draft, whole, list(_members(draft, whole, own)))


def tell_orphans(draft: Draft, details: dict[str, Details]) -> None:
    for number, each in details.items():
        for row in [*each.words.values(), *(row for _order, row in each.members)][:1]:
            message = N_("queue {number} is in no table with its name; export queues_config too")
            draft.say(row, "id", "left", message, number=number)


def _put(draft: Draft, row: Row, members: list[dict[str, Any]]) -> None:
    columns = {field: row.column(names) for field, names in COLUMNS.items()}
    values: dict[str, Any] = {field: row.value(*names) for field, names in COLUMNS.items()}
    key = values["key"]
    values |= _meant(values) | {"name": values["name"] or key, "members": members}
    if draft.put(row, "queues", values, columns):
        draft.lead(row, FAIL_OVER, ("queues", key), FAIL_OVER_FIELDS)
        draft.tell_rest(row, HANDLED, key)


def _meant(values: dict[str, Any]) -> dict[str, Any]:
    """What FreePBX means by its words where ours are others: an empty or zero time is without limit or never."""
    silent = is_off(values["announce_every_s"])
    return {
        "max_wait_s": 0 if is_off(values["max_wait_s"]) else values["max_wait_s"],
        "ring_s": 300 if values["ring_s"] == "0" else values["ring_s"],
        "announce_position": not (silent or is_off(values["announce_position"])),
        "announce_wait": not (silent or is_off(values["announce_wait"])),
        "announce_every_s": "" if silent else values["announce_every_s"],
        "missed_limit": 0 if is_off(values["missed_limit"]) else 1,
        "recording": values["recording"].lower() in _RECORDED,
    }


def _members(draft: Draft, row: Row, details: Details) -> Iterator[dict[str, Any]]:
    in_row = [(row, name, text) for name in MEMBERS for text in re.split(r"[\n|;\s]+", row.cells.get(name, ""))]
    in_details = [(each, "data", each.value("data")) for _order, each in sorted(details.members, key=lambda m: m[0])]
    seen = set()
    for place, column, text in in_details + in_row:
        found = _MEMBER.fullmatch(text)
        agent = agent_of(draft, place, found[1]) if found else None
        if agent is not None and agent not in seen:
            seen.add(agent)
            yield {"agent": agent, "penalty": min(int((found and found[2]) or 0), HIGHEST_PENALTY)}
        elif agent is None and text:
            draft.say(place, column, "left", N_("{member} is no extension here"), member=text)
