"""Agents outlive the daemon and Asterisk: sessions, pauses and wrap-ups are what they were, and calls come."""

import os
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from baresip import Runtime

from appliance.core.entities.queues import Queue
from appliance.services.agents.sessions import Place, log_in
from appliance.services.agents.trail import Act
from appliance.settings import Settings
from appliance.store.db import Database
from appliance.store.sessions import load_session
from tests.faults.test_killed import PATIENCE_S, log_of, pids_of_asterisk
from tests.house import Daemon, furnish, house_settings, manager
from tests.pbx.phones import Leg, Phone
from tests.pbx.work_site import work_site
from tests.waiting import eventually

WRAPUP_S = 6


@dataclass
class Desk:
    """Ana at her phone, the daemon in a process of its own, and the journal that Asterisk writes."""

    daemon: Daemon
    database: Database
    runtime: Runtime
    phone: Phone

    async def call(self, number: str) -> tuple[Leg, Leg]:
        """A caller who reaches her."""
        sip = f"127.0.0.1:{self.daemon.settings.node.sip_port}"
        self.caller = await Phone.create(self.runtime, sip, number, frequency=1000)
        leg = await self.caller.dial("5550401", X_Trunk="main")
        answered = await self.phone.rings(timeout_s=PATIENCE_S)
        await answered.answer()
        return leg, answered

    def journal(self) -> list[tuple[int, str]]:
        """When she was paused and not, in her queue."""
        path = Path(self.daemon.settings.node_dir(), "log", "queue_log")
        lines = [line.split("|") for line in path.read_text().splitlines()]
        mine = [line for line in lines if line[2:4] == ["sales", "ana"] and line[4] in ("PAUSE", "UNPAUSE")]
        return [(int(line[0]), f"{line[4]} {line[5]}".strip()) for line in mine]

    async def begins_to_rest(self, number: str) -> int:
        """After a call; when that was."""
        before = len(self.journal())
        leg, answered = await self.call(number)
        await leg.hang_up()
        await answered.over()
        await eventually(lambda: len(self.journal()) > before)
        at_s, what = self.journal()[-1]
        assert what == "PAUSE wrapup"
        return at_s


async def is_ready(settings: Settings) -> None:
    """Who calls before Asterisk has seen the phone is told that nobody is there."""

    async def is_so() -> bool:
        return "Not in use" in await ami.command("queue show sales")

    async with manager(settings) as ami:
        await eventually(is_so, PATIENCE_S)


@pytest.fixture
async def desk(tmp_path_factory: pytest.TempPathFactory, runtime: Runtime) -> AsyncIterator[Desk]:
    settings = house_settings(tmp_path_factory.mktemp("stay"))
    site = work_site()
    sales = Queue.model_validate(site.queues["sales"].model_dump() | {"wrapup_s": WRAPUP_S})
    await furnish(settings, site.replaced("queues", "sales", sales))
    database = Database(settings.database)
    async with database.transaction() as tx:
        await log_in(tx, "ana", Place("local", "phone"), Act("ana", is_own=True))
    daemon = Daemon(settings)
    daemon.start()
    try:
        await eventually(lambda: "membership.changed" in log_of(settings), PATIENCE_S)
        sip = f"127.0.0.1:{settings.node.sip_port}"
        phone = await Phone.create(runtime, sip, "1001", password="secret-1001", frequency=440)
        await is_ready(settings)
        yield Desk(daemon, database, runtime, phone)
        await phone.put_down()
        await phone.unregister()
    finally:
        daemon.stop(PATIENCE_S)
        for pid in pids_of_asterisk(settings):
            os.kill(pid, signal.SIGTERM)
        await database.close()


async def session(desk: Desk) -> tuple[str, str | None]:
    async with desk.database.reading() as tx:
        found = await load_session(tx, "ana")
    assert found
    return found.device, found.paused_reason


async def test_who_rests_when_the_daemon_dies_rests_until_the_time_is_over(desk: Desk) -> None:
    began_s = await desk.begins_to_rest("7700001")
    desk.daemon.kill()
    code = await desk.phone.dial("*12")  # nobody is there to log her out: the phone says so
    await code.established()
    await code.over(timeout_s=PATIENCE_S)
    assert desk.journal()[-1] == (began_s, "PAUSE wrapup")
    desk.daemon.start()
    await eventually(lambda: desk.journal()[-1][1] == "UNPAUSE", PATIENCE_S)
    assert desk.journal()[-1][0] - began_s >= WRAPUP_S - 1
    assert await session(desk) == ("1001", None)
    desk.daemon.kill()  # and without it calls still come, and nothing rests
    leg, answered = await desk.call("7700002")
    await leg.hang_up()
    await answered.over()
    again, _ = await desk.call("7700003")
    await again.hang_up()
    desk.daemon.start()


async def test_who_rests_when_asterisk_dies_is_there_again_after_it(desk: Desk) -> None:
    await desk.begins_to_rest("7700004")
    (pid,) = pids_of_asterisk(desk.daemon.settings)
    os.kill(pid, signal.SIGKILL)
    await eventually(lambda: desk.journal()[-1][1] == "UNPAUSE", PATIENCE_S)
    await desk.phone.register()
    await is_ready(desk.daemon.settings)
    leg, _ = await desk.call("7700005")
    assert await session(desk) == ("1001", None)
    await leg.hang_up()
