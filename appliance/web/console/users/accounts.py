"""Accounts: list, new, edit, delete, a new one-time password, second factor off, signed out everywhere."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from aiohttp import web

from appliance.core.access import EDIT
from appliance.core.problems import Invalid
from appliance.core.user_rows import write_rows
from appliance.core.users import NewUser, UserChange, parse_user
from appliance.services.errors import NotFound, Stale
from appliance.services.users.accounts import User, list_users, load_company, load_user_by_id
from appliance.services.users.changes import (
    create_user,
    delete_user,
    end_all_sessions,
    reset_password,
    reset_two_factor,
    save_user,
)
from appliance.services.users.sessions import list_sessions
from appliance.store.site import load_section
from appliance.web.access import Access, add_route
from appliance.web.console.exports import csv_answer
from appliance.web.console.users.table import as_filter, load_table, read_asked
from appliance.web.keys import DATABASE, PERSON
from appliance.web.numbers import whole_number
from appliance.web.pages import go_to, page
from appliance.web.shown import problem_text
from appliance.web.stream import tell_sessions_ended

ONE = "/users/{user_id:[0-9]{1,15}}"
NEW = {"login": "", "name": "", "role": "agent", "agent": "", "is_active": True}
EVERYBODY = 1_000_000


def add_routes(app: web.Application) -> None:
    only = Access(EDIT)
    add_route(app, "GET /users", get_list, only)
    add_route(app, "GET /users.csv", get_csv, only)
    add_route(app, "GET /users/new", get_new, only)
    add_route(app, "POST /users/new", post_new, only)
    add_route(app, f"GET {ONE}", get_edit, only)
    add_route(app, f"POST {ONE}", post_edit, only)
    add_route(app, f"POST {ONE}/password", post_password, only)
    add_route(app, f"POST {ONE}/two-factor-off", post_two_factor_off, only)
    add_route(app, f"POST {ONE}/sign-out", post_sign_out, only)
    add_route(app, f"GET {ONE}/delete", get_delete, only)
    add_route(app, f"POST {ONE}/delete", post_delete, only)


async def get_list(request: web.Request) -> web.StreamResponse:
    async with request.app[DATABASE].reading() as tx:
        table = await load_table(tx, request.query)
        agents = await load_section(tx, "agents")
    return await page(
        request,
        "users.html",
        section="users",
        table=table,
        agents=agents,
        saved=request.query.get("saved", "")[:80],
        deleted=request.query.get("deleted", "")[:80],
    )


async def get_csv(request: web.Request) -> web.StreamResponse:
    """What is filtered, in the form that the import reads."""
    async with request.app[DATABASE].reading() as tx:
        wanted = replace(as_filter(read_asked(request.query)), page=1, size=EVERYBODY)
        found = await list_users(tx, wanted)
        users = (await load_company(tx, by="")).users
    return csv_answer("users", write_rows(users, [user.login for user in found.users]))


async def get_new(request: web.Request) -> web.StreamResponse:
    return await _form(request, NEW)


async def post_new(request: web.Request) -> web.StreamResponse:
    values = await _read(request)
    try:
        async with request.app[DATABASE].transaction() as tx:
            user = parse_user(NewUser, values)
            password = await create_user(tx, user, by=request[PERSON].login)
    except Invalid as error:
        return await _form(request, values, error=error)
    return await page(request, "user_password.html", login=user.login, name=user.name, password=password)


async def _read(request: web.Request) -> dict[str, Any]:
    form = await request.post()
    texts = {name: str(form.get(name, "")).strip()[:400] for name in ("login", "name", "role", "agent")}
    return texts | {"is_active": "is_active" in form}


async def _form(
    request: web.Request,
    values: Mapping[str, Any],
    *,
    user: User | None = None,
    error: Invalid | None = None,
    stale: bool = False,
) -> web.StreamResponse:
    async with request.app[DATABASE].reading() as tx:
        agents = await load_section(tx, "agents")
        sessions = await list_sessions(tx, user_id=user.user_id) if user else []
    problems = error.problems if error else []
    return await page(
        request,
        "user_form.html",
        status=409 if stale else 422 if error else 200,
        values=values,
        user=user,
        agents=agents,
        sessions=sessions,
        stale=stale,
        errors={str(problem.path[0]): problem_text(problem) for problem in problems},
        is_self=user is not None and user.login == request[PERSON].login,
        done=request.query.get("done", "")[:20],
    )


async def _load(request: web.Request) -> User:
    async with request.app[DATABASE].reading() as tx:
        return await load_user_by_id(tx, int(request.match_info["user_id"]))


async def get_edit(request: web.Request) -> web.StreamResponse:
    user = await _load(request)
    return await _form(request, user._asdict(), user=user)


async def post_edit(request: web.Request) -> web.StreamResponse:
    user, values = await _load(request), await _read(request)
    version = whole_number(str((await request.post()).get("version", ""))) or 0
    try:
        change = parse_user(UserChange, {name: values[name] for name in UserChange.model_fields})
        async with request.app[DATABASE].transaction() as tx:
            await save_user(tx, user.login, change, version=version, by=request[PERSON].login)
    except Invalid as error:
        return await _form(request, values, user=user._replace(version=version), error=error)
    except Stale:
        return await _form(request, values, user=user._replace(version=version), stale=True)
    tell_sessions_ended(request, user.user_id)
    return go_to(request, f"/users?saved={user.login}")


async def post_password(request: web.Request) -> web.StreamResponse:
    user = await _load(request)
    if user.login == request[PERSON].login:
        return go_to(request, "/password")
    async with request.app[DATABASE].transaction() as tx:
        password = await reset_password(tx, user.login, by=request[PERSON].login)
    if password is None:
        raise NotFound(user.login)
    tell_sessions_ended(request, user.user_id)
    return await page(request, "user_password.html", login=user.login, name=user.name, password=password)


async def post_two_factor_off(request: web.Request) -> web.StreamResponse:
    user = await _load(request)
    if user.login == request[PERSON].login:
        return go_to(request, "/profile/two-factor/off")
    async with request.app[DATABASE].transaction() as tx:
        await reset_two_factor(tx, user.login, by=request[PERSON].login)
    tell_sessions_ended(request, user.user_id)
    return go_to(request, f"/users/{user.user_id}?done=two-factor-off")


async def post_sign_out(request: web.Request) -> web.StreamResponse:
    user = await _load(request)
    async with request.app[DATABASE].transaction() as tx:
        await end_all_sessions(tx, user.login, by=request[PERSON].login)
    tell_sessions_ended(request, user.user_id)
    return go_to(request, f"/users/{user.user_id}?done=sessions")


async def get_delete(request: web.Request) -> web.StreamResponse:
    return await page(request, "user_delete.html", user=await _load(request), error="")


async def post_delete(request: web.Request) -> web.StreamResponse:
    user = await _load(request)
    version = whole_number(str((await request.post()).get("version", ""))) or 0
    try:
        async with request.app[DATABASE].transaction() as tx:
            await delete_user(tx, user.login, version=version, by=request[PERSON].login)
    except Invalid as error:
        return await page(request, "user_delete.html", status=422, user=user, error=problem_text(error.problems[0]))
    tell_sessions_ended(request, user.user_id)
    return go_to(request, f"/users?deleted={user.login}")
