"""The door to the database: one engine, one way to open a transaction, the pragmas of SQLite."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry, Pool
from sqlalchemy.util import greenlet_spawn

from appliance.core.site import Site
from appliance.store.engine import one_hop
from appliance.store.engine.commits import Commits, Mark
from appliance.store.engine.links import Links, Silent
from appliance.store.engine.trouble import reason_of
from appliance.store.engine.visits import T, Visits, Work
from appliance.store.snapshots import Newest

PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",  # a committed attempt or journal position must outlive a power cut
    "PRAGMA foreign_keys=ON",
    "PRAGMA busy_timeout=15000",
)
# Of a process that stores thousands of rows at a time, and that goes on where the database says that it stood: what a
# power cut takes from it, it does again. What its rows refer to it stores with them. Without figures about a table that
# fills up, PostgreSQL would read all of it.
_BULK_PRAGMAS = (
    "PRAGMA synchronous=NORMAL",
    "PRAGMA cache_size=-24576",
    "PRAGMA wal_autocheckpoint=0",
    "PRAGMA foreign_keys=OFF",
)
_BULK_SETTINGS = {"synchronous_commit": "off", "enable_seqscan": "off"}
LEAVING_S = 2.0
# SQLite reads that way of itself; PostgreSQL would show each statement of a reading what was committed just before it.
_ONE_VIEW: dict[str, dict[str, str]] = {"postgresql": {"isolation_level": "REPEATABLE READ"}}


class _SQLite(sqlite3.Connection):
    def close(self) -> None:
        """Of a reading that was cut short SQLite would keep the transaction, and the lock for writing, until somebody
        throws its cursor away."""
        with suppress(sqlite3.ProgrammingError):  # it is closed already
            self.rollback()
        super().close()


class Database:
    """SQLite (`sqlite+aiosqlite:///path`) or PostgreSQL (`postgresql+asyncpg://...`)."""

    def __init__(self, url: str, *, is_bulk: bool = False) -> None:
        self.url = url
        self._links = None if url.startswith("sqlite") else Links(url)
        self._is_silent = False
        self.is_away = False  # as `why_away` last found
        self.engine = _make_engine(url, self._links, is_bulk=is_bulk)
        self._newest = Newest()
        shared = {"newest": self._newest}
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False, info=shared)
        reader = self.engine.execution_options(appliance_reading=True, **_ONE_VIEW.get(self.engine.dialect.name, {}))
        self._readers = async_sessionmaker(reader, expire_on_commit=False, info=shared)
        self._commits = Commits(self.engine.url.database if self.engine.dialect.name == "sqlite" else None)
        self._readings: Visits | None
        self._writings: Visits | None
        self._readings, self._writings = self._visits(shared)
        self._inside = 0
        self._late: asyncio.Future[None] | None = None
        self._is_empty = asyncio.Event()
        self._is_empty.set()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """Commit on leaving, roll back on any exception."""
        async with self._session(self._sessions) as session:
            yield session

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """One consistent view for pages and rendering; never waits for a writer."""
        async with self._session(self._readers) as session:
            yield session

    async def why_away(self, within_s: float) -> str:
        """Asked past all who wait for an answer; nothing where it is there, as SQLite always is."""
        if self._links is None:
            return ""
        why, self._is_silent = await self._why_away(self._links, within_s)
        self.is_away = bool(why)
        return why

    async def _why_away(self, links: Links, within_s: float) -> tuple[str, bool]:
        try:
            await links.ask(within_s)
        except Silent:
            return "it says nothing", True
        except Exception as error:
            return reason_of(error), False
        return "", False

    def known_site(self) -> Site | None:
        """As it was when it could last be read."""
        return self._newest.snapshot.site if self._newest.snapshot else None

    async def settle(self) -> None:
        """What SQLite wrote into its log goes into its file; meanwhile others may write."""
        if self.engine.dialect.name == "sqlite":
            async with self.engine.connect() as connection:
                driver: Any = (await connection.get_raw_connection()).driver_connection
                await driver.execute_fetchall("PRAGMA wal_checkpoint(PASSIVE)")

    async def read(self, work: Work[T]) -> T:
        """As `reading()`, for jobs that come often: at SQLite in one visit, so `work` awaits nothing but its `tx`."""
        if self._readings is not None:
            return await self._readings(work)
        async with self.reading() as tx:
            return await work(tx)

    async def write(self, work: Work[T]) -> T:
        """As `transaction()`, likewise."""
        if self._writings is not None:
            return await self._writings(work)
        async with self.transaction() as tx:
            return await work(tx)

    def mark(self, *tables: str) -> Mark:
        """Another one after each commit of whichever process; take it before the reading that it is to stand for.

        What jobs `write()` of each call (`OF_CALLS`) counts where its table is named.
        """
        return self._commits.mark(*tables)

    def _visits(self, info: dict[str, Any]) -> tuple[Visits, Visits] | tuple[None, None]:
        """Readings do not wait until a writer has its turn."""
        if self.engine.dialect.name != "sqlite":
            return None, None
        reader, writer = _make_visited(self.engine.url), _make_visited(self.engine.url)
        return Visits(reader.execution_options(appliance_reading=True), info), Visits(writer, info, self._commits)

    @asynccontextmanager
    async def _session(self, make: async_sessionmaker[AsyncSession]) -> AsyncIterator[AsyncSession]:
        session = make()
        self._inside += 1
        self._is_empty.clear()
        try:
            async with session.begin():
                await self._connect(session)
                yield session
        finally:
            leaving = asyncio.ensure_future(session.close())
            leaving.add_done_callback(self._left)
            await asyncio.shield(leaving)  # who is cancelled goes; the connection is given back all the same

    async def _connect(self, session: AsyncSession) -> None:
        """What a server that is away says comes from below SQLAlchemy, as errors of its own kinds."""
        if self._links is None:
            return
        if self._is_silent:
            raise OperationalError("connect", None, Silent())
        try:
            await session.connection()
        except SQLAlchemyError:
            raise
        except Exception as error:
            raise OperationalError("connect", None, error) from error

    def _left(self, _leaving: asyncio.Future[None]) -> None:
        self._inside -= 1
        if not self._inside:
            self._is_empty.set()

    async def close(self, leaving_s: float = LEAVING_S) -> None:
        """After those who were told to stop have left. What who stays longer gives back is closed then."""
        pool = self.engine.sync_engine.pool
        try:
            async with asyncio.timeout(leaving_s):
                await self._is_empty.wait()
        except TimeoutError:
            self._late = asyncio.ensure_future(self._close_late(pool))
        for visits in (self._readings, self._writings):
            if visits is not None:
                await visits.close()
        self._commits.close()
        await self.engine.dispose()
        if self._links is not None:
            await self._links.close()

    async def _close_late(self, pool: Pool) -> None:
        """Connections come back to the pool from which they were taken, whatever the engine has by then."""
        await self._is_empty.wait()
        await greenlet_spawn(pool.dispose)


def _make_engine(url: str, links: Links | None, *, is_bulk: bool) -> AsyncEngine:
    if links is not None:
        bulk = {"server_settings": _BULK_SETTINGS} if is_bulk else {}
        return create_async_engine(url, pool_pre_ping=True, connect_args=links.arguments | bulk)
    engine = create_async_engine(url, connect_args={"factory": _SQLite, "async_creator_fn": one_hop.connect})
    _prepare(engine.sync_engine, (*PRAGMAS, *_BULK_PRAGMAS) if is_bulk else PRAGMAS)
    return engine


def _make_visited(url: URL) -> Engine:
    arguments = {"factory": _SQLite}
    engine = create_engine(url.set(drivername="sqlite"), connect_args=arguments, pool_size=1, max_overflow=0)
    _prepare(engine, PRAGMAS)
    return engine


def _prepare(engine: Engine, pragmas: Iterable[str]) -> None:
    event.listen(engine, "do_connect", _make_file)
    event.listen(engine, "connect", partial(_set_pragmas, pragmas))
    event.listen(engine, "begin", _begin)


def _make_file(_dialect: Any, _entry: ConnectionPoolEntry, arguments: list[Any], _options: dict[str, Any]) -> None:
    """Passwords of phones and trunks are in it: nobody else on this machine reads it, whatever the umask."""
    if arguments and arguments[0] != ":memory:" and not str(arguments[0]).startswith("file:"):
        Path(arguments[0]).touch(mode=0o600)  # what SQLite puts beside it gets the same mode


def _set_pragmas(pragmas: Iterable[str], connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # SQLAlchemy says BEGIN itself, below
    cursor = connection.cursor()
    for pragma in pragmas:
        cursor.execute(pragma)
    cursor.close()


def _begin(connection: Connection) -> None:
    # Taking the write lock at BEGIN makes a second writer wait its turn (busy_timeout); a deferred
    # transaction that turns into a writer later fails at once with "database is locked".
    reading = connection.get_execution_options().get("appliance_reading")
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
