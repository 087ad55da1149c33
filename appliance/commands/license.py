"""`appliance license`, the customer's part: request, install, status, trial."""

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, get_args

import segno
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.commands import license_vendor
from appliance.commands.license_words import body_lines, status_lines
from appliance.commands.opened import open_database
from appliance.commands.refusal import Refused
from appliance.core.license.body import Edition, Model
from appliance.core.license.document import LicenseError
from appliance.core.license.request import write_request
from appliance.services.clock import now
from appliance.services.licenses.current import find_installed, load_licensing
from appliance.services.licenses.files import audit_refusal, install_file, preview_file
from appliance.services.licenses.ground import use_keys
from appliance.services.licenses.requests import make_request
from appliance.services.licenses.trial import start_trial
from appliance.settings import Settings
from appliance.store.licenses import count_working, load_channels

BY = "command line"


def add_parser(commands: Any) -> None:
    parser = commands.add_parser("license", help="request, install and look at licenses; the vendor issues them")
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    actions.add_parser("status", help="what is allowed, until when, who has a seat").set_defaults(command=_status)
    install = actions.add_parser("install", help="install a license or a list of revocations")
    install.add_argument("file", type=Path)
    install.add_argument("--dry-run", action="store_true", help="only say what would change")
    install.set_defaults(command=_install)
    trial = actions.add_parser("trial", help="start the trial of 30 days, once")
    trial.set_defaults(command=_trial)
    request = actions.add_parser("request", help="write the file that the vendor needs to issue a license")
    request.add_argument("--seats", type=int, help="how many agents (default: as now)")
    request.add_argument("--edition", choices=get_args(Edition))
    request.add_argument("--model", choices=get_args(Model))
    request.add_argument("-o", "--output", type=Path, help="default: standard output, and a QR code to photograph")
    request.set_defaults(command=_request)
    license_vendor.add_actions(actions)


async def _status(settings: Settings, _arguments: argparse.Namespace) -> int:
    async with _reading(settings) as tx:
        found, current = await find_installed(tx), await load_licensing(tx)
        working, channels = await count_working(tx, besides=""), await load_channels(tx, now())
    for line in status_lines(current, working, channels):
        print(line)
    for number, error in found.damaged:
        print(f"{number}: {error}")
    for seat in found.foreign:
        print(f"The line of seat {seat.seat_id} in the database was not written by the appliance and does not count.")
    return 0 if current.is_open else 1


async def _install(settings: Settings, arguments: argparse.Namespace) -> int:
    text = await asyncio.to_thread(license_vendor.read_file, arguments.file)
    async with _changing(settings) as tx:
        preview = await preview_file(tx, text)
        if not arguments.dry_run:
            await install_file(tx, text, by=BY)
    for title, before, after in preview.changes:
        print(f"{title}: {before or '-'} > {after or '-'}")
    if preview.losers:
        print(f"Without a seat now: {', '.join(preview.losers)}")
    print("Nothing was installed." if arguments.dry_run else "Installed. No restart is needed.")
    return 0


async def _trial(settings: Settings, _arguments: argparse.Namespace) -> int:
    async with _changing(settings) as tx:
        license = await start_trial(tx, by=BY)
    for line in body_lines(license):
        print(line)
    return 0


async def _request(settings: Settings, arguments: argparse.Namespace) -> int:
    async with _reading(settings) as tx:
        wishes = {name: getattr(arguments, name) for name in ("seats", "edition", "model")}
        text = write_request(await make_request(tx, **wishes))
    if arguments.output:
        await asyncio.to_thread(arguments.output.write_text, text, "ascii")
        print(f"{arguments.output}: send it to the vendor.")
    else:
        print(text)
        segno.make(text, error="l", micro=False).terminal(sys.stdout, compact=True)
    return 0


@asynccontextmanager
async def _reading(settings: Settings) -> AsyncIterator[AsyncSession]:
    use_keys(settings.keys_folder)
    async with open_database(settings) as database, database.reading() as tx:
        yield tx


@asynccontextmanager
async def _changing(settings: Settings) -> AsyncIterator[AsyncSession]:
    """What is refused leaves a line in the audit trail."""
    use_keys(settings.keys_folder)
    async with open_database(settings) as database:
        try:
            async with database.transaction() as tx:
                yield tx
        except LicenseError as error:
            async with database.transaction() as tx:
                await audit_refusal(tx, error, by=BY)
            raise Refused(str(error)) from None
