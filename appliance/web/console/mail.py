"""A test mail: what the mail server says to the settings that are stored."""

import re

from aiohttp import web

from appliance.core.access import EDIT
from appliance.core.entities.general import MAIN, MailServer
from appliance.core.words import N_
from appliance.services.mail import MailError, send_test
from appliance.store.site import load_entity
from appliance.web.access import Access, add_route
from appliance.web.keys import DATABASE
from appliance.web.language import _
from appliance.web.pages import page

_ADDRESS = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+")


def add_routes(app: web.Application) -> None:
    add_route(app, "GET /mail/test", get_test, Access(EDIT))
    add_route(app, "POST /mail/test", post_test, Access(EDIT))


async def get_test(request: web.Request) -> web.StreamResponse:
    return await page(request, "mail_test.html", to="", error="", answer="")


async def post_test(request: web.Request) -> web.StreamResponse:
    to = str((await request.post()).get("to", "")).strip()[:120]
    if not _ADDRESS.fullmatch(to):
        return await page(request, "mail_test.html", status=422, to=to, error=_(N_("is no e-mail address")), answer="")
    async with request.app[DATABASE].reading() as tx:
        found = await load_entity(tx, "mail", MAIN)
    server = found[0] if found else None
    if not isinstance(server, MailServer) or not server.host:
        error = _(N_("No mail server is set."))
        return await page(request, "mail_test.html", status=422, to=to, error=error, answer="")
    try:
        answer = await send_test(server, to)
    except MailError as problem:
        error = _(problem.message).format(**problem.context)
        return await page(request, "mail_test.html", status=502, to=to, error=error, answer="")
    return await page(request, "mail_test.html", to=to, error="", answer=answer)
