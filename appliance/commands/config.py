"""`appliance config`: the whole configuration as one YAML file, out and in; earlier ones put back."""

import argparse
import sys
from pathlib import Path
from typing import Any

from appliance.adapters.speech import Speech
from appliance.commands.opened import open_database
from appliance.commands.refusal import Refused
from appliance.core.problems import Invalid
from appliance.core.site_yaml import SiteFileError
from appliance.facts import make_facts
from appliance.services.entities import SiteChanges
from appliance.services.errors import NotFound
from appliance.services.prompts import Prompts
from appliance.services.revisions import restore_revision
from appliance.services.site_files import diff_site, export_site, import_site, read_site_file, render_stored_site
from appliance.settings import Settings
from appliance.store.configuration import list_revisions
from appliance.store.db import Database

BY = "command line"


def add_parser(commands: Any) -> None:
    parser = commands.add_parser("config", help="export, check, compare, import or put back the whole configuration")
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    out = actions.add_parser("export", help="write it as YAML, to standard output or FILE")
    out.add_argument("file", nargs="?", type=Path)
    out.add_argument("--without-secrets", action="store_true", help="leave passwords and PINs out")
    out.set_defaults(command=_export)
    for name, command, text in (
        ("check", _check, "say whether FILE could be imported"),
        ("diff", _diff, "show what an import of FILE would change"),
        ("import", _import, "make the configuration equal to FILE, all or nothing"),
    ):
        action = actions.add_parser(name, help=text)
        action.add_argument("file", type=Path)
        action.set_defaults(command=_with_refusals(command))
    actions.add_parser(
        "revisions", help="list the newest configurations, and which of them Asterisk took"
    ).set_defaults(command=_revisions)
    restore = actions.add_parser("restore", help="put an earlier configuration back, as a new one")
    restore.add_argument("revision", type=int)
    restore.set_defaults(command=_restore)


def _with_refusals(command: Any) -> Any:
    async def run(settings: Settings, arguments: argparse.Namespace) -> int:
        async with open_database(settings) as database:
            prompts = Prompts(database, Speech(), Path(make_facts(settings).prompts))
            try:
                status: int = await command(database, arguments.file, prompts)
            except (SiteFileError, Invalid) as error:
                raise Refused(f"nothing was changed.\n{error}") from None
        return status

    return run


async def _export(settings: Settings, arguments: argparse.Namespace) -> int:
    secrets = not arguments.without_secrets
    async with open_database(settings) as database:
        if not arguments.file:
            sys.stdout.write(await render_stored_site(database, secrets=secrets))
            return 0
        try:
            await export_site(database, arguments.file, secrets=secrets)
        except OSError as error:
            raise Refused(f"{arguments.file} cannot be written: {error.strerror}") from None
    return 0


async def _check(database: Database, file: Path, prompts: Prompts) -> int:
    site = (await read_site_file(database, file, prompts)).site
    print(f"{file} is good: {len(list(site.entities()))} entries.")
    return 0


async def _diff(database: Database, file: Path, prompts: Prompts) -> int:
    difference = await diff_site(database, file, prompts=prompts)
    sys.stdout.write(difference or "No difference.\n")
    return 0


async def _import(database: Database, file: Path, prompts: Prompts) -> int:
    _tell(await import_site(database, file, prompts=prompts, by=BY), "Imported")
    return 0


async def _revisions(settings: Settings, _arguments: argparse.Namespace) -> int:
    async with open_database(settings) as database, database.reading() as tx:
        for line in await list_revisions(tx, settings.node.name):
            result = "applied" if line.is_applied else "refused"
            print(f"{line.revision_id}  {line.at:%Y-%m-%d %H:%M}  {result}  {line.by}  {line.summary}")
    return 0


async def _restore(settings: Settings, arguments: argparse.Namespace) -> int:
    async with open_database(settings) as database:
        try:
            async with database.transaction() as tx:
                changes = await restore_revision(tx, arguments.revision, by=BY)
        except NotFound:
            raise Refused(
                f"there is no revision {arguments.revision}; `appliance config revisions` lists them."
            ) from None
        except Invalid as error:
            raise Refused(f"nothing was changed.\n{error}") from None
    _tell(changes, "Put back")
    return 0


def _tell(changes: SiteChanges, done: str) -> None:
    for sign, places in (("+", changes.added), ("~", changes.changed), ("-", changes.removed)):
        for section, key in places:
            print(f"{sign} {section}.{key}")
    print(f"{done}; the running daemon applies it." if changes else "Nothing differs.")
