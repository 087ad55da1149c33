"""`appliance token`: bearer tokens for the API."""

import argparse
from typing import Any

from appliance.commands.opened import open_database
from appliance.commands.refusal import Refused
from appliance.core.access import ROLES, SCOPES
from appliance.core.problems import Invalid
from appliance.services.clock import now
from appliance.services.errors import NotFound
from appliance.services.tokens import USUAL_SCOPES, NewToken, Token, create_token, list_tokens, revoke_token
from appliance.settings import Settings

BY = "command line"


def add_parser(commands: Any) -> None:
    parser = commands.add_parser("token", help="make, list or revoke bearer tokens of the API")
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    create = actions.add_parser("create", help="make a token and print it, this once")
    create.add_argument("name", help="what it is for, such as 'wallboard'")
    create.add_argument("role", choices=ROLES)
    usual = ", ".join(USUAL_SCOPES)
    create.add_argument("--scope", action="append", choices=SCOPES, help=f"may be given again (default: {usual})")
    create.add_argument("--days", type=int, help="how long it is good for (default: until it is revoked)")
    create.set_defaults(command=_create)
    actions.add_parser("list", help="show all tokens and when they were used").set_defaults(command=_list)
    revoke = actions.add_parser("revoke", help="refuse a token from now on")
    revoke.add_argument("number", type=int, help="its number in the list")
    revoke.set_defaults(command=_revoke)


async def _create(settings: Settings, arguments: argparse.Namespace) -> int:
    scopes = tuple(arguments.scope or USUAL_SCOPES)
    wanted = NewToken(name=arguments.name, role=arguments.role, scopes=scopes, days=arguments.days)
    try:
        async with open_database(settings) as database, database.transaction() as tx:
            token = await create_token(tx, wanted, by=BY)
    except Invalid as error:
        raise Refused(str(error)) from None
    print(token)
    return 0


async def _list(settings: Settings, _arguments: argparse.Namespace) -> int:
    async with open_database(settings) as database, database.reading() as tx:
        tokens = await list_tokens(tx)
    for token in tokens:
        print(_line(token))
    return 0


def _line(token: Token) -> str:
    state = f"until {token.expires_at:%Y-%m-%d}" if token.expires_at else "valid"
    if token.revoked_at:
        state = f"revoked {token.revoked_at:%Y-%m-%d}"
    elif not token.is_valid(now()):
        state = f"ended {token.expires_at:%Y-%m-%d}"
    used = f"used {token.used_at:%Y-%m-%d %H:%M} from {token.used_from or '?'}" if token.used_at else "never used"
    return f"{token.token_id:>4}  {token.role:<13}  {state:<18}  {','.join(token.scopes):<28}  {used:<37}  {token.name}"


async def _revoke(settings: Settings, arguments: argparse.Namespace) -> int:
    try:
        async with open_database(settings) as database, database.transaction() as tx:
            await revoke_token(tx, arguments.number, by=BY)
    except NotFound:
        raise Refused(f"There is no token {arguments.number}.") from None
    return 0
