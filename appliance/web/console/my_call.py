"""What agents do with their own call: nothing here names another one."""

from dataclasses import asdict, replace

from aiohttp import web

from appliance.core.access import ANYONE_SIGNED_IN
from appliance.services.desk_news import tell_desk
from appliance.web.access import Access, add_route
from appliance.web.call_acts import ACTS, PAGE, PHONE, control_of, do, dry_run, name_of, seat_of
from appliance.web.console.my_session import own_agent
from appliance.web.keys import HUB
from appliance.web.language import _


def add_routes(app: web.Application) -> None:
    access = Access(ANYONE_SIGNED_IN)
    add_route(app, "GET /me/call", get_call, access)
    add_route(app, "GET /me/call/dial", get_dial, access)
    for name in ACTS:
        add_route(app, f"POST /me/call/{name}", post_act, access)


async def get_call(request: web.Request) -> web.StreamResponse:
    """JSON: `state` is none, ringing, dialing, talking, hold, consult or three-way; `asked` a name."""
    view = await control_of(request).own.view(await seat_of(request, own_agent(request)))
    if view.asked:
        view = replace(view, asked=await name_of(request, view.asked))
    return web.json_response(asdict(view))


async def get_dial(request: web.Request) -> web.StreamResponse:
    """JSON: who would carry `number`, before it is dialled; `refused` is a sentence, or empty."""
    dry = await dry_run(request, own_agent(request), request.query.get("number", ""))
    refused = _(dry.refused.message, **dry.refused.context) if dry.refused else ""
    trunks = [each.trunk for each in dry.tries]
    return web.json_response({"number": dry.number, "route": dry.route, "trunks": trunks, "refused": refused})


async def post_act(request: web.Request) -> web.StreamResponse:
    """`answer` says who answers: the phone was asked to, or the page that is the phone has to."""
    name = request.path.removeprefix("/me/call/")
    form = {key: str(value) for key, value in (await request.post()).items()}
    found = await do(request, own_agent(request), name, form)
    tell_desk(request.app[HUB], "call", agent=own_agent(request))  # what is muted or recorded no live row tells
    if name == "answer":
        return web.json_response({"answers": PHONE if found else PAGE})
    if request.headers.get("HX-Request"):
        return web.Response(status=204, headers={"HX-Trigger": "call-changed"})
    return web.Response(status=303, headers={"Location": "/me"})
