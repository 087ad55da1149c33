"""Contacts of a list one by one or all: added while it is being called, and taken out."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.lists.layout import ColumnUse, Layout, Use
from appliance.core.lists.rows import Candidate, Ground, Reject, RowReader, field_name
from appliance.core.problems import Invalid, Problem
from appliance.core.site import Site
from appliance.core.words import N_
from appliance.services.clock import now
from appliance.services.errors import Refused
from appliance.services.imports.adding import add_candidates, find_places, target_of
from appliance.services.imports.ground import ground_of, list_of
from appliance.services.users.trail import audit
from appliance.store.db import Database
from appliance.store.lists.already import Place, keys_in
from appliance.store.lists.members import count_states, delete_some

_PLAIN: tuple[Use, ...] = ("name", "company", "email", "notes", "key", "owner", "zone")


class Outcome(NamedTuple):
    """What became of one: `state` is added, double, never or rejected; `reason` is English with {value}.

    Of a double, `contact_id` and `list` say where it is already, as far as who asks may see that.
    """

    state: str
    contact_id: int | None = None
    reason: str = ""
    value: str = ""
    list: str = ""


SAME_KEY, SENT_TWICE = N_("its key is in the list {value} already"), N_("it was sent twice")
SAME_NUMBER, OTHER_LIST = N_("its number is in the list {value} already"), N_("it is in another list already")
NO_LIST, BARRED = N_("its number is on a card already"), N_("its number is on the do-not-call list")


async def add_contacts(
    tx: AsyncSession, site: Site, key: str, items: Sequence[Mapping[str, Any]], *, by: str
) -> list[Outcome]:
    """One outcome for each, in order. Who has a key of its own that is in the list already is the same contact."""
    at = now()
    target = target_of(site, key, at=at, by=by)
    ground = ground_of(site, key)
    read = [_read(ground, number, item) for number, item in enumerate(items)]
    candidates = [each for each in read if isinstance(each, Candidate)]
    there = await keys_in(tx, key, {each.own_key for each in candidates if each.own_key})
    added = await add_candidates(tx, target, _once(candidates, set(there)), at=at)
    outcomes = {each.row: Outcome("added", number) for number, each in zip(added.ids, added.added, strict=True)}
    outcomes |= {each.row: Outcome("never", None, BARRED) for each in added.never}
    outcomes |= {
        each.row: Outcome("rejected", None, each.reason, each.value) for each in read if isinstance(each, Reject)
    }
    doubles = [each for each in candidates if each.row not in outcomes]
    places = await find_places(tx, target, doubles)
    outcomes |= {each.row: _double(site, places.get(each.row), set(added.ids)) for each in doubles}
    return [outcomes[number] for number in range(len(items))]


def _double(site: Site, place: Place | None, new: set[int]) -> Outcome:
    """Where there is no place, the one before it was not added either."""
    if place is None:
        return Outcome("double", None, SENT_TWICE)
    if place.list and place.list not in site.lists:
        return Outcome("double", None, OTHER_LIST)
    if place.contact_id in new:
        return Outcome("double", place.contact_id, SENT_TWICE, list=place.list)
    reason = SAME_KEY if place.is_by_key else SAME_NUMBER if place.list else NO_LIST
    return Outcome("double", place.contact_id, reason, place.list, place.list)


def _once(candidates: list[Candidate], taken: set[str]) -> list[Candidate]:
    found = []
    for each in candidates:
        if not each.own_key or each.own_key not in taken:
            found.append(each)
            taken.add(each.own_key)
    return found


def _read(ground: Ground, number: int, item: Mapping[str, Any]) -> Candidate | Reject:
    """As a row of a file whose columns are just these."""
    columns, cells = [ColumnUse(use=use) for use in _PLAIN], [str(item.get(use) or "") for use in _PLAIN]
    columns.append(ColumnUse(use="priority"))
    cells.append(str(item["priority"]) if item.get("priority") is not None else "")
    for each in item["numbers"]:
        columns.append(ColumnUse(use=each["kind"]))
        cells.append(each["number"])
    for name, value in item.get("fields", {}).items():
        columns.append(ColumnUse(name=field_name(name), use="field"))
        cells.append(value)
    return RowReader(Layout(columns=columns), ground).read(number, cells)


def check_numbers(site: Site, key: str, numbers: Sequence[str]) -> None:
    """Raises `Invalid`, with a problem for each that no telephone can have: a contact is added without those."""
    reader = RowReader(Layout(columns=[ColumnUse(use="mobile")]), ground_of(site, key))
    read = (reader.read(at, [number]) for at, number in enumerate(numbers))
    refused = [each for each in read if isinstance(each, Reject)]
    if refused:
        raise Invalid(
            [Problem(("numbers", each.row, "number"), each.reason, {"value": each.value}) for each in refused]
        )


async def empty_list(database: Database, site: Site, key: str, *, by: str) -> int:
    """Takes every contact out, thousands at a time; their cards go too where no other list and no call knows them."""
    list_of(site, key)
    async with database.reading() as tx:
        states = await count_states(tx, key)
    if states.keys() & {"dialing", "reserved"}:
        raise Refused(N_("Some of these contacts are being called. Pause the dialer and wait for its calls to end."))
    gone = await take_out_all(database, key)
    async with database.transaction() as tx:
        await audit(tx, "empty", key, by, section="lists", before={"contacts": gone})
    return gone


async def take_out_all(database: Database, key: str) -> int:
    """Thousands at a time, so that nobody waits for the database meanwhile."""
    gone = 0
    while True:
        async with database.transaction() as tx:
            some = await delete_some(tx, key)
        gone += some
        if not some:
            return gone
