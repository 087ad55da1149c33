"""How a daemon starts and ends, with the Asterisk that it starts: callers must not suffer from either."""

import asyncio
from inspect import iscoroutinefunction, ismethod
from pathlib import Path

import pytest
from sqlalchemy import text

from appliance.adapters.asterisk_program import AsteriskError
from appliance.app import make_appliance, run
from appliance.settings import AsteriskSettings, Settings
from appliance.store.db import Database
from tests.house import House, a_house, furnish, house_settings
from tests.sites import a_site


async def test_asterisk_survives_a_job_that_failed(tmp_path_factory: pytest.TempPathFactory) -> None:
    settings = house_settings(tmp_path_factory.mktemp("house"))
    await furnish(settings, a_site())
    pids: list[int] = []
    with pytest.raises(ExceptionGroup):
        await run_until_a_job_fails(settings, pids)
    database = Database(settings.database)
    await rename_table(database, "away", "agent_sessions")
    await database.close()
    async with a_house(settings) as house:
        assert pid_of_asterisk(house) == pids[0]


async def run_until_a_job_fails(settings: Settings, pids: list[int]) -> None:
    async with a_house(settings) as house:
        pids.append(pid_of_asterisk(house))
        await rename_table(house.appliance.database, "agent_sessions", "away")
        await asyncio.wait({house.daemon}, timeout=20)


def pid_of_asterisk(house: House) -> int:
    running = house.appliance.node.asterisk.running
    assert running is not None
    return running.pid


async def test_who_is_asked_to_stop_starts_no_further(tmp_path_factory: pytest.TempPathFactory) -> None:
    settings = house_settings(tmp_path_factory.mktemp("house"))
    await furnish(settings, a_site())
    appliance, stop, urls = make_appliance(settings), asyncio.Event(), list[str]()
    stop.set()
    await run(appliance, stop, on_ready=urls.append)
    assert urls == []
    assert not await appliance.node.asterisk.is_up()


def test_a_missing_asterisk_is_said_in_words(tmp_path: Path) -> None:
    settings = house_settings(tmp_path).model_copy(update={"asterisk": AsteriskSettings(root=tmp_path / "nowhere")})
    with pytest.raises(AsteriskError, match="installer/asterisk-root"):
        make_appliance(settings)


def test_every_part_that_runs_is_a_job(tmp_path: Path) -> None:
    appliance = make_appliance(house_settings(tmp_path))
    nouns = [noun for noun in vars(appliance).values() if type(noun).__module__.startswith("appliance.parts.")]
    parts = [appliance.live, *(part for noun in nouns for part in vars(noun).values())]
    endless = {type(part).__name__ for part in parts if iscoroutinefunction(getattr(part, "run", None))}
    jobs = {type(job.__self__).__name__ for job in appliance.jobs().values() if ismethod(job)}
    assert endless == jobs - {"Asterisk", "Ami"}  # which are the node's


async def rename_table(database: Database, old: str, new: str) -> None:
    async with database.transaction() as tx:
        await tx.execute(text(f"ALTER TABLE {old} RENAME TO {new}"))
