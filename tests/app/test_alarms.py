"""Alarms: raised and over once, also over a restart; on screen, by mail and as a signed message."""

import asyncio
import datetime as dt
import email
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from sqlalchemy import select, update

from appliance.adapters.web_service import WebService
from appliance.core.live import State
from appliance.core.live.state import Agent, Queue
from appliance.core.site import Site
from appliance.services.agents.pauses import pause
from appliance.services.agents.sessions import Place, log_in
from appliance.services.agents.trail import Act
from appliance.services.alarms.hooks import Hooks
from appliance.services.alarms.readings import Gauges
from appliance.services.alarms.watch import Alarms
from appliance.services.clock import now
from appliance.services.mail import Mail
from appliance.services.trunk_states import TrunkStates
from appliance.store.db import Database
from appliance.store.reminders import end_reminder, insert_reminder
from appliance.store.tables.calls import OpenAgentRow
from appliance.store.tables.floor import AlarmRaiseRow
from appliance.store.tables.work import ReminderRow
from tests.app.console import Console, a_console, a_user
from tests.pbx.dialer_site import dialer_site, set_state
from tests.pbx.pstn import Behaviour, Pstn
from tests.unit.test_sight import a_grouped_site
from tests.waiting import eventually


@dataclass
class Receiver:
    """A customer's system: takes messages, or refuses the first ones."""

    url: str = ""
    refusals: int = 0
    taken: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    async def post(self, request: web.Request) -> web.Response:
        body = await request.read()
        if self.refusals:
            self.refusals -= 1
            return web.Response(status=503)
        self.taken.append((dict(request.headers), body))
        return web.Response(status=204)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    found, app = Receiver(), web.Application()
    app.router.add_post("/alarms", found.post)
    async with TestServer(app) as server:
        found.url = str(server.make_url("/alarms"))
        yield found


def a_site_with_alarms(url: str) -> Site:
    mails = [{"address": "boss@example.net"}, {"address": "deputy@example.net"}]
    site = a_grouped_site().model_dump(mode="json")
    site["pause_reasons"] = {"lunch": {"key": "lunch", "name": "Lunch", "allowance_min": 30}}
    east = 12 - now().hour  # where it is about noon, so that no midnight parts the pause
    site["general"]["main"]["time_zone"] = f"Etc/GMT{-east:+d}"
    site["alarms"] = {
        "wait": {"key": "wait", "name": "Long waits", "kind": "longest_wait", "limit": 60, "for_s": 0}
        | {"emails": mails, "webhook": url, "secret": "shared"},
        "pause": {"key": "pause", "name": "Long pause", "kind": "pause_over", "limit": 5, "for_s": 0},
    }
    return Site.model_validate(site)


@asynccontextmanager
async def running(console: Console, folder: Path) -> AsyncIterator[Alarms]:
    """As a daemon that has just started."""
    trunks = TrunkStates(None, console.database, console.live.taps)  # type: ignore[arg-type]
    gauges = Gauges(console.live, console.board, trunks, folder)
    hooks = Hooks(folder / "alarms", console.database, WebService(()), waits_s=(0.01, 0.01))
    alarms = Alarms(console.database, console.hub, gauges, mail=Mail(folder / "mail", console.database), hooks=hooks)
    await alarms.tell_again()
    job = asyncio.ensure_future(hooks.run())
    yield alarms
    job.cancel()
    await asyncio.wait([job])


@pytest.fixture
async def console(database: Database, tmp_path: Path, receiver: Receiver) -> AsyncIterator[Console]:
    async with a_console(database, tmp_path, a_site_with_alarms(receiver.url)) as console:
        console.live.is_connected = True
        yield console


def waiting(console: Console, seconds: float | None) -> None:
    queue = Queue(waiting={} if seconds is None else {"c": now() - dt.timedelta(seconds=seconds)})
    console.live.state = replace(console.live.state, queues={"sales": queue, "support": Queue()})


async def rows(console: Console) -> list[AlarmRaiseRow]:
    async with console.database.reading() as tx:
        return list((await tx.execute(select(AlarmRaiseRow).order_by(AlarmRaiseRow.alarm_raise_id))).scalars())


def outbox(folder: Path) -> list[Path]:
    return sorted((folder / "mail" / "outbox").glob("[!.]*"))


def mails(folder: Path) -> list[str]:
    return [path.name for path in outbox(folder)]


async def test_an_alarm_is_told_once_over_restarts(console: Console, tmp_path: Path, receiver: Receiver) -> None:
    waiting(console, 75)
    async with running(console, tmp_path) as alarms:
        await alarms.look()
        await alarms.look()
        await eventually((tmp_path / "alarms" / "sent" / "alarm-1-raised").exists)
    console.live.is_connected = False  # a new daemon knows nothing yet
    async with running(console, tmp_path) as alarms:
        await alarms.look()
        assert [row.over_at for row in await rows(console)] == [None]
        console.live.is_connected = True
        await alarms.look()
        waiting(console, None)
        await alarms.look()
        await eventually((tmp_path / "alarms" / "sent" / "alarm-1-over").exists)
    async with running(console, tmp_path) as alarms:
        await alarms.look()
    (row,) = await rows(console)
    assert (row.alarm, row.subject, row.over_at is not None) == ("wait", "queues:sales", True)
    assert int(row.value) >= 75
    assert mails(tmp_path) == [f"alarm-1-{phase}-{n}" for phase in ("over", "raised") for n in (0, 1)]
    assert [json.loads(body)["id"] for _, body in receiver.taken] == ["alarm-1-raised", "alarm-1-over"]


