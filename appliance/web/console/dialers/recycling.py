"""Contacts that are done are called again: chosen by how their calls ended, counted before anything changes."""

from typing import Any

from aiohttp import web

from appliance.core.access import FLOOR
from appliance.core.problems import Invalid
from appliance.core.words import N_
from appliance.services.clock import now
from appliance.services.recycling import check_choice, recycle
from appliance.store.dialing.recycling import NEVER, OPTED_OUT, Recycling, count_done
from appliance.store.dialing.states import load_progress, load_state
from appliance.web.access import Access, add_route
from appliance.web.console.dialers.told import outcome_word
from appliance.web.keys import DATABASE, PERSON
from appliance.web.language import _
from appliance.web.pages import page
from appliance.web.seen_dialer import seen_dialer

MOST = 300
# Those who are still on it are not offered.
FREED = {
    NEVER: N_("No longer on the do-not-call list"),
    OPTED_OUT: N_("Wanted no more calls, and is no longer on the do-not-call list"),
}


def add_routes(app: web.Application) -> None:
    add_route(app, "GET /dialers/{key}/recycle", get_recycle, Access(FLOOR))
    add_route(app, "POST /dialers/{key}/recycle/preview", post_preview, Access(FLOOR))
    add_route(app, "POST /dialers/{key}/recycle", post_recycle, Access(FLOOR))


async def get_recycle(request: web.Request) -> web.StreamResponse:
    return await _page(request, Recycling())


async def post_preview(request: web.Request) -> web.StreamResponse:
    wanted = await _wanted(request)
    try:
        check_choice(wanted)
    except Invalid as refused:
        return await _refused(request, wanted, refused)
    async with request.app[DATABASE].reading() as tx:
        _site, dialer = await seen_dialer(tx, request)
        number = sum(each.contacts for each in await count_done(tx, dialer, now(), wanted))
    return await _page(request, wanted, number=number)


async def post_recycle(request: web.Request) -> web.StreamResponse:
    wanted = await _wanted(request)
    try:
        async with request.app[DATABASE].transaction() as tx:
            site, dialer = await seen_dialer(tx, request)
            done = await recycle(tx, site, dialer, wanted, by=request[PERSON].login)
    except Invalid as refused:
        return await _refused(request, wanted, refused)
    return await _page(request, Recycling(), recycled=done)


async def _refused(request: web.Request, wanted: Recycling, refused: Invalid) -> web.StreamResponse:
    problem = refused.problems[0]
    return await _page(request, wanted, error=_(problem.message, **problem.context))


async def _wanted(request: web.Request) -> Recycling:
    form = await request.post()
    results, dispositions = (tuple(map(str, form.getall(name, [])))[:MOST] for name in ("result", "disposition"))
    return Recycling(results, dispositions, str(form.get("into", ""))[:40])


async def _page(request: web.Request, wanted: Recycling, **told: Any) -> web.StreamResponse:
    async with request.app[DATABASE].reading() as tx:
        site, dialer = await seen_dialer(tx, request)
        done = await count_done(tx, dialer, now())
        state = await load_state(tx, dialer.key)
        over = sum(each.contacts for each in await load_progress(tx, dialer) if each.state == "done")
    results: dict[str, int] = {}
    dispositions: dict[str, int] = {}
    for each in done:
        results[each.result] = results.get(each.result, 0) + each.contacts
        if each.disposition:
            dispositions[each.disposition] = dispositions.get(each.disposition, 0) + each.contacts
    own = {each.list for each in dialer.lists}
    context = {"number": None, "recycled": None, "error": ""} | told
    return await page(
        request,
        "dialers/recycling.html",
        status=422 if context["error"] else 200,
        dialer=dialer,
        site=site,
        wanted=wanted,
        is_running=state.state == "running",
        barred=over - sum(results.values()),
        results=[(key, _(FREED[key]) if key in FREED else outcome_word(key), n) for key, n in sorted(results.items())],
        dispositions=[(key, _name(site, key), n) for key, n in sorted(dispositions.items())],
        lists={key: each for key, each in site.lists.items() if key not in own},
        **context,
    )


def _name(site: Any, key: str) -> str:
    found = site.dispositions.get(key)
    return found.name if found else key
