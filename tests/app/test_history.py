"""Journals to rows, exactly once: cut at every byte, read twice, in any order, by two readers, over a crash."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from structlog.testing import capture_logs

from appliance.adapters.node import Node
from appliance.services.followers import CelFollower
from appliance.services.history import History
from appliance.services.hub import Hub
from appliance.store.calls import ReadTwice
from appliance.store.db import Database
from appliance.store.interactions import InteractionFilter, Page, list_interactions, load_interaction
from appliance.store.tables.calls import (
    AgentIntervalRow,
    InteractionRow,
    JournalPositionRow,
    MissedRingRow,
    OpenCallRow,
    RecordingRow,
    SegmentRow,
    StepRow,
)
from appliance.store.tables.columns import Base
from tests.ami_server import AmiServer, listing
from tests.journal_node import a_node, append, cel_file, queue_log_file
from tests.unit.journal.samples import CEL_SAMPLES, QUEUE_SAMPLES, cel_bytes, cel_lines, queue_bytes
from tests.waiting import eventually

FACTS: list[type[Base]] = [InteractionRow, SegmentRow, StepRow, RecordingRow, AgentIntervalRow, MissedRingRow]
ANSWERED = "daf5870b-3990-4d6e-85fb-98bbe544fb75"
Rows = dict[str, list[tuple[Any, ...]]]


@pytest.fixture
def node(tmp_path: Path) -> Node:
    return a_node(tmp_path)


async def catch_up(node: Node, database: Database) -> None:
    """As a new daemon that knows only what is stored."""
    await History(node, database, Hub()).catch_up()


async def rows(database: Database) -> Rows:
    async with database.reading() as tx:
        return {
            table.__tablename__: sorted(map(tuple, await tx.execute(select(*table.__table__.columns))), key=repr)
            for table in FACTS
        }


async def forget(database: Database) -> None:
    names = [table.__tablename__ for table in FACTS] + ["open_calls", "open_agents", "journal_positions"]
    async with database.transaction() as tx:
        for name in sorted(names, key="interactions".__eq__):
            await tx.execute(Base.metadata.tables[name].delete())


async def in_one_go(node: Node, database: Database, cel: bytes, queue_log: bytes) -> Rows:
    """The rows that are right; the database is empty again after it."""
    folder = Path(node.facts.log).parent
    cel_file(folder).write_bytes(cel)
    queue_log_file(folder).write_bytes(queue_log)
    await catch_up(node, database)
    found = await rows(database)
    await forget(database)
    cel_file(folder).unlink()
    queue_log_file(folder).unlink()
    return found


ALL_CEL = b"".join(cel_bytes(name) for name in CEL_SAMPLES if name != "crash")
ALL_QUEUE_LOG = b"".join(queue_bytes(name) for name in QUEUE_SAMPLES)


async def test_a_call_and_its_parts_are_stored(node: Node, database: Database, tmp_path: Path) -> None:
    append(cel_file(tmp_path), cel_bytes("answered"))
    append(queue_log_file(tmp_path), queue_bytes("rna_then_answer"))
    await catch_up(node, database)
    async with database.reading() as tx:
        story = await load_interaction(tx, ANSWERED)
    assert story is not None
    assert (story.interaction.outcome, story.interaction.agent) == ("answered", "ana")
    assert story.interaction.answered_at is not None
    assert story.interaction.answered_at.isoformat() == "2026-11-21T21:45:46.620679+00:00"
    assert [part.kind for part in story.segments] == ["ivr", "waiting", "ringing", "talking"]
    assert [step.kind for step in story.steps][-3:] == ["agent_ring", "answer", "hangup"]
    assert story.recording is not None
    assert (story.recording.state, story.recording.path) == ("waiting", f"2026/11/21/{ANSWERED}.wav")
    found = await rows(database)
    assert [row[1] for row in found["missed_rings"]] == ["ana"]
    assert {row[1] for row in found["agent_intervals"]} == {"ana", "ben"}


def cuts(text: bytes) -> list[int]:
    """Around every line's end, and many places between; test_history_files.py has every single byte."""
    ends = [n + 1 for n, byte in enumerate(text) if byte == ord("\n")]
    return sorted({*range(0, len(text), 211), *(end + near for end in ends for near in (-1, 0, 1)), len(text)})


