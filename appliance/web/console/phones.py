"""What a phone needs to sign in as an extension: server, number, password. Each look at a password is audited."""

from urllib.parse import quote

from aiohttp import web

from appliance.core.access import EDIT
from appliance.core.entities.people import Extension
from appliance.services.entities import audit_look
from appliance.services.errors import NotFound
from appliance.store.site import load_entity
from appliance.web.access import Access, add_route
from appliance.web.keys import DATABASE, PERSON, SIP_PORT
from appliance.web.pages import page


def add_routes(app: web.Application) -> None:
    add_route(app, "GET /extensions/{key}/phone", get_phone, Access(EDIT))
    add_route(app, "POST /extensions/{key}/phone", post_phone, Access(EDIT))


async def get_phone(request: web.Request) -> web.StreamResponse:
    """An address that was typed or kept: the button that shows the password stands on the page of the extension."""
    raise web.HTTPSeeOther(f"/extensions/{quote(request.match_info['key'])}")


async def post_phone(request: web.Request) -> web.StreamResponse:
    """A POST, so that no link, prefetch or history shows a password."""
    key = request.match_info["key"]
    async with request.app[DATABASE].transaction() as tx:
        found = await load_entity(tx, "extensions", key)
        if found is None or not isinstance(found[0], Extension):
            raise NotFound(f"extensions.{key}")
        await audit_look(tx, "extensions", key, by=request[PERSON].login)
    server = f"{request.url.host}:{request.app[SIP_PORT]}"
    return await page(request, "phone.html", extension=found[0], server=server)
