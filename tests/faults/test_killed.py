"""kill -9 at the worst moment: callers notice nothing, and each call is in the history once, with right times."""

import asyncio
import datetime as dt
import os
import signal
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field

import pytest
from baresip import Runtime, StaleHandleError

from appliance.services.agents.sessions import Place, log_in
from appliance.services.agents.trail import Act
from appliance.settings import Settings
from appliance.store.db import Database
from appliance.store.interactions import InteractionFilter, list_interactions, load_interaction
from tests.house import Daemon, furnish, house_settings
from tests.pbx.phones import Leg, Phone
from tests.sites import a_site
from tests.waiting import eventually

DID = "5550100"
TALKERS = ("5551001", "5551002")
SLACK_S = 1.0
RECORDED_SLACK_S = 2.0  # of a busy machine the recorder is late to stop
PATIENCE_S = 60  # machines differ; nothing here waits longer than it must


@dataclass
class Floor:
    """A daemon, its database seen from outside, and two agents at their phones."""

    daemon: Daemon
    database: Database
    runtime: Runtime
    agents: list[Phone]
    callers: list[Phone] = field(default_factory=list)  # kept: a phone that nobody holds hears of nothing any more

    @property
    def sip(self) -> str:
        return f"127.0.0.1:{self.daemon.settings.node.sip_port}"

    async def call(self, number: str) -> Leg:
        self.callers.append(await Phone.create(self.runtime, self.sip, number, frequency=1000))
        return await self.callers[-1].dial(DID, X_Trunk="main")

    async def talk(self, number: str) -> tuple[Leg, Leg]:
        """A caller who has reached an agent: both ends of the call."""
        caller = await self.call(number)
        await caller.established()
        await eventually(lambda: caller.ear.loud_s > 2, PATIENCE_S)  # the menu is being played
        await caller.press("1")
        waits = [asyncio.ensure_future(agent.ringing.get()) for agent in self.agents]
        done, rest = await asyncio.wait(waits, timeout=PATIENCE_S, return_when=asyncio.FIRST_COMPLETED)
        for wait in rest:
            wait.cancel()
        agent = done.pop().result()
        await agent.answer()
        await agent.hears(1000)
        return caller, agent

    async def interactions(self) -> dict[str, list[str]]:
        """Outcomes by caller."""
        found: dict[str, list[str]] = {}
        async with self.database.reading() as tx:
            for call in (await list_interactions(tx, InteractionFilter())).interactions:
                found.setdefault(call.caller, []).append(call.outcome)
        return found


@pytest.fixture
async def floor(tmp_path_factory: pytest.TempPathFactory, runtime: Runtime) -> AsyncIterator[Floor]:
    settings = house_settings(tmp_path_factory.mktemp("killed"))
    await furnish(settings, a_site())
    database = Database(settings.database)
    async with database.transaction() as tx:
        for agent in ("ana", "luis"):
            await log_in(tx, agent, Place("local"), Act("test"))
    daemon = Daemon(settings)
    daemon.start()
    try:
        await eventually(lambda: is_up(settings), PATIENCE_S)
        agents = [await a_phone(runtime, settings, user) for user in ("1001", "1002")]
        yield Floor(daemon, database, runtime, agents)
        for agent in agents:
            with suppress(StaleHandleError):  # the call died with Asterisk
                await agent.put_down()
            await agent.unregister()
    finally:
        daemon.stop(PATIENCE_S)  # who has to be quick is asked by a test
        for pid in pids_of_asterisk(settings):  # it stays for the calls of a test that failed
            os.kill(pid, signal.SIGTERM)
        await database.close()


async def a_phone(runtime: Runtime, settings: Settings, user: str) -> Phone:
    sip = f"127.0.0.1:{settings.node.sip_port}"
    return await Phone.create(runtime, sip, user, password=f"secret-{user}", frequency=440)


def log_of(settings: Settings) -> str:
    return (settings.data_dir / "daemon.log").read_text()


def is_up(settings: Settings) -> bool:
    return "membership.changed" in log_of(settings)


