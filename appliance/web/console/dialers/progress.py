"""How far a dialer is with its contacts, and when it will have called them all."""

import asyncio
import datetime as dt
from collections import Counter
from collections.abc import Iterable
from typing import Any

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.access import VIEW
from appliance.core.board import midnight
from appliance.core.dialing.law import rules_of
from appliance.core.dialing.outlook import Group, ends_at, time_left, zones_of
from appliance.core.entities.dialers import Dialer
from appliance.core.site import Site
from appliance.services.clock import now
from appliance.store.dialing.figures import load_outcomes, load_pace
from appliance.store.dialing.lanes import load_zones
from appliance.store.dialing.promised import load_promised
from appliance.store.dialing.results import load_count
from appliance.store.dialing.states import Progress, load_next_tries, load_progress, load_state
from appliance.web.access import Access, add_route
from appliance.web.console.dialers.told import outcome_word
from appliance.web.console.lists.words import STATES, WAITS
from appliance.web.keys import DATABASE
from appliance.web.pages import page
from appliance.web.seen_dialer import seen_dialer
from appliance.web.shown import use_zone

LATELY = dt.timedelta(minutes=30)
MONTH = dt.timedelta(days=30)
OVER = "done"


def add_routes(app: web.Application) -> None:
    add_route(app, "GET /dialers/{key}/live/progress", get_progress, Access(VIEW))


async def get_progress(request: web.Request) -> web.StreamResponse:
    await use_zone(request.cookies.get("zone", ""))
    async with request.app[DATABASE].reading() as tx:
        site, dialer = await seen_dialer(tx, request)
        context = await progress_of(tx, site, dialer)
    return await page(request, "dialers/progress.html", dialer=dialer, **context)


async def progress_of(tx: AsyncSession, site: Site, dialer: Dialer) -> dict[str, Any]:
    at, contacts = now(), dict.fromkeys(STATES, 0)
    progress = await load_progress(tx, dialer)
    for each in progress:
        contacts[each.state] += each.contacts
    is_running = (await load_state(tx, dialer.key)).state == "running"
    first_at, last_at = await load_next_tries(tx, dialer)
    ends = await _ends_at(tx, site, dialer, progress) if is_running else None
    promised, grace = await load_promised(tx, dialer), dt.timedelta(minutes=dialer.promised_grace_min)
    return {
        "site": site,
        "contacts": contacts,
        "total": sum(contacts.values()),
        "promised": promised,
        "late": sum(each.due_at + grace < at for each in promised),
        "contact_states": STATES,
        "waits": _waits(progress),
        "done_by": _done_by(progress),
        "next_at": first_at,
        "month": await load_count(tx, dialer.key, at - MONTH),
        "is_running": is_running,
        "ends_at": max(ends, last_at) if ends and last_at else ends,  # nobody is called before their time
        "outcomes": [
            (outcome_word(key), n) for key, n in await load_outcomes(tx, dialer.key, await today_began_at(site, at))
        ],
    }


async def _ends_at(tx: AsyncSession, site: Site, dialer: Dialer, progress: list[Progress]) -> dt.datetime | None:
    """By the pace of the last half hour, or since it began in it."""
    at = now()
    number, first_at = await load_pace(tx, dialer.key, at - LATELY)
    done = _group(each for each in progress if each.state == OVER)
    left = _group(each for each in progress if each.state != OVER)
    time = time_left(done, left, (number, at - (first_at or at)))
    if time is None:
        return None
    zones = zones_of(site, dialer, await load_zones(tx, [each.list for each in dialer.lists]))
    return ends_at(rules_of(site, dialer), zones, at, time)


def _waits(progress: Iterable[Progress]) -> list[tuple[str, int]]:
    """Why contacts wait for their next try, and how many."""
    found = dict.fromkeys(WAITS, 0)
    for each in progress:
        if each.state == "retry":
            found[each.held_by] += each.contacts
    return [(WAITS[why], number) for why, number in found.items() if number]


def _done_by(progress: Iterable[Progress]) -> list[tuple[str, int]]:
    """What came of those who are done, the most frequent first."""
    found = Counter[str]()
    for each in progress:
        if each.state == OVER:
            found[each.result] += each.contacts
    return [(outcome_word(result), number) for result, number in found.most_common()]


def _group(parts: Iterable[Progress]) -> Group:
    counts = [(each.contacts, each.tries) for each in parts]
    return Group(sum(contacts for contacts, _ in counts), sum(tries for _, tries in counts))


async def today_began_at(site: Site, at: dt.datetime) -> dt.datetime:
    """Of the centre, whose day the law's limit is counted by."""
    return await asyncio.to_thread(midnight, at, site.settings.time_zone)
