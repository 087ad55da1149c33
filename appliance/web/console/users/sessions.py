"""Who is signed in, from where and since when; ending a session takes effect at once."""

from aiohttp import web

from appliance.core.access import EDIT
from appliance.services.users.sessions import list_sessions, revoke_session, session_name
from appliance.web.access import Access, add_route
from appliance.web.keys import DATABASE, PERSON, SESSION
from appliance.web.numbers import whole_number
from appliance.web.pages import go_to, page
from appliance.web.stream import tell_sessions_ended

SIZE = 100


def add_routes(app: web.Application) -> None:
    add_route(app, "GET /users/sessions", get_sessions, Access(EDIT))
    add_route(app, "POST /users/sessions/{name}/end", post_end, Access(EDIT))


async def get_sessions(request: web.Request) -> web.StreamResponse:
    search = request.query.get("q", "").strip()[:80]
    async with request.app[DATABASE].reading() as tx:
        sessions = await list_sessions(tx)
    words = search.casefold().split()
    found = [each for each in sessions if all(word in _text(each) for word in words)]
    pages = max(1, -(-len(found) // SIZE))
    number = min(max(1, whole_number(request.query.get("page", "")) or 1), pages)
    return await page(
        request,
        "user_sessions.html",
        sessions=found[(number - 1) * SIZE : number * SIZE],
        total=len(sessions),
        search=search,
        number=number,
        pages=pages,
        here=session_name(request[SESSION].token_hash),
        done="done" in request.query,
    )


def _text(session: tuple[object, ...]) -> str:
    return " ".join(str(part) for part in session if isinstance(part, str)).casefold()


async def post_end(request: web.Request) -> web.StreamResponse:
    async with request.app[DATABASE].transaction() as tx:
        user_id = await revoke_session(tx, request.match_info["name"], by=request[PERSON].login)
    tell_sessions_ended(request, user_id)
    return go_to(request, "/users/sessions?done")