async def test_the_daemon_is_killed_while_calls_are_up(floor: Floor) -> None:
    began = dt.datetime.now(dt.UTC)
    first, second = [await floor.talk(number) for number in TALKERS]
    floor.daemon.kill()

    # Nobody is there to watch, and calls go on: one ends, one stays, one comes, waits for an agent and is answered.
    await first[0].hang_up()
    await first[1].over()
    third = await floor.talk("5551003")
    await second[1].hears(1000, 1.0)
    await third[0].hang_up()
    blocked = await floor.call("5550666")
    await blocked.over()
    assert set(await floor.interactions()) == set()

    floor.daemon.start()
    expected = {"5551001": ["answered"], "5551003": ["answered"], "5550666": ["blacklisted"]}
    await eventually(lambda: holds(floor, expected), PATIENCE_S)
    assert not second[0].is_over
    await second[0].hang_up()
    fourth = await floor.talk("5551004")
    await fourth[0].hang_up()
    await eventually(lambda: holds(floor, expected | {"5551002": ["answered"], "5551004": ["answered"]}), PATIENCE_S)
    await check_times(floor, began)


async def holds(floor: Floor, expected: dict[str, list[str]]) -> bool:
    return await floor.interactions() == expected


async def check_times(floor: Floor, began: dt.datetime) -> None:
    ended = dt.datetime.now(dt.UTC)
    async with floor.database.reading() as tx:
        for call in (await list_interactions(tx, InteractionFilter())).interactions:
            assert began <= call.entered_at <= call.ended_at <= ended
            story = await load_interaction(tx, call.guid)
            assert story is not None
            if call.outcome != "answered":
                continue
            talking = [part for part in story.segments if part.kind == "talking"]
            assert len(talking) == 1
            assert abs((talking[0].ended_at - talking[0].began_at).total_seconds() - call.talk_s) < SLACK_S
            length_s = await eventually(lambda guid=call.guid: recorded_s(floor, guid), PATIENCE_S)
            assert abs(length_s - call.talk_s) < RECORDED_SLACK_S


async def recorded_s(floor: Floor, guid: str) -> float:
    async with floor.database.reading() as tx:
        story = await load_interaction(tx, guid)
    assert story is not None
    return story.recording.length_s if story.recording and story.recording.state == "complete" else 0.0


async def test_asterisk_is_killed_and_comes_back_with_its_queues(floor: Floor) -> None:
    caller, agent = await floor.talk("5551001")
    await agent.hears(1000, 6.0, timeout_s=PATIENCE_S)  # Asterisk writes a recording in pieces of four seconds
    (pid,) = pids_of_asterisk(floor.daemon.settings)
    os.kill(pid, signal.SIGKILL)
    await eventually(lambda: log_of(floor.daemon.settings).count("ami.connected") >= 2, PATIENCE_S)
    await eventually(lambda: holds(floor, {"5551001": ["answered"]}), PATIENCE_S)
    assert await eventually(lambda: recording_states(floor), PATIENCE_S) == ["repaired"]
    await caller.hang_up()
    await agent.hang_up()
    again = await floor.talk("5551002")
    await again[0].hang_up()
    await eventually(lambda: holds(floor, {"5551001": ["answered"], "5551002": ["answered"]}), PATIENCE_S)


async def recording_states(floor: Floor) -> list[str]:
    """Of the recordings that are settled."""
    async with floor.database.reading() as tx:
        calls = (await list_interactions(tx, InteractionFilter())).interactions
        stories = [await load_interaction(tx, call.guid) for call in calls]
    return [
        story.recording.state for story in stories if story and story.recording and story.recording.state != "waiting"
    ]


def pids_of_asterisk(settings: Settings) -> list[int]:
    """The one that runs, if any; an ended one leaves no file."""
    path = settings.node_dir() / "run" / "asterisk.pid"
    return [int(path.read_text())] if path.exists() else []


async def test_sigterm_stops_in_time_and_keeps_calls(floor: Floor) -> None:
    caller, agent = await floor.talk("5551001")
    assert floor.daemon.stop(within_s=10) == 0
    heard = agent.ear.seconds_of(1000)
    await agent.hears(1000, heard + 1.0)
    floor.daemon.start()
    await caller.hang_up()
    await eventually(lambda: holds(floor, {"5551001": ["answered"]}), PATIENCE_S)
