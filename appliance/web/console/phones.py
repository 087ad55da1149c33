"""The set-up sheet of a phone: server, number, password, and a one-time link for softphones. Each look is audited."""

from urllib.parse import quote, urlsplit

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.access import EDIT, VIEW
from appliance.core.entities.people import Extension
from appliance.core.provisioning import EXPIRED, linphone_xml, softphone_lines
from appliance.core.words import N_
from appliance.services.clock import now
from appliance.services.entities import audit_look
from appliance.services.errors import NotFound
from appliance.store.site import load_entity
from appliance.web.access import PUBLIC, Access, add_route
from appliance.web.console.entities import list_page
from appliance.web.keys import DATABASE, PERSON, PROVISIONING, PUBLIC_URL, SIP_PORT
from appliance.web.language import _
from appliance.web.pages import page
from appliance.web.qr import qr_svg
from appliance.web.sight import load_seen


def add_routes(app: web.Application) -> None:
    add_route(app, "GET /extensions", get_extensions, Access(VIEW))
    add_route(app, "GET /extensions/{key}/phone", get_phone, Access(EDIT))
    add_route(app, "POST /extensions/{key}/phone", post_phone, Access(EDIT))
    add_route(app, "GET /provision/{token}", get_provision, PUBLIC)


async def get_extensions(request: web.Request) -> web.StreamResponse:
    """Whether each phone is registered comes with the live stream."""
    return await list_page(request, "extensions", "extensions.html")


async def get_phone(request: web.Request) -> web.StreamResponse:
    """An address that was typed or kept: the button that shows the password stands on the page of the extension."""
    raise web.HTTPSeeOther(f"/extensions/{quote(request.match_info['key'])}")


async def post_phone(request: web.Request) -> web.StreamResponse:
    """A POST, so that no link, prefetch or history shows a password."""
    key = request.match_info["key"]
    async with request.app[DATABASE].transaction() as tx:
        extension = await _load(tx, key)
        await audit_look(tx, "extensions", key, by=request[PERSON].login)
        codes = (await load_seen(tx, request)).site.codes
    link = f"{public_url(request)}/provision/{request.app[PROVISIONING].issue(key, now())}"
    server = sip_server(request)
    return await page(
        request,
        "phone.html",
        extension=extension,
        server=server,
        codes=codes,
        link=link,
        qr=qr_svg(link, _(N_("One-time link for Linphone"))),
        softphones=softphone_lines(extension, server),
    )


async def get_provision(request: web.Request) -> web.StreamResponse:
    """For the softphone that has the link, once; a stranger's guess costs nothing and tells nothing."""
    key = request.app[PROVISIONING].take(request.match_info["token"], now())
    if key is None:
        return web.Response(text=_(EXPIRED), status=404, headers={"Cache-Control": "no-store"})
    async with request.app[DATABASE].transaction() as tx:
        extension = await _load(tx, key)
        await audit_look(tx, "extensions", key, by="one-time link")
    text = linphone_xml(extension, sip_server(request))
    return web.Response(text=text, content_type="application/xml", headers={"Cache-Control": "no-store"})


async def _load(tx: AsyncSession, key: str) -> Extension:
    found = await load_entity(tx, "extensions", key)
    if found is None or not isinstance(found[0], Extension):
        raise NotFound(f"extensions.{key}")
    return found[0]


def public_url(request: web.Request) -> str:
    """As set, else as this browser sees the console."""
    return request.app[PUBLIC_URL].rstrip("/") or str(request.url.origin())


def sip_server(request: web.Request) -> str:
    """Phones reach the appliance at the same address as the console."""
    host = urlsplit(public_url(request)).hostname or ""
    return f"{f'[{host}]' if ':' in host else host}:{request.app[SIP_PORT]}"
