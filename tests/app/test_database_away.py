"""A database whose host vanishes without a word: it is noticed in seconds, nobody waits on, and somebody is told."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientResponse
from sqlalchemy import text, update
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.adapters.web_service import WebService
from appliance.core.live.state import Queue
from appliance.core.site import Site
from appliance.services.alarms.away import Away
from appliance.services.clock import now
from appliance.services.entities import replace_site
from appliance.services.hub import Hub
from appliance.services.wallboards import make_link
from appliance.store.db import Database
from appliance.store.engine.trouble import will_pass
from appliance.store.snapshots import load_snapshot
from appliance.store.tables.configuration import ConfigState
from tests.app.console import a_console
from tests.app.test_mail import mail_site
from tests.app.test_wallboards import wall_event
from tests.silent_proxy import SilentProxy, a_silent_proxy
from tests.sites import a_site
from tests.smtp_server import SmtpServer, a_mail_server
from tests.waiting import eventually

pytestmark = pytest.mark.parametrize("database_url", ["postgres"], indirect=True)


@pytest.fixture
async def proxy(database_url: str) -> AsyncIterator[SilentProxy]:
    async with a_silent_proxy(make_url(database_url).port or 0) as found:
        yield found


@pytest.fixture
async def distant(database_url: str, proxy: SilentProxy) -> AsyncIterator[Database]:
    found = Database(make_url(database_url).set(port=proxy.port).render_as_string(hide_password=False))
    yield found
    await found.close()


@asynccontextmanager
async def watching(database: Database, hub: Hub | None = None) -> AsyncIterator[None]:
    job = asyncio.create_task(Away(database, WebService(()), hub or Hub(), ask_s=0.05, patience_s=0.5).run())
    yield
    job.cancel()
    await asyncio.wait([job])


async def in_a_statement(proxy: SilentProxy, tx: AsyncSession) -> None:
    proxy.is_silent = True
    await tx.execute(text("SELECT 1"))


async def in_a_commit(proxy: SilentProxy, tx: AsyncSession) -> None:
    await tx.execute(update(ConfigState).values(wanted=ConfigState.wanted + 1))
    proxy.is_silent = True


@pytest.mark.parametrize("fall_silent", [in_a_statement, in_a_commit])
async def test_whoever_waits_for_a_silent_server_is_let_go(
    distant: Database, proxy: SilentProxy, fall_silent: Callable[[SilentProxy, AsyncSession], Awaitable[None]]
) -> None:
    async def work() -> None:
        async with distant.transaction() as tx:
            await fall_silent(proxy, tx)

    async with watching(distant):
        async with asyncio.timeout(10):
            failed = await raised_by(work())
            assert will_pass(failed), failed
            later = await raised_by(work())  # nobody else waits for it
            assert will_pass(later), later
        proxy.is_silent = False

        async def is_back() -> bool:
            try:
                async with distant.reading() as tx:
                    return bool((await tx.execute(text("SELECT 1"))).scalar())
            except (SQLAlchemyError, OSError):
                return False

        await eventually(is_back)


async def test_a_server_that_was_left_in_silence_locks_nobody_out(
    distant: Database, proxy: SilentProxy, database: Database
) -> None:
    """It hears nothing of the end: the row would stay locked until the network tells it, which may take hours."""
    async with watching(distant):

        async def work() -> None:
            async with distant.transaction() as tx:
                await in_a_commit(proxy, tx)

        assert will_pass(await raised_by(work()))
        async with asyncio.timeout(60), database.transaction() as tx:
            await tx.execute(update(ConfigState).values(wanted=ConfigState.wanted + 1))


async def raised_by(work: Coroutine[Any, Any, None]) -> BaseException:
    (error,) = await asyncio.gather(work, return_exceptions=True)
    assert isinstance(error, Exception)
    return error


async def test_the_alarm_needs_no_database(distant: Database, proxy: SilentProxy) -> None:
    async with a_mail_server() as post, watching(distant):
        alarm = {"key": "base", "name": "Database", "kind": "database_away", "for_s": 1}
        site = mail_site(post.port).model_dump(mode="json")
        site["alarms"] = {"base": {**alarm, "emails": [{"address": "boss@example.net"}]}}
        async with distant.transaction() as tx:
            await replace_site(tx, Site.model_validate(site), by="test", summary="test")
        async with distant.reading() as tx:
            await load_snapshot(tx)  # as each page and job does
        proxy.is_silent = True
        await eventually(lambda: subjects(post) == ["Alarm: Database"])
        assert "Calls go on" in post.mails[0].get_content()
        proxy.is_silent = False
        await eventually(lambda: subjects(post) == ["Alarm: Database", "Alarm is over: Database"])


def subjects(post: SmtpServer) -> list[str]:
    return [str(each["Subject"]) for each in post.mails]


async def test_monitors_and_walls_are_told_and_nobody_waits(
    distant: Database, proxy: SilentProxy, tmp_path: Path
) -> None:
    async with a_console(distant, tmp_path, walled_site(), heartbeat_s=0.2) as console, watching(distant, console.hub):
        client = console.browser().client
        async with distant.transaction() as tx:
            token = await make_link(tx, "sales", by="test")
        wall = await client.get(f"/wall/{token}/stream")

        async def health() -> tuple[int, Any]:
            async with asyncio.timeout(1), client.get("/health") as answer:
                return answer.status, await answer.json()

        assert await health() == (503, {"status": "failed", "database": "ok", "asterisk": "away"})
        console.live.is_connected = True
        assert await health() == (200, {"status": "ok", "database": "ok", "asterisk": "ok"})
        proxy.is_silent = True
        away = {"status": "failed", "database": "away", "asterisk": "ok"}
        assert await eventually(lambda: is_told(health, 503)) == away
        await is_shown(wall, lambda picture: picture["away"])
        console.live.state = replace(console.live.state, queues={"sales": Queue(waiting={"c": now()})})
        console.hub.publish("live", {"seq": 2, "connected": True, "changes": []})
        await is_shown(wall, lambda picture: picture["totals"]["waiting"] == 1)  # calls go on, and walls with them
        proxy.is_silent = False
        await eventually(lambda: is_told(health, 200))
        await is_shown(wall, lambda picture: not picture["away"])
        wall.close()


async def is_shown(wall: ClientResponse, holds: Callable[[Any], bool]) -> None:
    async with asyncio.timeout(60):
        while not holds((await wall_event(wall))["picture"]):
            pass


def walled_site() -> Site:
    site = a_site().model_dump(mode="json")
    site["wallboards"] = {"sales": {"key": "sales", "name": "Sales team"}}
    return Site.model_validate(site)


async def is_told(health: Callable[[], Awaitable[tuple[int, Any]]], status: int) -> Any:
    found, told = await health()
    return told if found == status else None


async def test_where_nobody_asks_the_machine_finds_out(distant: Database) -> None:
    """As in the process of an import."""
    async with distant.engine.connect() as connection:
        link = (await connection.get_raw_connection()).driver_connection
        found = link._transport.get_extra_info("socket")  # the driver shows it to nobody
        assert found.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        assert found.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 14_000
