"""Adds contacts to a list in the caller's transaction: without doubles, and without whom nobody may call."""

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.contacts import every_form_of
from appliance.core.lists.rows import Candidate
from appliance.core.site import Site
from appliance.services.imports.ground import campaign_of, list_country, scope_of
from appliance.store.dialing.do_not_call import never_called, never_dialled
from appliance.store.lists.already import Place, Scope, identity, known, lock_lists, places_of
from appliance.store.lists.contact_rows import Rows, insert_rows, lay_out


class Target(NamedTuple):
    """A list as contacts are added to it."""

    key: str
    campaign: str
    scope: Scope
    by: str
    country: str
    is_mixed: bool = True  # numbers may stand there from a time when the country was another, or not set


class Added(NamedTuple):
    ids: list[int]
    added: Sequence[Candidate]
    doubles: list[Candidate]
    never: list[Candidate]


def target_of(site: Site, key: str, *, at: dt.datetime, by: str) -> Target:
    """Raises `NotFound`."""
    return Target(key, campaign_of(site, key), scope_of(site, key, at), by, list_country(site, key))


async def add_candidates(
    tx: AsyncSession, target: Target, candidates: Sequence[Candidate], *, at: dt.datetime, rows: Rows | None = None
) -> Added:
    """Of two that are the same, the first is added. Who has any number that may be called is. `rows` are those of all
    candidates, for most often all are added."""
    await lock_lists(tx)
    numbers = {number for each in candidates for _kind, number in each.numbers}
    barred = await _never(tx, target, numbers, at)
    open_ones, never = _told_apart(candidates, barred) if barred else (candidates, [])
    new, doubles = await _split(tx, target, open_ones)
    if rows is None or len(new) < len(candidates):
        rows = await lay_out(tx, target.key, new)
    ids = await insert_rows(tx, target.key, rows, at=at, by=target.by) if new else []
    return Added(ids, new, doubles, never)


async def find_places(tx: AsyncSession, target: Target, doubles: Sequence[Candidate]) -> dict[int, Place]:
    """Of each by its row: the contact that it is already; of those just added too."""
    own_list = Scope("key", frozenset({target.key}), None)
    places = await places_of(tx, own_list, {each.own_key for each in doubles} - {""})
    found = {each.row: places[each.own_key] for each in doubles if each.own_key in places}
    if target.scope.by == "none":
        return found
    marks = {each.row: identity(target.scope.by)(each) for each in doubles if each.row not in found}
    forms = every_form_of({*marks.values()} - {""}, target.country)
    if target.scope.by == "key":
        forms = {mark: frozenset({mark}) for mark in forms}
    places = await places_of(tx, target.scope, frozenset[str]().union(*forms.values()))
    for row, mark in marks.items():
        if form := next((each for each in forms.get(mark, ()) if each in places), ""):
            found[row] = places[form]
    return found


def _told_apart(candidates: Sequence[Candidate], barred: set[str]) -> tuple[list[Candidate], list[Candidate]]:
    """Who has a number that may be called, and who has none."""
    open_ones, never = list[Candidate](), list[Candidate]()
    for each in candidates:
        (never if barred.issuperset(number for _kind, number in each.numbers) else open_ones).append(each)
    return open_ones, never


async def _never(tx: AsyncSession, target: Target, numbers: set[str], at: dt.datetime) -> set[str]:
    if target.is_mixed:
        return await never_dialled(tx, every_form_of(numbers, target.country), target.campaign, at)
    return await never_called(tx, numbers, target.campaign, at)


async def _split(
    tx: AsyncSession, target: Target, candidates: Sequence[Candidate]
) -> tuple[Sequence[Candidate], list[Candidate]]:
    scope = target.scope
    if scope.by == "none":
        return candidates, []
    marks = [*map(identity(scope.by), candidates)]
    seen = await _seen(tx, target, {*marks} - {""})
    new, doubles = list[Candidate](), list[Candidate]()
    for each, mark in zip(candidates, marks, strict=True):
        if mark in seen:
            doubles.append(each)
            continue
        new.append(each)
        if mark:
            seen.add(mark)
    return new, doubles


async def _seen(tx: AsyncSession, target: Target, marks: set[str]) -> set[str]:
    if target.scope.by != "number" or not target.is_mixed:
        return await known(tx, target.scope, marks)
    forms = every_form_of(marks, target.country)
    found = await known(tx, target.scope, frozenset[str]().union(*forms.values()))
    return {number for number, written in forms.items() if written & found}
