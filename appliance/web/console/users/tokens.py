"""API tokens: what each may do, when and from where it was used last; made, shown once, revoked."""

from aiohttp import web

from appliance.core.access import EDIT, ROLES, SCOPE_HELP, SCOPE_NAMES, SCOPES
from appliance.core.problems import Invalid
from appliance.services.clock import now
from appliance.services.tokens import MAX_DAYS, NewToken, create_token, list_tokens, load_token, revoke_token
from appliance.web.access import Access, add_route
from appliance.web.keys import DATABASE, PERSON
from appliance.web.numbers import whole_number
from appliance.web.pages import go_to, page
from appliance.web.shown import problem_text

ONE = "/users/tokens/{token_id:[0-9]{1,15}}"
FIRST = NewToken(name="", role="supervisor", scopes=("read",), days=365)


def add_routes(app: web.Application) -> None:
    add_route(app, "GET /users/tokens", get_tokens, Access(EDIT))
    add_route(app, "GET /users/tokens/new", get_new, Access(EDIT))
    add_route(app, "POST /users/tokens/new", post_new, Access(EDIT))
    add_route(app, f"GET {ONE}/revoke", get_revoke, Access(EDIT))
    add_route(app, f"POST {ONE}/revoke", post_revoke, Access(EDIT))


async def get_tokens(request: web.Request) -> web.StreamResponse:
    async with request.app[DATABASE].reading() as tx:
        tokens = await list_tokens(tx)
    at, show_all = now(), "all" in request.query
    valid = [token for token in tokens if token.is_valid(at)]
    return await page(
        request,
        "tokens.html",
        tokens=tokens if show_all else valid,
        hidden=0 if show_all else len(tokens) - len(valid),
        at=at,
        scope_names=SCOPE_NAMES,
        revoked="revoked" in request.query,
    )


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
