"""The job that watches over the licence: what Asterisk is told, the clock, the warnings, all of it once."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from email import message_from_bytes
from email.policy import SMTP
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from appliance.core.license.clock import Mark
from appliance.core.license.document import sign
from appliance.core.live.state import Channel, State
from appliance.services.agents.sessions import Place, log_in
from appliance.services.agents.trail import Act
from appliance.services.clock import now
from appliance.services.entities import replace_site
from appliance.services.hub import Hub
from appliance.services.licenses.current import load_licensing
from appliance.services.licenses.seats import free_seat
from appliance.services.licenses.warnings import Warnings, save_addresses
from appliance.services.licenses.watch import Licenses
from appliance.services.live import Live
from appliance.services.mail import Mail
from appliance.store import licenses as store
from appliance.store.db import Database
from appliance.store.tables.licenses import LicenseFileRow
from tests.ami_server import AmiServer, error, success
from tests.journal_node import a_node, append, cel_file, queue_log_file
from tests.licenses import DAY, PRIVATE, a_license, install_license
from tests.sites import a_site

NAMED: dict[str, Any] = {"model": "named", "seats": tuple(f"seat-{n}" for n in range(10)), "channels_per_agent": 5}


@dataclass
class Watch:
    job: Licenses
    ami: AmiServer
    database: Database
    folder: Path
    live: Live

    def told(self) -> dict[tuple[str, str], str]:
        """What stands in AstDB, by family and key."""
        found = {}
        for action in self.ami.actions:
            place = (action.get("Family", ""), action.get("Key", ""))
            if action["Action"] == "DBPut":
                found[place] = action["Val"]
            elif action["Action"] == "DBDel":
                found.pop(place)
        return found

    def mails(self) -> list[Path]:
        return sorted((self.folder / "mail" / "outbox").glob("*"))


@pytest.fixture
async def watch(database: Database, tmp_path: Path) -> AsyncIterator[Watch]:
    async with AmiServer() as server:
        server.answer("DBDelTree", error("Database entry not found"))
        for action in ("DBPut", "DBDel"):
            server.answer(action, success())
        node = a_node(tmp_path, server=server)
        node.ami.timing = replace(node.ami.timing, answer_s=0.5)
        task = asyncio.create_task(node.ami.run())
        await node.ami.wait_connected()
        async with database.transaction() as tx:
            await replace_site(tx, a_site(), by="test", summary="test")
            await install_license(tx, "L-2", replaces=("L-1",), issued_at=now(), **NAMED)
        warnings = Warnings(database, Mail(tmp_path / "mail", database))
        live = Live(node.ami, Hub())
        yield Watch(Licenses(node, database, live, warnings), server, database, tmp_path, live)
        await node.ami.close()
        await task


async def set_license(database: Database, days_left: float) -> None:
    begin = now() - 1000 * DAY
    dates = {"issued_at": begin, "not_before": begin, "expires_at": now() + days_left * DAY}
    license = a_license("L-2", replaces=("L-1",), **NAMED, **dates)
    async with database.transaction() as tx:
        await tx.execute(
            update(LicenseFileRow).where(LicenseFileRow.number == "L-2").values(text=sign(license, PRIVATE))
        )


async def test_asterisk_knows_what_the_license_allows(watch: Watch) -> None:
    await watch.job.look()
    assert watch.told() == {("license", "outbound"): "open", ("license", "channels"): "50"}
    async with watch.database.transaction() as tx:
        await free_seat(tx, "seat-0", by="test")
        await store.save_channels(tx, "other", 8, now())
    await watch.job.look()
    assert watch.told() == {
        ("license", "outbound"): "open",
        ("license", "channels"): "42",  # another machine has eight
        ("no-seat", "1001"): "1",
    }
    before = len(watch.ami.actions)
    await watch.job.look()
    assert len(watch.ami.actions) == before
    await set_license(watch.database, -60)
    await watch.job.look()
    assert watch.told()["license", "outbound"] == "closed"


async def test_with_places_for_all_only_who_is_logged_in_calls_outside(watch: Watch) -> None:
    async with watch.database.transaction() as tx:
        seats = tuple(f"seat-{n}" for n in range(10))
        await install_license(tx, "L-3", replaces=("L-2",), issued_at=now(), model="concurrent", seats=seats)
        await log_in(tx, "ana", Place("local"), Act("test"))
    await watch.job.look()
    assert [place for place in watch.told() if place[0] == "no-seat"] == [("no-seat", "1002")]


async def test_lines_are_counted_whoever_placed_the_call(watch: Watch) -> None:
    devices = ("PJSIP/trunk-main", "PJSIP/trunk-main", "PJSIP/1001", "")
    channels = {f"c{n}": Channel("call", device, "up", now()) for n, device in enumerate(devices)}
    watch.live.state, watch.live.is_connected = State(channels=channels), True
    await watch.job.look()
    async with watch.database.reading() as tx:
        assert await store.load_channels(tx, now()) == (2, 2)


@pytest.mark.parametrize("journal", ["cel", "queue_log", "archive"])
async def test_a_journal_that_is_ahead_tells_of_a_clock_that_was_set_back(watch: Watch, journal: str) -> None:
    """The database was put back too, and knows nothing; the file may have been set aside a moment ago."""
    ahead = now() + dt.timedelta(hours=20)
    if journal == "cel":
        append(cel_file(watch.folder), f'"HANGUP","{ahead.timestamp():.6f}","555"\n"HANG'.encode())
    elif journal == "archive":
        append(cel_file(watch.folder), f'"HANGUP","{ahead.timestamp():.6f}","555"\n'.encode())
        cel_file(watch.folder).rename(f"{cel_file(watch.folder)}.1")
        append(cel_file(watch.folder), b"")
    else:
        append(queue_log_file(watch.folder), f"{int(ahead.timestamp())}|1.1|sales|ana|CONNECT\n".encode())
    await watch.job.look_at_clock()
    async with watch.database.reading() as tx:
        current = await load_licensing(tx)
    assert current.is_clock_back
    assert abs(current.judged_at - ahead) < dt.timedelta(seconds=2)
    assert current.phase == "valid"


async def test_a_call_while_the_clock_was_wrong_locks_nobody_out(watch: Watch) -> None:
    """It is years ahead in the journals, and nothing was written since; the clock is right."""
    await watch.job.look_at_clock()
    wild = now() + 2000 * DAY
    append(cel_file(watch.folder), f'"HANGUP","{wild.timestamp():.6f}","555"\n'.encode())
    async with watch.database.transaction() as tx:
        await store.save_mark(tx, Mark(now(), leap_at=wild))
    for _look in range(2):
        await watch.job.look_at_clock()
    async with watch.database.reading() as tx:
        current = await load_licensing(tx)
    assert (current.phase, current.is_clock_back) == ("valid", True)
    append(cel_file(watch.folder), f'"HANGUP","{now().timestamp():.6f}","556"\n'.encode())
    await watch.job.look_at_clock()
    async with watch.database.reading() as tx:
        assert not (await load_licensing(tx)).is_clock_back


async def test_each_warning_is_sent_once(watch: Watch) -> None:
    async with watch.database.transaction() as tx:
        await save_addresses(tx, "eva@example.com it@example.com", by="test")
    for days_left, mails in (
        (40, 0),
        (29.5, 2),
        (20, 2),
        (13.5, 4),
        (6.5, 6),
        (2.5, 8),
        (0.5, 10),
        (-1, 12),
        (-60, 14),
    ):
        await set_license(watch.database, days_left)
        for _look in range(2):
            await watch.job.look_at_clock()
        assert len(watch.mails()) == mails, days_left
    texts = [message_from_bytes(path.read_bytes(), policy=SMTP).get_content() for path in watch.mails()]
    for words in ("in 7 days", "For 14 more days", "Nobody can log in any more"):
        assert sum(words in text for text in texts) == 2


async def test_a_clock_that_was_set_back_is_told_by_mail_once(watch: Watch) -> None:
    async with watch.database.transaction() as tx:
        await save_addresses(tx, "eva@example.com", by="test")
        await store.save_mark(tx, Mark(now() + DAY))
    for _look in range(2):
        await watch.job.look_at_clock()
    (path,) = watch.mails()
    text = message_from_bytes(path.read_bytes(), policy=SMTP).get_content()
    assert f"stays as it was on {now() + DAY:%Y-%m-%d}; set the clock right" in text
