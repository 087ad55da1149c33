"""The command `appliance`: reads the command line and hands over to app, demo or a use case."""

import argparse
import asyncio
import gc
import signal
import sys
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import sdnotify
import uvloop
from alembic.util import CommandError
from sqlalchemy.exc import SQLAlchemyError

from appliance.adapters.asterisk_program import AsteriskError
from appliance.app import make_appliance, run
from appliance.commands import accounts, config, dial, doctor, imports, license, tokens, user_files
from appliance.commands.refusal import Refused
from appliance.logs import set_up_logs
from appliance.readiness import CannotStart
from appliance.settings import Settings, SettingsError, load_settings
from appliance.store.db import Database
from appliance.store.migrate import migrate, schema_revision

Command = Callable[[Settings, argparse.Namespace], Coroutine[Any, Any, int]]


def main(words: Sequence[str] | None = None) -> int:
    """`words` are those after the command's name; by default what the shell gave."""
    arguments = _parser().parse_args(words)
    command: Command = arguments.command
    try:
        settings = load_settings()
        set_up_logs(settings.log_format)
        with asyncio.Runner(loop_factory=arguments.loop) as runner:
            return runner.run(command(settings, arguments))
    except (SettingsError, CannotStart, AsteriskError, Refused) as error:
        print(f"appliance: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="appliance", description="A contact centre in a box.")
    parser.set_defaults(loop=asyncio.new_event_loop)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    daemon = commands.add_parser("run", help="run the daemon until SIGTERM")
    daemon.set_defaults(command=_run, loop=uvloop.new_event_loop)  # Python's own takes a quarter more of the CPU
    demo = commands.add_parser("demo", help="set up a demo site and place a real call")
    demo.add_argument("--check", action="store_true", help="end after the call; status 0 only if all of it held")
    demo.set_defaults(command=_demo)
    schema = commands.add_parser("migrate", help="bring the database to the schema of this version")
    schema.add_argument("revision", nargs="?", default="head")
    schema.set_defaults(command=_migrate)
    config.add_parser(commands)
    imports.add_parser(commands)
    user_files.add_actions(accounts.add_parsers(commands))
    tokens.add_parser(commands)
    license.add_parser(commands)
    dial.add_parser(commands)
    doctor.add_parser(commands)
    return parser


async def _run(settings: Settings, _arguments: argparse.Namespace) -> int:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await run(make_appliance(settings), stop, on_ready=_ready)
    return 0


def _ready(_url: str) -> None:
    # Modules and templates stay for ever. To look through them for garbage again and again would stop everything
    # for 0.1 s each time.
    gc.collect()
    gc.freeze()
    sdnotify.SystemdNotifier().notify("READY=1")


async def _demo(settings: Settings, arguments: argparse.Namespace) -> int:
    from appliance.demo.story import run_demo  # noqa: PLC0415 - its phones are no part of the daemon

    return await run_demo(settings, check=arguments.check)


async def _migrate(settings: Settings, arguments: argparse.Namespace) -> int:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    database = Database(settings.database)
    try:
        before = await schema_revision(database)
        await migrate(database, arguments.revision)
        print(f"schema: {before or 'empty'} > {await schema_revision(database)}")
    except (CommandError, SQLAlchemyError, OSError) as error:
        raise Refused(f"The database was not changed: {str(error).splitlines()[0]}") from None
    finally:
        await database.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