@pytest.mark.parametrize("name", ["abandoned_ringing", "attended", "crash"])
async def test_restarts_in_any_place_give_the_same_rows(
    node: Node, database: Database, tmp_path: Path, name: str
) -> None:
    cel, queue_log = cel_bytes(name), queue_bytes(name)
    expected = await in_one_go(node, database, cel, queue_log)
    assert expected["interactions"]
    for begin, end in pairwise([0, *cuts(cel)]):
        append(cel_file(tmp_path), cel[begin:end])
        append(queue_log_file(tmp_path), queue_log[begin:end])
        await catch_up(node, database)
    assert await rows(database) == expected
    async with database.reading() as tx:
        assert not (await tx.execute(select(OpenCallRow.seq))).all()


async def test_reading_the_whole_journal_again_changes_nothing(node: Node, database: Database, tmp_path: Path) -> None:
    append(cel_file(tmp_path), ALL_CEL)
    append(queue_log_file(tmp_path), ALL_QUEUE_LOG)
    await catch_up(node, database)
    before = await rows(database)
    await catch_up(node, database)
    assert await rows(database) == before
    async with database.transaction() as tx:  # its place is lost: everything is read a second time
        await tx.execute(JournalPositionRow.__table__.delete())
    await catch_up(node, database)
    assert await rows(database) == before


