"""API tokens: what each may do, when and from where it was used last; made, shown once, revoked."""

from aiohttp import web

from appliance.core.access import EDIT, ROLES, SCOPE_HELP, SCOPE_NAMES, SCOPES
from appliance.core.problems import Invalid
from appliance.core.words import N_
from appliance.services.clock import now
from appliance.services.tokens import MAX_DAYS, NewToken, Token, create_token, list_tokens, load_token, revoke_token
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
from appliance.web.keys import DATABASE, PERSON
from appliance.web.numbers import whole_number
from appliance.web.pages import go_to, page
from appliance.web.shown import problem_text, use_zone

ONE = "/users/tokens/{token_id:[0-9]{1,15}}"
COLUMNS: tuple[Column[Token], ...] = (
    Column("name", N_("Name"), lambda token: token.name),
    Column("role", N_("Role"), lambda token: token.role),
    Column("scopes", N_("Scopes"), lambda token: token.scopes),
    Column("used_at", N_("Last use"), lambda token: token.used_at),
    Column("used_from", N_("Address"), lambda token: token.used_from),
    Column("created_at", N_("Made"), lambda token: token.created_at),
    Column("created_by", N_("By"), lambda token: token.created_by),
    Column("expires_at", N_("Ends"), lambda token: token.expires_at),
    Column("revoked_at", N_("Revoked"), lambda token: token.revoked_at),
)
FIRST = NewToken(name="", role="supervisor", scopes=("read",), days=365)


def add_routes(app: web.Application) -> None:
    add_route(app, "GET /users/tokens", get_tokens, Access(EDIT))
    add_route(app, "GET /users/tokens.csv", get_csv, Access(EDIT))
    add_route(app, "GET /users/tokens/new", get_new, Access(EDIT))
    add_route(app, "POST /users/tokens/new", post_new, Access(EDIT))
    add_route(app, f"GET {ONE}/revoke", get_revoke, Access(EDIT))
    add_route(app, f"POST {ONE}/revoke", post_revoke, Access(EDIT))


async def get_tokens(request: web.Request) -> web.StreamResponse:
    asked, tokens, at = _asked(request), await _tokens(request), now()
    found = _found(tokens, asked)
    return await page(
        request,
        "tokens.html",
        section="users/tokens",
        table=row_table(found, COLUMNS, asked, total=len(tokens)),
        hidden=0 if asked.filters else sum(not token.is_valid(at) for token in tokens),
        at=at,
        scope_names=SCOPE_NAMES,
        revoked="revoked" in request.query,
    )


async def get_csv(request: web.Request) -> web.StreamResponse:
    await use_zone(request.cookies.get("zone", ""))
    asked = _asked(request)
    found = sorted_rows(_found(await _tokens(request), asked), COLUMNS, asked.sort)
    return await send_csv(request, "tokens", COLUMNS, one_batch(found))


async def _tokens(request: web.Request) -> list[Token]:
    async with request.app[DATABASE].reading() as tx:
        return await list_tokens(tx)


def _asked(request: web.Request) -> Asked:
    show_all = {"all": "yes" if "all" in request.query else ""}
    return read_rows_asked(request.query, show_all, [each.name for each in COLUMNS])


def _found(tokens: list[Token], asked: Asked) -> list[Token]:
    at = now()
    shown = [token for token in tokens if "all" in asked.filters or token.is_valid(at)]
    return searched_rows(shown, COLUMNS, asked.search)


async def get_new(request: web.Request) -> web.StreamResponse:
    return await _form(request, FIRST, {})


async def post_new(request: web.Request) -> web.StreamResponse:
    form = await request.post()
    days = str(form.get("days", "")).strip()
    wanted = NewToken(
        name=str(form.get("name", ""))[:200],
        role=str(form.get("role", ""))[:20],
        scopes=tuple(str(value)[:20] for value in form.getall("scope", [])),
        days=(whole_number(days) or 0) if days else None,
    )
    try:
        async with request.app[DATABASE].transaction() as tx:
            token = await create_token(tx, wanted, by=request[PERSON].login)
    except Invalid as error:
        return await _form(request, wanted, {str(each.path[0]): problem_text(each) for each in error.problems})
    return await page(request, "token_once.html", name=wanted.name.strip(), token=token)


async def _form(request: web.Request, wanted: NewToken, errors: dict[str, str]) -> web.StreamResponse:
    return await page(
        request,
        "token_form.html",
        status=422 if errors else 200,
        wanted=wanted,
        errors=errors,
        roles=ROLES,
        scopes=SCOPES,
        scope_names=SCOPE_NAMES,
        scope_help=SCOPE_HELP,
        max_days=MAX_DAYS,
    )


async def get_revoke(request: web.Request) -> web.StreamResponse:
    async with request.app[DATABASE].reading() as tx:
        token = await load_token(tx, int(request.match_info["token_id"]))
    return await page(request, "token_revoke.html", token=token)


async def post_revoke(request: web.Request) -> web.StreamResponse:
    async with request.app[DATABASE].transaction() as tx:
        await revoke_token(tx, int(request.match_info["token_id"]), by=request[PERSON].login)
    return go_to(request, "/users/tokens?revoked")
