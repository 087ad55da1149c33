"""An agent's own phone: the one in the browser with the check of its microphone, or a phone of one's own."""

from aiohttp import web

from appliance.core.access import ANYONE_SIGNED_IN
from appliance.core.phones import PHONE_KINDS
from appliance.services.users.own import choose_phone, load_phone_kind
from appliance.web.access import Access, add_route
from appliance.web.keys import BROWSER_PHONES, DATABASE, PERSON
from appliance.web.pages import page


def add_routes(app: web.Application) -> None:
    add_route(app, "GET /me/phone", get_my_phone, Access(ANYONE_SIGNED_IN))
    add_route(app, "POST /me/phone", post_my_phone, Access(ANYONE_SIGNED_IN))
    add_route(app, "GET /me/phone/account", get_account, Access(ANYONE_SIGNED_IN))


async def get_my_phone(request: web.Request) -> web.StreamResponse:
    person = request[PERSON]
    account = await request.app[BROWSER_PHONES].account_of(person.agent)
    async with request.app[DATABASE].reading() as tx:
        kind = await load_phone_kind(tx, person.user_id)
    return await page(request, "my_phone.html", account=account, kind=kind, saved="saved" in request.query)


async def post_my_phone(request: web.Request) -> web.StreamResponse:
    kind = (await request.post()).get("kind")
    if kind not in PHONE_KINDS:
        raise web.HTTPBadRequest
    async with request.app[DATABASE].transaction() as tx:
        await choose_phone(tx, request[PERSON].user_id, kind)
    raise web.HTTPSeeOther("/me/phone?saved")


async def get_account(request: web.Request) -> web.StreamResponse:
    """For the page's own script, never kept: what the browser signs in with at Asterisk."""
    account = await request.app[BROWSER_PHONES].account_of(request[PERSON].agent)
    if account is None:
        raise web.HTTPNotFound
    return web.json_response({"user": account.phone, "password": account.password, "name": account.name})
