"""Who is signed in, from where and since when; ending a session takes effect at once."""

from aiohttp import web

from appliance.core.access import EDIT
from appliance.core.words import N_
from appliance.services.users.sessions import OpenSession, list_sessions, revoke_session, session_name
from appliance.web.access import Access, add_route
from appliance.web.console.columns import Asked
from appliance.web.console.row_lists import (
    Column,
    one_batch,
    read_rows_asked,
    row_table,
    searched_rows,
    send_csv,
    sorted_rows,
)
from appliance.web.keys import DATABASE, PERSON, SESSION
from appliance.web.pages import go_to, page
from appliance.web.shown import use_zone
from appliance.web.stream import tell_sessions_ended

COLUMNS: tuple[Column[OpenSession], ...] = (
    Column("person", N_("User"), lambda session: session.person),
    Column("login", N_("User name"), lambda session: session.login),
    Column("role", N_("Role"), lambda session: session.role),
    Column("browser", N_("Browser"), lambda session: session.browser),
    Column("address", N_("Address"), lambda session: session.address),
    Column("created_at", N_("Signed in"), lambda session: session.created_at),
    Column("seen_at", N_("Last seen"), lambda session: session.seen_at),
)


def add_routes(app: web.Application) -> None:
    add_route(app, "GET /users/sessions", get_sessions, Access(EDIT))
    add_route(app, "GET /users/sessions.csv", get_csv, Access(EDIT))
    add_route(app, "POST /users/sessions/{name}/end", post_end, Access(EDIT))


async def get_sessions(request: web.Request) -> web.StreamResponse:
    asked, sessions = _asked(request), await _sessions(request)
    found = searched_rows(sessions, COLUMNS, asked.search)
    return await page(
        request,
        "user_sessions.html",
        section="users/sessions",
        table=row_table(found, COLUMNS, asked, total=len(sessions)),
        here=session_name(request[SESSION].token_hash),
        done="done" in request.query,
    )


async def get_csv(request: web.Request) -> web.StreamResponse:
    await use_zone(request.cookies.get("zone", ""))
    asked = _asked(request)
    found = searched_rows(await _sessions(request), COLUMNS, asked.search)
    return await send_csv(request, "sessions", COLUMNS, one_batch(sorted_rows(found, COLUMNS, asked.sort)))


async def _sessions(request: web.Request) -> list[OpenSession]:
    async with request.app[DATABASE].reading() as tx:
        return await list_sessions(tx)


def _asked(request: web.Request) -> Asked:
    return read_rows_asked(request.query, {}, [each.name for each in COLUMNS])


async def post_end(request: web.Request) -> web.StreamResponse:
    async with request.app[DATABASE].transaction() as tx:
        user_id = await revoke_session(tx, request.match_info["name"], by=request[PERSON].login)
    tell_sessions_ended(request, user_id)
    return go_to(request, "/users/sessions?done")
