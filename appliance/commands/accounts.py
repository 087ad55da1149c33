"""`appliance password`: a new one-time password for somebody who lost theirs."""

import argparse
from typing import Any

from appliance.commands.refusal import Refused
from appliance.services.users import FIRST_LOGIN, reset_password
from appliance.settings import Settings
from appliance.store.db import Database


def add_parsers(commands: Any) -> None:
    parser = commands.add_parser("password", help="make a one-time password for a user of the console")
    parser.add_argument("login", nargs="?", default=FIRST_LOGIN)
    parser.set_defaults(command=_password)


async def _password(settings: Settings, arguments: argparse.Namespace) -> int:
    database = Database(settings.database)
    async with database.transaction() as tx:
        password = await reset_password(tx, arguments.login)
    await database.close()
    if password is None:
        raise Refused(f"There is no user '{arguments.login}'.")
    print(f"One-time password of {arguments.login}: {password}")
    return 0
