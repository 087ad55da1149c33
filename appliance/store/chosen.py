"""Whom a dialer calls next: of its lists by their shares, in its order, only who may be called now."""

from collections import Counter
from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.dialing.attempts import Wish
from appliance.core.dialing.choice import turns
from appliance.core.dialing.hours import may_call, zone_of
from appliance.core.dialing.law import rules_of
from appliance.core.entities.dialers import Dialer
from appliance.core.site import Site
from appliance.store.choosing import Lane, change_contacts, load_candidates, load_lanes, lock_contacts, wake_contacts
from appliance.store.reachable import Asked, Blocked, Reached, sort_out
from appliance.store.tables.dialing import AttemptRow

MOST_OWNERS = 20  # agents who are free at once and have contacts of their own
ROUNDS = 5  # how often it looks further where many may not be called
_LATEST = 200  # attempts by which lists keep to their shares


class _Choice:
    """One choosing: what it found so far, and what it has to know."""

    def __init__(self, tx: AsyncSession, dialer: Dialer, asked: Asked) -> None:
        self.tx, self.dialer, self.asked = tx, dialer, asked
        self.chosen: list[Reached] = []
        self.numbers: set[str] = set()
        self.passed: dict[str, set[int]] = {each.list: set() for each in dialer.lists}  # taken, or not ours

    async def take(self, key: str, lanes: list[Lane], most: int) -> int:
        """How many of a list it found; less than `most` where there are no more, or too many may not be called."""
        found, passed = 0, self.passed[key]
        for turn in range(ROUNDS if most else 0):
            size = (most - found) * 5 // 4 + (20 << turn) + len(passed)
            read = await load_candidates(self.tx, lanes, self.dialer.order, size)
            new = [each for each in read if each.contact_id not in passed]
            reached, blocked = await sort_out(self.tx, new, self.asked)
            # Only what is needed is locked, so that another daemon finds the rest free; more where it came first.
            tried = [each for each in reached if each.number not in self.numbers][: (most - found) << turn]
            found += await self._keep(key, tried, blocked, most - found)
            if found >= most or (len(read) < size and len(tried) == len(reached)):
                break
        return found

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
    if not shares or wish.most < 1:
        return []
    await wake_contacts(tx, shares, wish.at, 4 * wish.most + 100)
    zones, lanes = await _open_lanes(tx, site, dialer, wish)
    asked = Asked(rules_of(site, dialer), dialer.campaign, wish.kind, wish.at, zones)
    choice = _Choice(tx, dialer, asked)
    turn = Counter(turns(shares, await _latest(tx, dialer) if len(shares) > 1 else [], wish.most))
    full = [key for key in shares if turn[key] == await choice.take(key, lanes[key], turn[key])]
    for key in full:  # what one list has not, the others give
        if missing := wish.most - len(choice.chosen):
            await choice.take(key, lanes[key], missing)
    return choice.chosen


async def _open_lanes(
    tx: AsyncSession, site: Site, dialer: Dialer, wish: Wish
) -> tuple[Mapping[tuple[str, str], str], dict[str, list[Lane]]]:
    """Where it is not the hour, nobody is looked at."""
    keys = [each.list for each in dialer.lists]
    lanes = await load_lanes(tx, keys, ["", *wish.ready[:MOST_OWNERS]])
    of_lists = {key: found.time_zone if (found := site.lists.get(key)) else "" for key in keys}
    zones = {(lane.list, lane.zone): zone_of(lane.zone, of_lists[lane.list], site.settings.time_zone) for lane in lanes}
    rules = rules_of(site, dialer)
    is_open = {zone: may_call(rules, zone, wish.at) for zone in set(zones.values())}
    open_lanes: dict[str, list[Lane]] = {key: [] for key in keys}
    for lane in lanes:
        if is_open[zones[lane.list, lane.zone]]:
            open_lanes[lane.list].append(lane)
    return zones, open_lanes


async def _latest(tx: AsyncSession, dialer: Dialer) -> list[str]:
    query = select(AttemptRow.list).where(AttemptRow.dialer == dialer.key)
    return list((await tx.execute(query.order_by(AttemptRow.begun_at.desc()).limit(_LATEST))).scalars())
