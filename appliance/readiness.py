"""What must hold before the daemon or a command begins; each refusal says what to do."""

import fcntl
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from appliance.adapters.host import is_free
from appliance.services.restored import hold_dialers
from appliance.settings import Settings
from appliance.store.db import Database
from appliance.store.migrate import is_current


class CannotStart(Exception):
    """The message says why and what to do."""


async def check_database(database: Database) -> None:
    try:
        good = await is_current(database)
    except (SQLAlchemyError, OSError) as error:
        raise CannotStart(f"The database cannot be used: {str(error).splitlines()[0]}") from None
    if not good:
        raise CannotStart("The database has not the schema of this version; run `appliance migrate` first.")


async def prepare_database(database: Database, folder: Path) -> None:
    await check_database(database)
    await hold_dialers(database, folder)


def check_ports(settings: Settings) -> None:
    """Asterisk starts without a port that it cannot have, and nobody would understand what is missing."""
    node = settings.node
    for name, kind, address, port in (
        ("ami_port", socket.SOCK_STREAM, "127.0.0.1", node.ami_port),
        ("agi_port", socket.SOCK_STREAM, "127.0.0.1", node.agi_port),
        ("ws_port", socket.SOCK_STREAM, "127.0.0.1", node.ws_port),
        ("sip_port", socket.SOCK_DGRAM, node.sip_bind, node.sip_port),
    ):
        if not is_free(kind, address, port):
            setting = f"node.{name} (APPLIANCE_NODE__{name.upper()})"
            raise CannotStart(f"Another program uses {address}:{port}. End it, or choose another {setting}.")


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Two daemons on one folder would read the same journals; the lock ends with the process."""
    with (folder / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CannotStart(f"Another daemon runs already with the data in {folder}.") from None
        yield
