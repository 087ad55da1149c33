"""SQLite's file is locked by somebody for long, and its disk is full: nobody is called, and afterwards it goes on."""

import asyncio
import sqlite3
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.faults.outages import WORLD, Campaign, a_campaign_house
from tests.house import House, house_settings
from tests.pbx.dialer_site import behind
from tests.pbx.pstn import Pstn
from tests.waiting import eventually

MANY = 25


class Centre(SimpleNamespace):
    house: House
    pstn: Pstn
    disk: Path

    def campaign(self, key: str) -> Campaign:
        return Campaign(self.house, self.pstn, key)


@contextmanager
def a_small_disk(megabytes: int) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="disk-") as folder:
        size = f"size={megabytes}m,mode=755"
        subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", folder], check=True)
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", "-l", folder], check=True)


@pytest.fixture(scope="module")
async def centre(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Centre]:
    """Only the database is on the small disk: what Asterisk writes down is not lost."""
    with a_small_disk(24) as disk:
        settings = house_settings(
            tmp_path_factory.mktemp("full"), database_url=f"sqlite+aiosqlite:///{disk / 'appliance.db'}"
        )
        pstn = Pstn("127.0.6.3", lambda dialled: WORLD[behind(dialled) % 5])
        async with a_campaign_house(settings, pstn, ("locked", "full"), max_channels=8) as house:
            yield Centre(house=house, pstn=pstn, disk=disk)


def fill(disk: Path) -> Path:
    """To the last byte."""
    path = disk / "filling"
    with path.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while file.write(b"x" * size) == size:
                    pass
            except OSError:
                continue
    return path


async def test_the_disk_is_full(centre: Centre) -> None:
    campaign, numbers = centre.campaign("full"), range(MANY)
    await campaign.begin(numbers)
    await eventually(lambda: len(centre.pstn.lines) >= 8, 20)
    filling = await asyncio.to_thread(fill, centre.disk)
    await eventually(lambda: campaign.says("The disk is full"), 20)
    await eventually(lambda: centre.pstn.up == 0, 20)
    filling.unlink()
    await campaign.check(numbers, may_be_lost=2)
    assert not centre.house.daemon.done()


async def test_somebody_locks_the_database_for_long(centre: Centre) -> None:
    """Longer than anybody waits for it."""
    campaign, numbers = centre.campaign("locked"), range(100, 100 + MANY)
    await campaign.begin(numbers)
    before = len(centre.pstn.lines)
    await eventually(lambda: len(centre.pstn.lines) >= before + 8, 20)
    other = sqlite3.connect(centre.disk / "appliance.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    await eventually(lambda: campaign.says("The database does not answer"), 40)
    other.execute("ROLLBACK")
    other.close()
    await campaign.check(numbers, may_be_lost=2)
    assert not centre.house.daemon.done()
