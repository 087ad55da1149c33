"""`appliance user` and `appliance password`: who may sign in to the console."""

import argparse
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from appliance.commands.opened import open_database
from appliance.commands.refusal import Refused
from appliance.core.access import ROLES
from appliance.core.problems import Invalid
from appliance.core.users import NewUser, UserChange, parse_user
from appliance.services.errors import NotFound
from appliance.services.users.accounts import User, UserFilter, list_users, load_user
from appliance.services.users.changes import (
    FIRST_LOGIN,
    create_user,
    delete_user,
    end_all_sessions,
    reset_password,
    reset_two_factor,
    save_user,
)
from appliance.services.users.sessions import list_sessions
from appliance.settings import Settings

BY = "command line"
EVERYBODY = 1_000_000


def add_parsers(commands: Any) -> Any:
    """The actions of `user`, to which others are added."""
    _add_password(commands)
    user = commands.add_parser("user", help="add, list, change or delete users of the console")
    actions = user.add_subparsers(required=True, metavar="ACTION")
    add = actions.add_parser("add", help="make a user and print the one-time password")
    add.add_argument("login")
    add.add_argument("role", choices=ROLES)
    add.add_argument("--name", help="how colleagues see this person (default: the login)")
    add.add_argument("--agent", default="", help="key of the agent that this person is")
    add.set_defaults(command=_add)
    change = actions.add_parser("change", help="change what is given, and leave the rest")
    change.add_argument("login")
    change.add_argument("--role", choices=ROLES)
    change.add_argument("--name")
    change.add_argument("--agent", help="key of the agent that this person is; empty for none")
    change.add_argument("--active", choices=("yes", "no"), help="'no' keeps somebody out without deleting")
    change.set_defaults(command=_change)
    actions.add_parser("list", help="show all users").set_defaults(command=_list)
    actions.add_parser("sessions", help="show who is signed in, and from where").set_defaults(command=_sessions)
    for name, command, text in (
        ("delete", _delete, "delete a user"),
        ("sign-out", _sign_out, "end all sessions of a user"),
        ("two-factor-off", _two_factor_off, "let somebody in who lost the phone: only the password is asked for"),
    ):
        one = actions.add_parser(name, help=text)
        one.add_argument("login")
        one.set_defaults(command=command)
    return actions


def _add_password(commands: Any) -> None:
    password = commands.add_parser("password", help="make a one-time password; for the first administrator too")
    password.add_argument("login", nargs="?", default=FIRST_LOGIN)
    password.set_defaults(command=_password)


@asynccontextmanager
async def changing(settings: Settings) -> AsyncIterator[AsyncSession]:
    """What a use case refuses, in words for a terminal."""
    try:
        async with open_database(settings) as database, database.transaction() as tx:
            yield tx
    except Invalid as error:
        raise Refused(str(error)) from None
    except NotFound as error:
        raise Refused(f"There is no {error}.") from None


async def _password(settings: Settings, arguments: argparse.Namespace) -> int:
    async with changing(settings) as tx:
        password = await reset_password(tx, arguments.login, by=BY)
    if password is None:
        raise Refused(f"There is no user '{arguments.login}'.")
    print(f"One-time password of {arguments.login}: {password}")
    return 0


async def _add(settings: Settings, arguments: argparse.Namespace) -> int:
    values = {"login": arguments.login, "name": arguments.name or arguments.login}
    async with changing(settings) as tx:
        user = parse_user(NewUser, values | {"role": arguments.role, "agent": arguments.agent})
        password = await create_user(tx, user, by=BY)
    print(f"One-time password of {user.login}: {password}")
    return 0


async def _change(settings: Settings, arguments: argparse.Namespace) -> int:
    given = {"role": arguments.role, "name": arguments.name, "agent": arguments.agent}
    if arguments.active is not None:
        given["is_active"] = arguments.active == "yes"
    async with changing(settings) as tx:
        user = await load_user(tx, arguments.login)
        stored = {name: getattr(user, name) for name in UserChange.model_fields}
        change = parse_user(UserChange, stored | {name: value for name, value in given.items() if value is not None})
        await save_user(tx, user.login, change, version=user.version, by=BY)
    return 0


async def _delete(settings: Settings, arguments: argparse.Namespace) -> int:
    async with changing(settings) as tx:
        await delete_user(tx, arguments.login, by=BY)
    return 0


async def _sign_out(settings: Settings, arguments: argparse.Namespace) -> int:
    async with changing(settings) as tx:
        await end_all_sessions(tx, arguments.login, by=BY)
    return 0


async def _two_factor_off(settings: Settings, arguments: argparse.Namespace) -> int:
    async with changing(settings) as tx:
        await reset_two_factor(tx, arguments.login, by=BY)
    return 0


async def _list(settings: Settings, _arguments: argparse.Namespace) -> int:
    async with open_database(settings) as database, database.reading() as tx:
        found = await list_users(tx, UserFilter(size=EVERYBODY))
    for user in found.users:
        print(_line(user))
    return 0


def _line(user: User) -> str:
    marks = ["not active"] * (not user.is_active) + ["two-factor"] * user.has_two_factor
    about = f"{user.login:<20}  {user.role:<13}  {user.agent or '-':<20}  {user.name}"
    return f"{about}  ({', '.join(marks)})" if marks else about


async def _sessions(settings: Settings, _arguments: argparse.Namespace) -> int:
    async with open_database(settings) as database, database.reading() as tx:
        sessions = await list_sessions(tx)
    for each in sessions:
        print(f"{each.login:<20}  {each.address:<20}  {each.seen_at:%Y-%m-%d %H:%M}  {each.browser}")
    return 0
