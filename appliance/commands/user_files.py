"""`appliance user import` and `appliance user policy`: many users at once, and the rules for all of them."""

import argparse
import asyncio
from pathlib import Path
from typing import Any

from appliance.commands.accounts import BY, changing
from appliance.commands.opened import open_database
from appliance.commands.refusal import Refused
from appliance.core.access import ROLES
from appliance.core.csv_rows import decode
from appliance.core.user_rows import JudgedRow
from appliance.core.users import UserPolicy, parse_user
from appliance.services.users.bulk import import_users, preview_users
from appliance.services.users.policy import load_policy, save_policy
from appliance.settings import Settings


def add_actions(actions: Any) -> None:
    bulk = actions.add_parser("import", help="make and change users from a CSV file; without --yes nothing is stored")
    bulk.add_argument("file", type=Path, help="with the columns login, name, role and, if wanted, agent and active")
    bulk.add_argument("--yes", action="store_true", help="store every row that is not refused, and print the report")
    bulk.set_defaults(command=_import)
    policy = actions.add_parser("policy", help="show or change what is asked of passwords and who needs two factors")
    policy.add_argument("--min-password", type=int, help="characters that a password must have")
    policy.add_argument("--two-factor", nargs="*", choices=ROLES, help="roles that need it; none: nobody does")
    policy.set_defaults(command=_policy)


async def _import(settings: Settings, arguments: argparse.Namespace) -> int:
    try:
        text = decode(await asyncio.to_thread(arguments.file.read_bytes))
    except OSError as error:
        raise Refused(f"{arguments.file}: {error.strerror}") from None
    async with changing(settings) as tx:
        rows = await preview_users(tx, text, by=BY)
        chosen = {each.row.line: each.verdict for each in rows if each.verdict in ("new", "changed")}
        report = await import_users(tx, text, chosen, by=BY) if arguments.yes and chosen else []
    passwords = {each.judged.row.line: each.password for each in report if each.password}
    for each in rows:
        print(_line(each, passwords.get(each.row.line, "")))
    if chosen and not arguments.yes:
        print(f"{len(chosen)} rows would be stored; --yes stores them.")
    return 1 if any(each.verdict == "refused" for each in rows) else 0


def _line(row: JudgedRow, password: str) -> str:
    reasons = [f"{'.'.join(map(str, each.path))}: {each.text()}" for each in row.problems]
    reasons += [f"{name}: {was} > {now}" for name, (was, now) in row.changes().items()]
    reasons += [f"one-time password {password}"] if password else []
    return f"{row.row.line:>5}  {row.verdict:<8}  {row.login[:40]:<20}  {'; '.join(reasons)}".rstrip()


async def _policy(settings: Settings, arguments: argparse.Namespace) -> int:
    async with open_database(settings) as database, database.reading() as tx:
        stored = await load_policy(tx)
    given = {"min_password": arguments.min_password, "totp_roles": arguments.two_factor}
    given = {name: value for name, value in given.items() if value is not None}
    policy = stored.policy
    if given:
        async with changing(settings) as tx:
            policy = parse_user(UserPolicy, policy.model_dump() | given)
            await save_policy(tx, policy, version=stored.version, by=BY)
    print(f"A password has at least {policy.min_password} characters.")
    print(f"Two-factor sign-in is needed by: {', '.join(policy.totp_roles) or 'nobody'}.")
    return 0
