"""The connections to a PostgreSQL that may vanish without a word: it is known within seconds, and nobody waits on."""

import asyncio
import socket
from typing import Any
from weakref import WeakSet

import asyncpg
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine

CONNECTS_S, STOOD_STILL_S = 5.0, 0.5
# Who vanishes in the middle of a transaction would keep its rows locked. No job leaves its transaction alone that long.
_FORGOTTEN_S = 15
# Where nobody asks, as in the process of an import, the machine itself finds out, and so does the server's.
_IDLE_S, _INTERVAL_S, _TIMES = 5, 3, 3
_OPTIONS = (
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, _IDLE_S),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, _INTERVAL_S),
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, _TIMES),
    (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 14_000),
)


def _server_settings() -> dict[str, str]:
    return {
        "idle_in_transaction_session_timeout": f"{_FORGOTTEN_S}s",
        "tcp_keepalives_idle": str(_IDLE_S),
        "tcp_keepalives_interval": str(_INTERVAL_S),
        "tcp_keepalives_count": str(_TIMES),
    }


class Silent(Exception):
    """Asked for seconds, the server said nothing."""


class _Link(asyncpg.Connection):  # type: ignore[misc]
    def __init__(self, protocol: Any, transport: asyncio.Transport, *more: Any) -> None:
        link = transport.get_extra_info("socket")
        for level, name, value in _OPTIONS if link.family != socket.AF_UNIX else ():
            link.setsockopt(level, name, value)
        super().__init__(protocol, transport, *more)


class Links:
    """`arguments` are how an engine connects; `ask` is past all who wait for an answer."""

    def __init__(self, url: str) -> None:
        self.arguments: dict[str, Any] = {"async_creator_fn": self._connect}
        self._open: WeakSet[asyncpg.Connection] = WeakSet()
        self._asker = create_async_engine(
            url, pool_size=1, max_overflow=0, pool_pre_ping=True, connect_args=self.arguments
        )

    async def _connect(self, *args: Any, **options: Any) -> asyncpg.Connection:
        settings = _server_settings() | options.pop("server_settings", {})
        found = await asyncpg.connect(
            *args, timeout=CONNECTS_S, connection_class=_Link, server_settings=settings, **options
        )
        self._open.add(found)
        return found

    async def ask(self, within_s: float) -> None:
        """Whoever waits for a silent server is let go. Raises `Silent`, or what the server or the network says."""
        asking = asyncio.ensure_future(self._ask())
        try:
            _, waits = await asyncio.wait({asking}, timeout=within_s)
            if waits:  # this process may have stood still itself, and the answer is there
                _, waits = await asyncio.wait(waits, timeout=STOOD_STILL_S)
            if waits:
                self.cut()
            await asking
        except TimeoutError:
            raise Silent from None
        except (SQLAlchemyError, OSError, asyncpg.PostgresError) as error:
            raise (Silent if waits else error) from None
        finally:
            asking.cancel()

    def cut(self) -> None:
        for each in list(self._open):
            each.terminate()

    async def close(self) -> None:
        await self._asker.dispose()

    async def _ask(self) -> None:
        async with self._asker.connect() as connection:
            await connection.exec_driver_sql("SELECT 1")
