"""Calls that an agent promised: the list on the desk, a new one, done or cancelled."""

from aiohttp import web

from appliance.core.access import ANYONE_SIGNED_IN
from appliance.core.problems import Invalid
from appliance.services.desk_news import tell_desk
from appliance.services.reminders import CALLED, CANCELLED, Promise, finish_reminder, promise_call
from appliance.web.access import Access, add_route
from appliance.web.console.desk.own import own_agent
from appliance.web.console.desk.side import done, side_part
from appliance.web.console.desk.work import read_moment
from appliance.web.keys import DATABASE, HUB, PERSON
from appliance.web.numbers import whole_number
from appliance.web.shown import problem_text, use_zone

ONE = "/me/reminders/{reminder_id:[0-9]{1,15}}"


def add_routes(app: web.Application) -> None:
    access = Access(ANYONE_SIGNED_IN)
    add_route(app, "GET /me/reminders", get_reminders, access)
    add_route(app, "POST /me/reminders", post_reminder, access)
    add_route(app, f"POST {ONE}/called", post_called, access)
    add_route(app, f"POST {ONE}/cancelled", post_cancelled, access)


async def get_reminders(request: web.Request) -> web.StreamResponse:
    return await side_part(request, "reminders")


async def post_reminder(request: web.Request) -> web.StreamResponse:
    await use_zone(request.cookies.get("zone", ""))
    agent, form = own_agent(request), await request.post()
    is_own = str(form.get("whose", "own")) != "anyone"
    promise = Promise(
        number=str(form.get("number", ""))[:40],
        due_at=read_moment(str(form.get("due", ""))),
        agent=agent if is_own else "",
        note=" ".join(str(form.get("note", ""))[:500].replace("\0", "").split()),
    )
    try:
        async with request.app[DATABASE].transaction() as tx:
            await promise_call(tx, promise, by=request[PERSON].login)
    except Invalid as error:
        return web.Response(text=" ".join(problem_text(each) for each in error.problems), status=422)
    tell_desk(request.app[HUB], "reminders", agent=promise.agent)
    return done(request)


async def post_called(request: web.Request) -> web.StreamResponse:
    return await _finish(request, CALLED)


async def post_cancelled(request: web.Request) -> web.StreamResponse:
    return await _finish(request, CANCELLED)


async def _finish(request: web.Request, result: str) -> web.StreamResponse:
    reminder_id, agent = whole_number(request.match_info["reminder_id"]), own_agent(request)
    if reminder_id is None:
        raise web.HTTPNotFound
    async with request.app[DATABASE].transaction() as tx:
        found = await finish_reminder(tx, reminder_id, agent, result)
    tell_desk(request.app[HUB], "reminders", agent=found.agent)
    return done(request)
