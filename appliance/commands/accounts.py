"""`appliance user` and `appliance password`: who may sign in to the console."""

import argparse
from typing import Any

from appliance.commands.opened import open_database
from appliance.commands.refusal import Refused
from appliance.core.access import ROLES
from appliance.core.problems import Invalid
from appliance.services.accounts import Account, add_account, list_accounts, reset_password
from appliance.services.users import FIRST_LOGIN
from appliance.settings import Settings

BY = "command line"


def add_parsers(commands: Any) -> None:
    password = commands.add_parser("password", help="make a one-time password; for the first administrator too")
    password.add_argument("login", nargs="?", default=FIRST_LOGIN)
    password.set_defaults(command=_password)
    user = commands.add_parser("user", help="add or list users of the console")
    actions = user.add_subparsers(required=True, metavar="ACTION")
    add = actions.add_parser("add", help="make a user and print the one-time password")
    add.add_argument("login")
    add.add_argument("role", choices=ROLES)
    add.add_argument("--name", help="how colleagues see this person (default: the login)")
    add.add_argument("--agent", default="", help="key of the agent that this person is")
    add.set_defaults(command=_add)
    actions.add_parser("list", help="show all users").set_defaults(command=_list)


async def _password(settings: Settings, arguments: argparse.Namespace) -> int:
    async with open_database(settings) as database, database.transaction() as tx:
        password = await reset_password(tx, arguments.login, by=BY)
    if password is None:
        raise Refused(f"There is no user '{arguments.login}'.")
    print(f"One-time password of {arguments.login}: {password}")
    return 0


async def _add(settings: Settings, arguments: argparse.Namespace) -> int:
    account = Account(arguments.login, arguments.name or arguments.login, arguments.role, arguments.agent)
    try:
        async with open_database(settings) as database, database.transaction() as tx:
            password = await add_account(tx, account, arguments.role, by=BY)
    except Invalid as error:
        raise Refused(str(error)) from None
    print(f"One-time password of {account.login}: {password}")
    return 0


async def _list(settings: Settings, _arguments: argparse.Namespace) -> int:
    async with open_database(settings) as database, database.reading() as tx:
        accounts = await list_accounts(tx)
    for account in accounts:
        print(f"{account.login:<20}  {account.role:<13}  {account.agent or '-':<20}  {account.name}")
    return 0