async def test_a_message_is_signed_and_tried_again(console: Console, tmp_path: Path, receiver: Receiver) -> None:
    receiver.refusals = 2
    waiting(console, 75)
    async with running(console, tmp_path) as alarms:
        await alarms.look()
        await eventually(lambda: receiver.taken)
    headers, body = receiver.taken[0]
    signed = hmac.new(b"shared", headers["X-Appliance-Time"].encode() + b"." + body, sha256).hexdigest()
    assert headers["X-Appliance-Signature"] == f"sha256={signed}"
    message = json.loads(body)
    assert [message[name] for name in ("phase", "alarm", "about")] == ["raised", "wait", "Sales"]


async def test_what_nobody_takes_is_given_up(console: Console, tmp_path: Path, receiver: Receiver) -> None:
    receiver.refusals = 3
    waiting(console, 75)
    async with running(console, tmp_path) as alarms:
        await alarms.look()
        await eventually((tmp_path / "alarms" / "sent" / "alarm-1-raised").exists)
        assert receiver.refusals == 0
    assert receiver.taken == []


async def test_a_pause_that_takes_more_than_its_allowance(console: Console, tmp_path: Path) -> None:
    async with console.database.transaction() as tx:
        await log_in(tx, "ana", Place("local"), Act("test"))
        await pause(tx, "ana", "lunch", Act("ana", is_own=True))
        since_s = (now() - dt.timedelta(minutes=37)).timestamp()
        state: dict[str, Any] = {"state": "paused", "reason": "lunch", "since_s": since_s}
        tx.add(OpenAgentRow(node="local", agent="ana", state=state))
    ana = Agent("PJSIP/1001", now(), state="paused", reason="lunch")
    console.live.state = replace(State(), agents={"ana": ana})
    async with running(console, tmp_path) as alarms:
        await alarms.look()
    found = [(row.subject, row.value) for row in await rows(console)]
    assert found == [("agents:ana", "7")]


async def test_who_may_see_the_queue_sees_the_alarm_and_takes_notice(console: Console) -> None:
    async with console.database.transaction() as tx:
        tx.add_all(a_user(login, "supervisor") for login in ("nora", "gil"))
        tx.add(AlarmRaiseRow(alarm="wait", subject="queues:sales", value="75", raised_at=now()))
        tx.add(AlarmRaiseRow(alarm="wait", subject="queues:support", value="90", raised_at=now()))
    nora = console.browser()
    await nora.sign_in("nora")
    page = await nora.get("/board/alarms")
    assert "Sales" in page
    assert "Support" not in page
    assert (await nora.post("/board/alarms/2/seen")).status == 404
    assert (await nora.post("/board/alarms/1/seen")).status == 303
    free = await console.signed_in("supervisor")
    assert (await free.post("/board/alarms/1/seen")).status == 303
    assert [row.seen_by for row in await rows(console)] == ["nora", ""]
    await console.board.look()
    assert console.board.picture["alarms"]["1"]["seen_by"] == "nora"
    auditor = await console.signed_in("auditor")
    assert (await auditor.post("/board/alarms/2/seen")).status == 403


async def test_a_promise_that_is_late_and_a_dialer_that_has_finished_are_told(
    database: Database, tmp_path: Path
) -> None:
    site = dialer_site(Pstn("192.0.2.1", lambda _number: Behaviour()), {"d": {}}, trunk={"port": 5060})
    told = {"emails": [{"address": "boss@example.net"}], "for_s": 0}
    alarms = {"late": {"kind": "promise_late", "limit": 5}, "end": {"kind": "dialer_finished"}}
    named = {key: {"key": key, "name": key.title(), **each, **told} for key, each in alarms.items()}
    site = Site.model_validate(site.model_dump(mode="json") | {"alarms": named})
    async with a_console(database, tmp_path, site) as console, running(console, tmp_path) as watch:
        async with database.transaction() as tx:
            await set_state(tx, "d", "running")
            promise = {"agent": "", "campaign": "d", "number": "+51987654321", "note": "", "created_by": "ana"}
            due_at = now() - dt.timedelta(minutes=4)
            reminder_id = await insert_reminder(tx, **promise, guid="", due_at=due_at, created_at=due_at, result="")
        await watch.look()
        assert await rows(console) == []
        async with database.transaction() as tx:
            late = update(ReminderRow).values(due_at=now() - dt.timedelta(minutes=7, seconds=10))
            await tx.execute(late.where(ReminderRow.reminder_id == reminder_id))
            await set_state(tx, "d", "finished")
        await watch.look()
        assert {(row.alarm, row.subject, row.value) for row in await rows(console)} == {
            ("late", "campaigns:d", "7"),
            ("end", "dialers:d", ""),
        }
        async with database.transaction() as tx:
            await end_reminder(tx, reminder_id, "called", now())
            await set_state(tx, "d", "finished", now() - dt.timedelta(hours=2))
        await watch.look()
        assert all(row.over_at for row in await rows(console))
    subjects = sorted(email.message_from_bytes(path.read_bytes())["Subject"] for path in outbox(tmp_path))
    assert subjects == ["Alarm is over: Late", "Alarm: End", "Alarm: Late"]
