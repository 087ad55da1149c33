"""Two processes that place calls on one PostgreSQL: nobody is chosen twice, and nobody is called too often."""

import asyncio
import itertools
import json
import sys
from collections.abc import AsyncIterator

import pytest

from appliance.store.db import Database
from tests.dialing import LIMA, add_contacts

pytestmark = pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
NUMBERS = [f"5198700{n:04d}" for n in range(150)]


class Placer:
    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def says(self) -> str:
        assert self._process.stdout is not None
        return (await self._process.stdout.readline()).decode().strip()

    async def does(self) -> str:
        assert self._process.stdin is not None
        self._process.stdin.write(b"\n")
        return await self.says()

    async def end(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        await self._process.wait()


@pytest.fixture
async def placers(database: Database) -> AsyncIterator[list[Placer]]:
    pipes = {"stdin": asyncio.subprocess.PIPE, "stdout": asyncio.subprocess.PIPE, "limit": 1 << 20}
    started = [
        await asyncio.create_subprocess_exec(sys.executable, "-m", "tests.postgres.placer", database.url, node, **pipes)
        for node in ("quick", "slow")
    ]
    found = [Placer(each) for each in started]
    assert [await each.says() for each in found] == ["ready"] * 2
    yield found
    for each in found:
        await each.end()


async def test_nobody_is_chosen_twice_and_a_cap_is_kept(database: Database, placers: list[Placer]) -> None:
    """Each number is in the lists of both dialers, written in two ways; one call a day is all that is allowed."""
    for key, plus in (("winter", "+"), ("summer", "")):
        await add_contacts(database, [{"list": key, "numbers": [f"{plus}{each}"], "zone": LIMA} for each in NUMBERS])
    placed = [json.loads(said) for said in await asyncio.gather(*(each.does() for each in placers))]
    assert all(placed), "both have placed calls"
    assert sorted(itertools.chain(*placed)) == [f"+{each}" for each in NUMBERS]
    assert await asyncio.gather(*(each.does() for each in placers)) == ["ended"] * 2
    assert await asyncio.gather(*(each.does() for each in placers)) == ["[]"] * 2
