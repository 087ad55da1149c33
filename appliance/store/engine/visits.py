"""Whole transactions of SQLite in one visit to its thread: otherwise each statement takes four, which cost more."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Engine, event
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session, sessionmaker

from appliance.store.engine.commits import Commits

T = TypeVar("T")
Work = Callable[[AsyncSession], Coroutine[Any, Any, T]]


class Visits:
    """One thread with a connection of its own. `commits` is told what those who write here have written."""

    def __init__(self, engine: Engine, info: dict[str, Any], commits: Commits | None = None) -> None:
        self._engine = engine
        self._sessions = sessionmaker(engine, expire_on_commit=False, info=info)
        self._thread = ThreadPoolExecutor(1, "visits")
        self._commits = commits
        self._written: set[str] = set()
        self._connection: Any = None
        if commits is not None:
            event.listen(engine, "connect", self._connected)
            event.listen(engine, "before_cursor_execute", self._note)

    async def __call__(self, work: Work[T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._visit, work)

    def _visit(self, work: Work[T]) -> T:
        self._written.clear()
        with self._sessions.begin() as session:
            done = _through(work(cast(AsyncSession, _Visitor(session))))
            session.flush()
            if self._commits is not None and self._written:
                with self._commits.told(self._connection, self._written):
                    session.commit()
        return done

    def _connected(self, connection: Any, _entry: Any) -> None:
        self._connection = connection

    def _note(
        self, _connection: Connection, _cursor: Any, statement: str, _values: Any, context: Any, _many: bool
    ) -> None:
        if context.isinsert or context.isupdate or context.isdelete:
            self._written.add(context.compiled.statement.table.name)
        elif (context.compiled is None or context.is_text) and not statement.startswith("BEGIN"):
            self._written.add(statement)  # nobody knows what it does

    async def close(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, self._engine.dispose)
        self._thread.shutdown(wait=False)


class _Visitor:
    """As much of an AsyncSession as work in a visit uses; what it returns is there already."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.info, self.get_bind = session.info, session.get_bind
        self.add, self.add_all = session.add, session.add_all

    async def execute(self, *args: Any, **options: Any) -> Any:
        return self._session.execute(*args, **options)

    async def get(self, *args: Any, **options: Any) -> Any:
        return self._session.get(*args, **options)

    async def merge(self, *args: Any, **options: Any) -> Any:
        return self._session.merge(*args, **options)

    async def flush(self) -> None:
        self._session.flush()

    async def connection(self) -> "_Way":
        return _Way(self._session.connection())


class _Way:
    """Past the session, as an AsyncConnection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def execute(self, *args: Any) -> Any:
        return self._connection.execute(*args)


def _through(work: Coroutine[Any, Any, T]) -> T:
    """To its end without a loop: it awaits nothing but its visitor."""
    try:
        work.send(None)
    except StopIteration as done:
        return cast(T, done.value)
    work.close()
    raise RuntimeError("work in a visit waits for the database alone")
