"""Adds contacts to a list in the caller's transaction: without doubles, and without whom nobody may call."""

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.lists.rows import Candidate
from appliance.core.site import Site
from appliance.services.imports.ground import campaign_of, scope_of
from appliance.store.do_not_call import never_called
from appliance.store.list_contacts import Scope, identity, insert_candidates, known, lock_lists


class Target(NamedTuple):
    """A list as contacts are added to it."""

    key: str
    campaign: str
    scope: Scope
    by: str


class Added(NamedTuple):
    ids: list[int]
    added: list[Candidate]
    doubles: list[Candidate]
    never: list[Candidate]


def target_of(site: Site, key: str, *, at: dt.datetime, by: str) -> Target:
    """Raises `NotFound`."""
    return Target(key, campaign_of(site, key), scope_of(site, key, at), by)


async def add_candidates(
    tx: AsyncSession, target: Target, candidates: Sequence[Candidate], *, at: dt.datetime
) -> Added:
    """Of two that are the same, the first is added. Who has any number that may be called is."""
    await lock_lists(tx)
    numbers = {number for each in candidates for _kind, number in each.numbers}
    barred = await never_called(tx, numbers, target.campaign, at) if numbers else set()
    open_ones = [each for each in candidates if any(number not in barred for _kind, number in each.numbers)]
    never = [each for each in candidates if all(number in barred for _kind, number in each.numbers)]
    new, doubles = await _split(tx, target.scope, open_ones)
    return Added(await insert_candidates(tx, target.key, new, at=at, by=target.by), new, doubles, never)


async def _split(
    tx: AsyncSession, scope: Scope, candidates: Sequence[Candidate]
) -> tuple[list[Candidate], list[Candidate]]:
    seen: set[str] = set()
    if scope.by != "none":
        wanted = {identity(each, scope.by) for each in candidates} - {""}
        seen = await known(tx, scope, wanted)
    new, doubles = list[Candidate](), list[Candidate]()
    for each in candidates:
        mark = identity(each, scope.by)
        (doubles if mark in seen else new).append(each)
        if mark:
            seen.add(mark)
    return new, doubles
