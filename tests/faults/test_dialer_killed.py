"""kill -9 with hundreds of attempts in flight: nobody is dialled twice, and each attempt comes to an end."""

import os
import signal
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from sqlalchemy import func, select

from appliance.settings import Settings
from appliance.store.db import Database
from appliance.store.tables.dialing import AttemptRow, ListContactRow
from tests.house import Daemon, furnish, house_settings
from tests.pbx.dialer_site import add_contacts, behind, dialer_site, set_state
from tests.pbx.pstn import RINGS, Behaviour, Pstn
from tests.waiting import eventually

CONTACTS = 600
PATIENCE_S = 60
# Nobody needs an agent: the message is all there is to hear.
DIALER = {"mode": "agentless", "agentless_destination": "prompt:sorry", "opt_out_key": "", "ring_s": 120}

OUTCOMES = ("lost", "lost", "busy", "delivered")


def behaviour(dialled: str) -> Behaviour:
    """Half of them ring on and on, a quarter is busy after a while, a quarter listens."""
    n = behind(dialled)
    return [Behaviour(RINGS), Behaviour(RINGS), Behaviour(486, ring_s=2 + n % 3), Behaviour(ring_s=1 + n % 3)][n % 4]


@dataclass
class Campaign:
    daemon: Daemon
    database: Database
    pstn: Pstn

    async def count(self, *, ended: bool) -> int:
        async with self.database.reading() as tx:
            where = AttemptRow.ended_at.is_not(None) if ended else AttemptRow.ended_at.is_(None)
            return int((await tx.execute(select(func.count()).select_from(AttemptRow).where(where))).scalar_one())

    async def in_flight(self, many: int) -> bool:
        return self.pstn.up >= many and await self.count(ended=False) >= many

    async def pause(self) -> None:
        async with self.database.transaction() as tx:
            await set_state(tx, "d", "paused")

    async def over(self) -> list[AttemptRow]:
        """Once no attempt is open."""
        async with self.database.reading() as tx:
            rows = list((await tx.execute(select(AttemptRow))).scalars())
        return rows if all(row.ended_at is not None for row in rows) else []

    async def check(self) -> Counter[str]:
        """Each attempt was heard of once at most, and its outcome is not against what was heard."""
        rows: list[AttemptRow] = await eventually(self.over, PATIENCE_S)
        called = Counter(behind(line.number) for line in self.pstn.lines.values())
        assert [number for number, times in called.items() if times > 1] == []
        assert called.keys() <= {behind(row.number) for row in rows}
        for row in rows:
            number = behind(row.number)
            if number in called:
                assert row.outcome in ("lost", OUTCOMES[number % 4])
            else:
                assert row.outcome in ("lost", "cancelled")
        async with self.database.reading() as tx:
            dialing = select(func.count()).select_from(ListContactRow).where(ListContactRow.state == "dialing")
            assert (await tx.execute(dialing)).scalar_one() == 0
        return Counter(row.outcome for row in rows)


@pytest.fixture
async def campaign(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Campaign]:
    pstn = Pstn("127.0.6.1", behaviour)
    await pstn.listen()
    settings = house_settings(tmp_path_factory.mktemp("dialing"))
    node = settings.node.model_copy(update={"max_calls": 400, "rtp_end": settings.node.rtp_start + 999})
    settings = settings.model_copy(update={"node": node})
    await furnish(settings, dialer_site(pstn, {"d": DIALER}))
    database = Database(settings.database)
    async with database.transaction() as tx:
        await add_contacts(tx, "d", range(CONTACTS))
        await set_state(tx, "d", "running")
    daemon = Daemon(settings)
    daemon.start()
    try:
        yield Campaign(daemon, database, pstn)
    finally:
        daemon.stop()
        for pid in pids_of_asterisk(settings):
            os.kill(pid, signal.SIGTERM)
        pstn.close()
        await database.close()


def pids_of_asterisk(settings: Settings) -> list[int]:
    path = settings.node_dir() / "run" / "asterisk.pid"
    return [int(path.read_text())] if path.exists() else []


async def test_daemon_and_asterisk_are_killed_while_hundreds_of_calls_ring(campaign: Campaign) -> None:
    await eventually(lambda: campaign.in_flight(100), PATIENCE_S)
    campaign.daemon.kill()
    campaign.daemon.start()
    before = len(campaign.pstn.lines)
    await eventually(lambda: len(campaign.pstn.lines) > before + 60, PATIENCE_S)
    await campaign.pause()
    rings = campaign.pstn.up
    (pid,) = pids_of_asterisk(campaign.daemon.settings)
    os.kill(pid, signal.SIGKILL)
    outcomes = await campaign.check()
    assert rings > 100
    assert outcomes["lost"] < rings + 60  # with those that were committed and not placed
    assert min(outcomes["busy"], outcomes["delivered"]) > 10
