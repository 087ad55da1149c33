"""Users of the console: listed, made, changed, deleted, given a new password, signed out; and the import."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Annotated, Any, Literal

from aiohttp import web
from pydantic import Field

from appliance.core.access import EDIT, ROLES
from appliance.core.entities.fields import Part
from appliance.core.problems import Invalid
from appliance.core.user_rows import JudgedRow
from appliance.core.users import NewUser, UserChange, parse_user
from appliance.services.errors import NotFound
from appliance.services.users.accounts import User, UserFilter, list_users, load_user
from appliance.services.users.bulk import import_users, preview_users
from appliance.services.users.changes import (
    create_user,
    delete_user,
    end_all_sessions,
    reset_password,
    reset_two_factor,
    save_user,
)
from appliance.web.api.operations import BASE, Answer, Operation, answer_of, json_answer
from appliance.web.api.reading import Query, read_body, read_json, read_query, read_version, version_headers
from appliance.web.keys import DATABASE, PERSON
from appliance.web.problems import ABOUT
from appliance.web.shown import problem_text
from appliance.web.stream import tell_sessions_ended

UserAnswer = answer_of(User, leave_out=("user_id", "version"))


class UserQuery(Query):
    search: Annotated[str, Field(max_length=80, description="Any part of login or name.")] = ""
    role: Annotated[Literal["", *ROLES], Field(description="Only this role.")] = ""  # type: ignore[valid-type]
    limit: Annotated[int, Field(ge=1, le=1000, description="How many on a page.")] = 100
    page: Annotated[int, Field(ge=1, le=100_000, description="By login; 1 is the first.")] = 1


class UserList(Answer):
    items: list[UserAnswer]  # type: ignore[valid-type]
    next: Annotated[int | None, Field(description="The page to go on with.")]


class OneTimePassword(Answer):
    login: str
    password: Annotated[str, Field(description="For one use; nothing can show it again.")]


class UserFile(Part):
    csv: Annotated[str, Field(max_length=1 << 19, description="With the columns login, name, role, agent, active.")]
    lines: Annotated[
        list[int], Field(max_length=2000, description="Lines to store that the preview did not refuse; none: all.")
    ] = []  # noqa: RUF012 - pydantic copies it


class ImportRow(Answer):
    line: int
    login: str
    result: Literal["new", "changed", "same", "refused"]
    reasons: list[str]
    changes: dict[str, list[Any]]
    password: Annotated[str, Field(description="For one use, of a user that was made; shown this once.")] = ""


class ImportRows(Answer):
    rows: list[ImportRow]


@contextmanager
def judged(request: web.Request, login: str) -> Iterator[None]:
    """What is refused is told with its place, as with every entity."""
    request[ABOUT] = ("users", login)
    try:
        yield
    except Invalid as error:
        raise Invalid([replace(each, path=("users", login, *each.path)) for each in error.problems]) from None


async def get_users(request: web.Request) -> web.StreamResponse:
    query = read_query(request, UserQuery)
    wanted = UserFilter(search=query.search, role=query.role, page=query.page, size=query.limit)
    async with request.app[DATABASE].reading() as tx:
        found = await list_users(tx, wanted)
    has_more = query.page * query.limit < found.found
    items = [UserAnswer.model_validate(user._asdict()) for user in found.users]
    return json_answer(UserList(items=items, next=query.page + 1 if has_more else None))


async def get_user(request: web.Request) -> web.StreamResponse:
    async with request.app[DATABASE].reading() as tx:
        user = await load_user(tx, request.match_info["login"])
    return json_answer(UserAnswer.model_validate(user._asdict()), headers=version_headers(user.version))


async def post_user(request: web.Request) -> web.StreamResponse:
    values = await read_json(request)
    with judged(request, str(values.get("login") or "")):
        user = parse_user(NewUser, values)
        async with request.app[DATABASE].transaction() as tx:
            password = await create_user(tx, user, by=request[PERSON].login)
    headers = {"Location": f"{BASE}/users/{user.login}", **version_headers(1)}
    return json_answer(OneTimePassword(login=user.login, password=password), status=201, headers=headers)


async def patch_user(request: web.Request) -> web.StreamResponse:
    login, version, values = request.match_info["login"], read_version(request), await read_json(request)
    async with request.app[DATABASE].reading() as tx:
        user = await load_user(tx, login)
    with judged(request, login):
        stored: Mapping[str, Any] = {name: getattr(user, name) for name in UserChange.model_fields}
        change = parse_user(UserChange, {**stored, **values})
        async with request.app[DATABASE].transaction() as tx:
            await save_user(tx, login, change, version=version, by=request[PERSON].login)
    tell_sessions_ended(request, user.user_id)
    return await get_user(request)


async def remove_user(request: web.Request) -> web.StreamResponse:
    login, version = request.match_info["login"], read_version(request)
    with judged(request, login):
        async with request.app[DATABASE].transaction() as tx:
            user_id = await delete_user(tx, login, version=version, by=request[PERSON].login)
    tell_sessions_ended(request, user_id)
    return web.Response(status=204)


async def post_password(request: web.Request) -> web.StreamResponse:
    login = request.match_info["login"]
    async with request.app[DATABASE].transaction() as tx:
        user_id = (await load_user(tx, login)).user_id
        password = await reset_password(tx, login, by=request[PERSON].login)
    if password is None:
        raise NotFound(login)
    tell_sessions_ended(request, user_id)
    return json_answer(OneTimePassword(login=login, password=password))


async def post_two_factor_off(request: web.Request) -> web.StreamResponse:
    async with request.app[DATABASE].transaction() as tx:
        user_id = await reset_two_factor(tx, request.match_info["login"], by=request[PERSON].login)
    tell_sessions_ended(request, user_id)
    return await get_user(request)


async def post_sign_out(request: web.Request) -> web.StreamResponse:
    async with request.app[DATABASE].transaction() as tx:
        user_id = await end_all_sessions(tx, request.match_info["login"], by=request[PERSON].login)
    tell_sessions_ended(request, user_id)
    return web.Response(status=204)


async def post_preview(request: web.Request) -> web.StreamResponse:
    file = await read_body(request, UserFile)
    async with request.app[DATABASE].reading() as tx:
        rows = await preview_users(tx, file.csv, by=request[PERSON].login)
    return json_answer(ImportRows(rows=[_row(each) for each in rows]))


async def post_import(request: web.Request) -> web.StreamResponse:
    """What is refused is told row by row; the others are stored."""
    file, by = await read_body(request, UserFile), request[PERSON].login
    async with request.app[DATABASE].transaction() as tx:
        rows = await preview_users(tx, file.csv, by=by)
        good = {each.row.line: each.verdict for each in rows if each.verdict in ("new", "changed")}
        chosen = {line: verdict for line, verdict in good.items() if not file.lines or line in file.lines}
        report = {each.judged.row.line: each for each in await import_users(tx, file.csv, chosen, by=by)}
    tell_sessions_ended(request, None)
    told = [report[each.row.line] for each in rows if each.row.line in report]
    left = [_row(each) for each in rows if each.verdict in ("same", "refused")]
    done = [_row(each.judged, each.password) for each in told]
    return json_answer(ImportRows(rows=sorted([*done, *left], key=lambda each: each.line)))


def _row(row: JudgedRow, password: str = "") -> ImportRow:
    return ImportRow(
        line=row.row.line,
        login=row.login[:200],
        result=row.verdict,
        reasons=[": ".join([*map(str, each.path), problem_text(each)]) for each in row.problems],
        changes={name: [was, now] for name, (was, now) in row.changes().items()},
        password=password,
    )


def _operation(method: str, path: str, handler: Any, summary: str, **more: Any) -> Operation:
    return Operation(method, path, handler, EDIT, summary, "users", scope="users", **more)


_ONE = "/users/{login}"
OPERATIONS = [
    _operation("GET", "/users", get_users, "List users", answer=UserList, query=UserQuery),
    _operation("POST", "/users", post_user, "Make a user", answer=OneTimePassword, status=201, body=NewUser),
    _operation("GET", _ONE, get_user, "Read one user", answer=UserAnswer, has_version=True),
    _operation(
        "PATCH",
        _ONE,
        patch_user,
        "Change some fields of one user",
        answer=UserAnswer,
        body=UserChange,
        patch=True,
        has_version=True,
        needs_version=True,
    ),
    _operation("DELETE", _ONE, remove_user, "Delete one user", status=204, needs_version=True),
    _operation("POST", f"{_ONE}/password", post_password, "Give a new one-time password", answer=OneTimePassword),
    _operation("POST", f"{_ONE}/two-factor-off", post_two_factor_off, "Ask for the password alone", answer=UserAnswer),
    _operation("POST", f"{_ONE}/sign-out", post_sign_out, "End every session of one user", status=204),
    _operation("POST", "/user-import/preview", post_preview, "Say what each row would do", answer=ImportRows,
               body=UserFile),
    _operation("POST", "/user-import", post_import, "Store the rows that are good", answer=ImportRows, body=UserFile),
]  # fmt: skip
