"""Whom a dialer calls next: of its lists by their shares, in its order, only who may be called now."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.dialing.attempts import Wish
from appliance.core.dialing.choice import turns
from appliance.core.dialing.hours import may_begin, zone_of
from appliance.core.dialing.law import rules_of
from appliance.core.entities.dialers import Dialer
from appliance.core.entities.lists import ContactList
from appliance.core.site import Site
from appliance.store.dialing.lanes import (
    RETRY,
    Candidate,
    Lane,
    change_contacts,
    choose_alone,
    load_candidates,
    load_lanes,
    load_owners,
    lock_contacts,
    wake_contacts,
)
from appliance.store.dialing.reachable import Asked, Blocked, Reached, sort_out
from appliance.store.lists.contact_filters import filter_condition
from appliance.store.lists.field_order import load_by_field
from appliance.store.tables.dialing import AttemptRow
from appliance.store.tables.dialing import ListContactRow as Row

MOST_OWNERS = 20  # agents who are free at once and may have contacts of their own
ROUNDS = 5  # how often it looks further where many may not be called
MORE, MORE_OF_FILTERED = 8, 100
LOOK_AGAIN = dt.timedelta(minutes=30)  # at who did not belong to the filter: what is filtered by may change
_LATEST = 200  # attempts by which lists keep to their shares


class _Choice:
    """One choosing: what it found so far, and what it has to know."""

    def __init__(self, tx: AsyncSession, dialer: Dialer, asked: Asked) -> None:
        self.tx, self.dialer, self.asked = tx, dialer, asked
        self.chosen: list[Reached] = []
        self.numbers: set[str] = set()
        self.filters: dict[str, ColumnElement[bool]] = {}
        self.by_field: dict[str, ContactList] = {}
        self.passed: dict[str, set[int]] = {each.list: set() for each in dialer.lists}  # taken, or not ours

    async def take(self, key: str, lanes: list[Lane], most: int) -> int:
        """How many of a list it found; less than `most` where there are no more, or too many may not be called."""
        found, passed = 0, self.passed[key]
        for turn in range(ROUNDS if most else 0):
            # More each turn; and those who were passed stand at the head still.
            size = (most - found) * 9 // 8 + (self._more(key) << turn) + len(passed)
            read = await self._read(key, lanes, size)
            new = [each for each in read if each.contact_id not in passed]
            fitting, others = await self._filtered(key, new)
            reached, blocked = await sort_out(self.tx, fitting, self.asked, self.numbers)
            # Only what is needed is locked, so that another daemon finds the rest free; more where it came first.
            tried = reached[: (most - found) << turn]
            found += await self._keep(key, tried, others + blocked, most - found)
            if found >= most or (len(read) < size and len(tried) == len(reached)):
                break
        return found

    async def _read(self, key: str, lanes: list[Lane], most: int) -> list[Candidate]:
        if key in self.by_field:
            return await load_by_field(self.tx, lanes, self.by_field[key], most)
        return await load_candidates(self.tx, lanes, self.dialer.order, most)

    def _more(self, key: str) -> int:
        """How many are read beyond those that are needed: few of them may be callable, or belong to the filter."""
        return MORE_OF_FILTERED if self.filters.get(key) is not None else MORE

    async def _filtered(self, key: str, new: list[Candidate]) -> tuple[list[Candidate], list[Blocked]]:
        condition = self.filters.get(key)
        if condition is None or not new:
            return new, []
        own = Row.list == key, Row.contact_id.in_([each.contact_id for each in new])
        fitting = set((await self.tx.execute(select(Row.contact_id).where(*own, condition))).scalars())
        until = self.asked.at + LOOK_AGAIN
        others = [
            Blocked(each, RETRY, held_by="filter", next_at=until) for each in new if each.contact_id not in fitting
        ]
        return [each for each in new if each.contact_id in fitting], others

    async def _keep(self, key: str, tried: list[Reached], blocked: list[Blocked], most: int) -> int:
        ids = {each.candidate.contact_id for part in (tried, blocked) for each in part}
        free = await lock_contacts(self.tx, key, ids)
        await self._hold(key, [each for each in blocked if each.candidate.contact_id in free])
        chosen = [each for each in tried if each.candidate.contact_id in free][:most]
        self.chosen += chosen
        self.numbers |= {each.number for each in chosen}
        self.passed[key] |= {each.candidate.contact_id for each in chosen} | (ids - free)
        return len(chosen)

    async def _hold(self, key: str, blocked: list[Blocked]) -> None:
        """Marked, so that they are not read again before there is a reason."""
        for is_over in (False, True):
            some = [each for each in blocked if bool(each.result) == is_over]
            rows = [
                {"of_contact": each.candidate.contact_id, "state": each.state}
                | {"held_by": each.held_by, "next_at": each.next_at}
                | ({"result": each.result} if is_over else {})
                for each in some
            ]
            await change_contacts(self.tx, key, rows)


async def choose(tx: AsyncSession, site: Site, dialer: Dialer, wish: Wish) -> list[Reached]:
    """Locked for this transaction and not marked yet. Who may not be called is marked, to be left alone until then."""
    shares = {each.list: each.share_pct for each in dialer.lists}
    if not shares or wish.most < 1 or site.settings.emergency_closed:
        return []
    await choose_alone(tx)
    await wake_contacts(tx, shares, wish.at, 4 * wish.most + 100)
    zones, lanes = await _open_lanes(tx, site, dialer, wish)
    quiet_h = {key: rules_of(site, each).abandoned_quiet_h for key, each in site.dialers.items()}
    asked = Asked(rules_of(site, dialer), dialer.campaign, wish.kind, wish.at, zones, site.settings.country, quiet_h)
    choice = _Choice(tx, dialer, asked)
    choice.filters = _filters(tx, site, dialer, wish.at)
    choice.by_field = {key: site.lists[key] for key in shares if dialer.order == "field" and key in site.lists}
    turn = Counter(turns(shares, await _latest(tx, dialer) if len(shares) > 1 else [], wish.most))
    full = [key for key in shares if turn[key] == await choice.take(key, lanes[key], turn[key])]
    for key in full:  # what one list has not, the others give
        if missing := wish.most - len(choice.chosen):
            await choice.take(key, lanes[key], missing)
    return choice.chosen


async def owns_contacts(tx: AsyncSession, dialer: Dialer, agents: Sequence[str]) -> bool:
    """Whether any contact of one of these agents may be waiting."""
    return bool(await load_lanes(tx, [each.list for each in dialer.lists], agents[:MOST_OWNERS]))


def _filters(tx: AsyncSession, site: Site, dialer: Dialer, at: dt.datetime) -> dict[str, ColumnElement[bool]]:
    """A filter that is gone raises: nobody is called by guess."""
    named = {each.list: site.contact_filters[each.filter] for each in dialer.lists if each.filter}
    return {key: filter_condition(tx, found, at) for key, found in named.items()}


async def _open_lanes(
    tx: AsyncSession, site: Site, dialer: Dialer, wish: Wish
) -> tuple[Mapping[tuple[str, str], str], dict[str, list[Lane]]]:
    """Where it is not the hour, nobody is looked at."""
    keys = [each.list for each in dialer.lists]
    if wish.kind == "agentless":  # whose they are does not matter where no agent talks
        of_all = await load_lanes(tx, keys, await load_owners(tx, keys))
        lanes = [lane._replace(is_own=False) for lane in of_all]
    else:
        lanes = await load_lanes(tx, keys, _owners(wish))
    of_lists = {key: found.time_zone if (found := site.lists.get(key)) else "" for key in keys}
    zones = {(lane.list, lane.zone): zone_of(lane.zone, of_lists[lane.list], site.settings.time_zone) for lane in lanes}
    rules = rules_of(site, dialer)
    is_open = {zone: may_begin(rules, zone, wish.at) for zone in set(zones.values())}
    open_lanes: dict[str, list[Lane]] = {key: [] for key in keys}
    for lane in lanes:
        if is_open[zones[lane.list, lane.zone]]:
            open_lanes[lane.list].append(lane)
    return zones, open_lanes


def _owners(wish: Wish) -> list[str]:
    """Nobody's, or those of agents who hear them ring: whoever is called at a guess may reach anybody."""
    own = [*wish.ready[:MOST_OWNERS]]
    return own if wish.kind == "owned" else ["", *own] if wish.kind == "preview" else [""]


async def _latest(tx: AsyncSession, dialer: Dialer) -> list[str]:
    query = select(AttemptRow.list).where(AttemptRow.dialer == dialer.key)
    return list((await tx.execute(query.order_by(AttemptRow.begun_at.desc()).limit(_LATEST))).scalars())
