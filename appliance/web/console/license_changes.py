"""What an administrator does to licences: preview and install a file, start the trial, give and free seats."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.access import EDIT
from appliance.core.license.body import EDITION_NAMES, FEATURES, MODEL_NAMES, License
from appliance.core.license.document import MAX_TEXT, LicenseError, decode
from appliance.services.licenses.files import Preview, audit_refusal, install_file, preview_file
from appliance.services.licenses.seats import free_seat, give_free_seats, give_seat
from appliance.services.licenses.trial import start_trial
from appliance.services.licenses.warnings import save_addresses
from appliance.store.snapshots import load_snapshot
from appliance.web.access import Access, add_route
from appliance.web.console.csv_files import ROOM
from appliance.web.console.licenses import license_page
from appliance.web.keys import DATABASE, MEMBERSHIP, PERSON
from appliance.web.language import _
from appliance.web.pages import page

ROOMY = Access(EDIT, max_body=MAX_TEXT + ROOM)
Change = Callable[[AsyncSession], Awaitable[object]]


def add_routes(app: web.Application) -> None:
    add_route(app, "POST /license/preview", post_preview, ROOMY)
    add_route(app, "POST /license/install", post_install, Access(EDIT, max_body=2 * MAX_TEXT))
    add_route(app, "POST /license/trial", post_trial, Access(EDIT))
    add_route(app, "POST /license/seats", post_seats, Access(EDIT))
    add_route(app, "POST /license/seats/give", post_give, Access(EDIT))
    add_route(app, "POST /license/seats/{seat}/free", post_free, Access(EDIT))
    add_route(app, "POST /license/mail", post_mail, Access(EDIT))


async def post_preview(request: web.Request) -> web.StreamResponse:
    """Nothing is stored: the preview carries the file to the next step."""
    try:
        text = await _sent(request)
        async with request.app[DATABASE].reading() as tx:
            preview = await preview_file(tx, text)
            site = (await load_snapshot(tx)).site
    except LicenseError as refused:
        return await _refused(request, refused)
    names = [site.agents[key].name if key in site.agents else key for key in preview.losers]
    shown: dict[str, Any] = {"text": text, "preview": preview, "losers": names, "changes": _shown(preview)}
    return await page(request, "license_preview.html", is_license=isinstance(preview.body, License), **shown)


def _shown(preview: Preview) -> list[tuple[str, str, str]]:
    names = {"Edition": EDITION_NAMES, "Model": MODEL_NAMES, "Features": FEATURES}
    return [
        (title, _named(names.get(title, {}), before), _named(names.get(title, {}), after))
        for title, before, after in preview.changes
    ]


def _named(names: dict[str, str], value: str) -> str:
    """Each of several features."""
    return ", ".join(_(names[each]) if each in names else each for each in value.split(", "))


async def _sent(request: web.Request) -> str:
    """The file, or its text where it was pasted."""
    form = await request.post()
    given: Any = form.get("file", b"")
    if isinstance(given, web.FileField) and given.filename:
        with given.file:
            content = await asyncio.to_thread(given.file.read, MAX_TEXT + 1)
        return decode(content)
    return str(form.get("text", ""))


async def post_install(request: web.Request) -> web.StreamResponse:
    text = str((await request.post()).get("text", ""))
    return await _change(request, lambda tx: install_file(tx, text, by=_login(request)), "installed")


async def post_trial(request: web.Request) -> web.StreamResponse:
    return await _change(request, lambda tx: start_trial(tx, by=_login(request)), "trial")


async def post_seats(request: web.Request) -> web.StreamResponse:
    """One for each agent who has none, as far as they go."""

    async def give(tx: AsyncSession) -> None:
        await give_free_seats(tx, sorted((await load_snapshot(tx)).site.agents), by=_login(request))

    return await _change(request, give, "seat")


async def post_give(request: web.Request) -> web.StreamResponse:
    form = await request.post()
    seat, agent = str(form.get("seat", "")), str(form.get("agent", ""))
    return await _change(request, lambda tx: give_seat(tx, seat, agent, by=_login(request)), "seat")


async def post_free(request: web.Request) -> web.StreamResponse:
    seat = request.match_info["seat"]
    return await _change(request, lambda tx: free_seat(tx, seat, by=_login(request)), "seat")


async def post_mail(request: web.Request) -> web.StreamResponse:
    text = str((await request.post()).get("mail_to", ""))
    return await _change(request, lambda tx: save_addresses(tx, text, by=_login(request)), "mail")


def _login(request: web.Request) -> str:
    return request[PERSON].login


async def _change(request: web.Request, change: Change, done: str) -> web.StreamResponse:
    try:
        async with request.app[DATABASE].transaction() as tx:
            await change(tx)
    except LicenseError as refused:
        return await _refused(request, refused)
    request.app[MEMBERSHIP].poke()
    raise web.HTTPSeeOther(f"/license?done={done}")


async def _refused(request: web.Request, refused: LicenseError) -> web.StreamResponse:
    async with request.app[DATABASE].transaction() as tx:
        await audit_refusal(tx, refused, by=_login(request))
    return await license_page(request, refused)
