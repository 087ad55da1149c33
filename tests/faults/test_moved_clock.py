"""The system's clock is moved under real processes: forward past the end of the licence, and back before it began.

libfaketime moves the wall clock of a process. A time namespace could not: Linux gives it clocks of its own for the
time since the start only, never for the time of day.
"""

import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from appliance.core.license.clock import Mark
from appliance.services.clock import now
from appliance.store.db import Database
from appliance.store.licenses import load_mark, save_mark
from tests.faults.brains import Brain, a_team, a_token, brain_settings
from tests.house import environment_of, furnish
from tests.licenses import DAY, install_license
from tests.waiting import eventually

LOOK_S = 60


def moved(days: int) -> dict[str, str]:
    """An environment in which it is so many days later."""
    libraries = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
    assert libraries, "libfaketime is not installed; installer/packages test installs it"
    kept = {"FAKETIME_DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1"}
    return {"LD_PRELOAD": str(libraries[0]), "FAKETIME": f"{days:+}d", **kept}


@pytest.fixture
async def brain(tmp_path: Path) -> AsyncIterator[Brain]:
    """A licence for ten more days without grace, and a daemon that ran until a moment ago.

    It has made all prompts: below libfaketime a process that is forked may find its lock taken for ever.
    """
    settings = brain_settings(tmp_path)
    await furnish(settings, a_team(2))
    database = Database(settings.database)
    async with database.transaction() as tx:
        end = {"expires_at": now() + 10 * DAY, "grace_days": 0}
        await install_license(tx, "L-2", replaces=("L-1",), issued_at=now() - DAY, exemptions=("sale",), **end)
        await save_mark(tx, Mark(now()))
    brain = Brain(settings, await a_token(database))
    async with brain.running():
        pass
    yield brain
    await database.close()


def status(brain: Brain, days: int) -> tuple[int, str]:
    command = [sys.executable, "-m", "appliance", "license", "status"]
    variables = {**os.environ, **environment_of(brain.settings), **(moved(days) if days else {})}
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
    assert not done.stderr
    return done.returncode, done.stdout


async def mark_of(brain: Brain) -> Mark:
    database = Database(brain.settings.database)
    async with database.reading() as tx:
        mark = await load_mark(tx)
    await database.close()
    return mark


async def leaps(brain: Brain) -> bool:
    return (await mark_of(brain)).leap_at is not None


async def test_a_moved_clock_ends_a_license_and_never_brings_it_back(brain: Brain) -> None:
    async with brain.running(moved(40)):
        assert "ended on" in await brain.log_in("agent-2000")
        await eventually(lambda: leaps(brain), LOOK_S)
    assert (await mark_of(brain)).at < now()  # a clock that is so far ahead is not believed

    async with brain.running(moved(-400)):
        state = (await brain.ask("GET", "/license"))[1]
        assert (state["phase"], state["days_left"]) == ("valid", 10)
        assert await brain.log_in("agent-2000") == ""
        await eventually(lambda: "licenses.clock_set_back" in log_of(brain), LOOK_S)
    done, said = status(brain, -400)
    assert (done, "The clock was set back" in said) == (0, True)

    done, said = status(brain, 0)  # and put right: nothing is left of either
    assert (done, "valid, 10 days left" in said, "clock" in said) == (0, True, False)
    assert not await leaps(brain)


def log_of(brain: Brain) -> str:
    return (brain.settings.data_dir / "daemon.log").read_text()
