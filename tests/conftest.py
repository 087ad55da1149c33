"""What every ring of tests shares: a migrated database of each kind, and no blocking calls in the loop."""

import asyncio
import datetime as dt
import gc
import itertools
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from baresip import Config, Runtime
from hypothesis import settings

from appliance.services.licenses.ground import use_keys
from appliance.store.db import Database
from appliance.store.migrate import migrate
from appliance.store.uploads import Upload, save_upload
from tests.licenses import install_license, write_keys
from tests.postgres.lending import Lending
from tests.postgres.server import PostgresServer

# Before anything reads a licence, in this process or in one that it starts.
KEYS = tempfile.TemporaryDirectory(prefix="license-keys-")
write_keys(Path(KEYS.name))

# The same examples each time, so that what fails was broken by a change; `make explore` looks for new ones.
settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("explore", deadline=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))

_numbers = itertools.count(1)
# Files that take long come first, so that no worker is left with one of them at the end. Calls, which wait, and
# browsers, which work, take turns.
_WAITING, _WORKING = ("faults", "pbx"), ("browser", "postgres")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    files = list(dict.fromkeys(item.path for item in items))
    places: dict[Path, float] = {}
    for folders in (_WAITING, _WORKING):
        found = [path for folder in folders for path in files if path.parent.name == folder]
        places |= {path: at / len(found) for at, path in enumerate(found)}
    items.sort(key=lambda item: places.get(item.path, 1.0))


def pytest_collection_finish() -> None:
    """Modules and tests stay for ever: whoever looks for garbage need not look through them each time, nor so often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 10, 10)


async def _migrate(url: str) -> None:
    database = Database(url)
    await migrate(database)
    async with database.transaction() as tx:
        await save_upload(tx, Upload("0" * 64, "air.wav", b""), dt.datetime.now(dt.UTC))  # the usual site plays it
        await install_license(tx)
    await database.close()


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "migrated.db"
    asyncio.run(_migrate(f"sqlite+aiosqlite:///{path}"))
    return path


@pytest.fixture(autouse=True)
def _vendor() -> None:
    """A command that was tried with other settings may have chosen other keys."""
    use_keys(Path(KEYS.name))


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """Not in pytest's own folder, which only its owner may enter: every start of pytest sees to that."""
    with tempfile.TemporaryDirectory(prefix="postgres-") as folder:
        Path(folder).chmod(0o755)
        server = PostgresServer(Path(folder, "server"))
        server.start()
        yield server
        server.stop()


@pytest.fixture(scope="session")
def migrated_postgres(postgres: PostgresServer) -> Lending:
    asyncio.run(postgres.create("migrated", "template1"))
    asyncio.run(_migrate(postgres.url("migrated")))
    return Lending(postgres, "migrated")


@pytest.fixture(params=["sqlite", "postgres"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without any table; each test that asks runs on both kinds."""
    if request.param == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}"
        return
    server, name = request.getfixturevalue("postgres"), f"empty{next(_numbers)}"
    asyncio.run(server.create(name, "template1"))
    yield server.url(name)
    asyncio.run(server.tell(f'DROP DATABASE "{name}" WITH (FORCE)'))


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty, migrated database of its own for the test; each test that asks runs on both kinds."""
    state = "furnished" if "usual_site" in request.fixturenames else "migrated"
    if request.param == "sqlite":
        path = shutil.copy(request.getfixturevalue(f"{state}_sqlite"), tmp_path / "appliance.db")
        yield f"sqlite+aiosqlite:///{path}"
        return
    with request.getfixturevalue(f"{state}_postgres").lent() as url:
        yield url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    yield database
    await database.close()


@pytest.fixture(scope="session")
async def runtime() -> AsyncIterator[Runtime]:
    """All phones of the session: a process can have one runtime only."""
    runtime = Runtime()
    await runtime.start(Config(net_interface="127.0.0.1", max_concurrent_calls=None))
    yield runtime
    await runtime.close()