async def test_the_order_in_which_the_two_journals_are_read_changes_nothing(
    node: Node, database: Database, tmp_path: Path
) -> None:
    expected = await in_one_go(node, database, ALL_CEL, ALL_QUEUE_LOG)
    append(queue_log_file(tmp_path), ALL_QUEUE_LOG)
    await catch_up(node, database)
    cel, cut = cel_file(tmp_path), ALL_CEL.index(b"\n", len(ALL_CEL) // 3) + 1
    append(cel, ALL_CEL[:cut])
    await catch_up(node, database)
    cel.rename(cel.with_name("cel.csv.1"))
    append(cel, ALL_CEL[cut:])
    await catch_up(node, database)
    assert await rows(database) == expected


async def test_two_readers_of_one_journal_do_not_store_twice(node: Node, database: Database, tmp_path: Path) -> None:
    append(cel_file(tmp_path), cel_bytes("answered"))
    one, other = [await CelFollower.load(database, "local", tmp_path / "log") for _ in range(2)]
    await one.step()
    with pytest.raises(ReadTwice):
        await other.step()
    assert len((await rows(database))["interactions"]) == 1


async def test_facts_and_position_are_stored_together_or_not_at_all(
    node: Node, database: Database, tmp_path: Path
) -> None:
    append(cel_file(tmp_path), cel_bytes("blind"))
    async with database.transaction() as tx:
        await tx.execute(text("ALTER TABLE steps RENAME TO away"))
    with pytest.raises(DBAPIError):
        await catch_up(node, database)
    async with database.transaction() as tx:
        await tx.execute(text("ALTER TABLE away RENAME TO steps"))
    assert not any((await rows(database)).values())
    await catch_up(node, database)
    assert len((await rows(database))["interactions"]) == 1


async def test_each_node_has_its_own_journals(database: Database, tmp_path: Path) -> None:
    north, south = a_node(tmp_path / "north", "north"), a_node(tmp_path / "south", "south")
    append(cel_file(tmp_path / "north"), cel_bytes("internal"))
    append(cel_file(tmp_path / "south"), cel_bytes("internal"))
    await catch_up(north, database)
    await catch_up(south, database)
    assert sorted(row[1] for row in (await rows(database))["interactions"]) == ["north", "south"]


async def test_a_broken_line_is_logged_once_and_counted(node: Node, database: Database, tmp_path: Path) -> None:
    lines = cel_lines("answered")
    append(cel_file(tmp_path), "\n".join([*lines[:4], '"CHAN', *lines[4:], ""]).encode())
    with capture_logs() as logs:
        await catch_up(node, database)
        await catch_up(node, database)
    assert [entry["line"] for entry in logs if entry["event"] == "journal.malformed"] == ['"CHAN']
    async with database.reading() as tx:
        assert (await tx.execute(select(JournalPositionRow.malformed))).scalars().all() == [1]
    assert len((await rows(database))["interactions"]) == 1


async def test_words_longer_than_any_field_are_stored(node: Node, database: Database, tmp_path: Path) -> None:
    number, did = b'"' + b"9" * 5000 + b'"', b"|" + b"7" * 900
    long = cel_bytes("answered").replace(b'"34600111222"', number).replace(b"|5001", did)
    append(cel_file(tmp_path), long)
    await catch_up(node, database)
    assert len((await rows(database))["interactions"]) == 1


@asynccontextmanager
async def running(node: Node, database: Database, hub: Hub, gone_s: float = 10) -> AsyncIterator[None]:
    job = asyncio.create_task(History(node, database, hub, gone_s=gone_s).run())
    try:
        yield
    finally:
        job.cancel()
        await asyncio.wait([job])


async def test_the_story_is_told_while_it_happens(node: Node, database: Database, tmp_path: Path) -> None:
    hub = Hub()
    lines = cel_bytes("answered").splitlines(keepends=True)
    async with hub.subscribe(["history"]) as messages, running(node, database, hub):
        append(cel_file(tmp_path), b"".join(lines[:8]))
        first = await asyncio.wait_for(anext(messages), 2)
        assert (first.body["type"], first.body["kind"], first.body["guid"]) == ("step", "interaction", ANSWERED)
        append(cel_file(tmp_path), b"".join(lines[8:]))
        told = [first.body]
        while told[-1]["type"] != "interaction":
            told.append((await asyncio.wait_for(anext(messages), 2)).body)
    assert [message["kind"] for message in told[:-1]][-2:] == ["answer", "hangup"]
    assert (told[-1]["guid"], told[-1]["outcome"], len(told[-1]["segments"])) == (ANSWERED, "answered", 4)


async def test_calls_that_a_living_asterisk_does_not_know_are_closed(database: Database, tmp_path: Path) -> None:
    half = cel_bytes("answered").splitlines(keepends=True)[:12]
    other = cel_bytes("blind").splitlines(keepends=True)[:12]
    async with AmiServer() as server:
        node = a_node(tmp_path, server=server)
        alive = [{"Event": "CoreShowChannel", "Uniqueid": "1795297585.21", "Linkedid": "1795297585.20"}]
        server.answer("CoreShowChannels", listing("CoreShowChannels", alive))
        append(cel_file(tmp_path), b"".join(half + other))
        door = asyncio.create_task(node.ami.run())
        async with running(node, database, Hub(), gone_s=0.3):

            async def closed() -> list[tuple[Any, ...]]:
                return (await rows(database))["interactions"]

            [found] = await eventually(closed)
            assert found[0] == ANSWERED
            looks = len(server.received("CoreShowChannels"))
            await eventually(lambda: len(server.received("CoreShowChannels")) >= looks + 3)
            assert len(await closed()) == 1
        await node.ami.close()
        await door


async def test_the_list_finds_what_people_look_for(node: Node, database: Database, tmp_path: Path) -> None:
    append(cel_file(tmp_path), ALL_CEL)
    await catch_up(node, database)

    async def count(**wanted: Any) -> int:
        async with database.reading() as tx:
            return len((await list_interactions(tx, InteractionFilter(**wanted), Page(size=100))).interactions)

    everything = await count()
    assert everything == len((await rows(database))["interactions"])
    assert await count(outcome="abandoned") == 2
    assert await count(agent="ben") == 6  # answered by, or transferred to; missed rings too
    assert await count(queue="all") == 2
    assert await count(direction="internal") == 2
    of_others = 2  # in the samples of calls that were steered
    assert await count(caller="00111") + await count(direction="internal") + of_others == everything
    assert await count(caller="%") == 0


async def test_the_list_is_newest_first_and_in_pages(node: Node, database: Database, tmp_path: Path) -> None:
    append(cel_file(tmp_path), ALL_CEL)
    await catch_up(node, database)
    async with database.reading() as tx:
        whole = (await list_interactions(tx, InteractionFilter(), Page(1, 100))).interactions
        first = await list_interactions(tx, InteractionFilter(), Page(1, 4))
        second = await list_interactions(tx, InteractionFilter(), Page(2, 4))
        middle = whole[3].entered_at
        before = await list_interactions(tx, InteractionFilter(until=middle), Page(1, 100))
        after = await list_interactions(tx, InteractionFilter(since=middle), Page(1, 100))
    assert [one.entered_at for one in whole] == sorted((one.entered_at for one in whole), reverse=True)
    assert first.interactions + second.interactions == whole[:8]
    assert first.has_more
    assert after.interactions + before.interactions == whole
    assert not after.has_more
