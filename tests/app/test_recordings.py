"""Recordings after their call: complete, mended after a crash, missing, empty; nothing is known but files and rows."""

import datetime as dt
import hashlib
import os
import wave
from pathlib import Path

import pytest
from sqlalchemy import update
from structlog.testing import capture_logs

from appliance.adapters.node import Node
from appliance.adapters.recordings import examine, repair
from appliance.core.journal.facts import Recording
from appliance.services.clock import now
from appliance.services.history import History
from appliance.services.hub import Hub
from appliance.services.recordings import Recordings
from appliance.store.db import Database
from appliance.store.interactions import load_recording
from appliance.store.tables.calls import InteractionRow
from tests.journal_node import a_node, append, cel_file
from tests.unit.journal.samples import cel_bytes

GUID = "daf5870b-3990-4d6e-85fb-98bbe544fb75"
SECOND = 16_000  # bytes of 8 kHz 16-bit sound
LONG_AGO = 60


@pytest.fixture
def node(tmp_path: Path) -> Node:
    return a_node(tmp_path)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "recordings" / "2026" / "11" / "21" / f"{GUID}.wav"
    found.parent.mkdir(parents=True)
    return found


def write_wav(path: Path, seconds: float) -> bytes:
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(os.urandom(int(seconds * SECOND)))
    return path.read_bytes()


def break_header(path: Path) -> None:
    """As a killed Asterisk leaves it: the lengths say nought."""
    data = bytearray(path.read_bytes())
    data[4:8] = (36).to_bytes(4, "little")
    data[40:44] = bytes(4)
    path.write_bytes(data)


def age(path: Path, seconds: float) -> None:
    then = now().timestamp() - seconds
    os.utime(path, (then, then))


async def ended(node: Node, database: Database, seconds_ago: float, sample: str = "answered") -> None:
    """The call of the sample, as if it had ended just so long ago."""
    append(cel_file(Path(node.facts.log).parent), cel_bytes(sample))
    await History(node, database, Hub()).catch_up()
    async with database.transaction() as tx:
        await tx.execute(update(InteractionRow).values(ended_at=now() - dt.timedelta(seconds=seconds_ago)))


async def settled(node: Node, database: Database) -> Recording:
    await Recordings(node, database, Hub()).settle()
    async with database.reading() as tx:
        found = await load_recording(tx, GUID)
    assert found is not None
    return found


async def test_a_closed_file_is_complete_at_once(node: Node, database: Database, path: Path) -> None:
    await ended(node, database, 0)
    content = write_wav(path, 2.5)
    found = await settled(node, database)
    assert (found.state, found.length_s, found.size_bytes) == ("complete", 2.5, len(content))
    assert found.sha256 == hashlib.sha256(content).hexdigest()
    assert found.completed_at is not None


async def test_a_file_that_is_being_written_is_waited_for(node: Node, database: Database, path: Path) -> None:
    await ended(node, database, 0)
    write_wav(path, 1)
    break_header(path)
    assert (await settled(node, database)).state == "waiting"
    write_wav(path, 3)
    assert (await settled(node, database)).length_s == 3


async def test_what_a_killed_asterisk_left_is_mended(node: Node, database: Database, path: Path) -> None:
    await ended(node, database, LONG_AGO)
    content = write_wav(path, 4)
    break_header(path)
    age(path, LONG_AGO)
    found = await settled(node, database)
    assert (found.state, found.length_s) == ("repaired", 4)
    assert path.read_bytes() == content
    with wave.open(str(path)) as file:
        assert file.getnframes() == 4 * 8000
    assert found.sha256 == hashlib.sha256(content).hexdigest()


async def test_a_missing_file_is_a_logged_fact(node: Node, database: Database) -> None:
    await ended(node, database, 1)
    assert (await settled(node, database)).state == "waiting"
    async with database.transaction() as tx:
        await tx.execute(update(InteractionRow).values(ended_at=now() - dt.timedelta(seconds=LONG_AGO)))
    with capture_logs() as logs:
        assert (await settled(node, database)).state == "missing"
        await settled(node, database)
    assert [(entry["event"], entry["guid"]) for entry in logs] == [("recording.missing", GUID)]


async def test_a_call_in_which_nobody_spoke_needs_no_file(node: Node, database: Database) -> None:
    await ended(node, database, LONG_AGO)
    async with database.transaction() as tx:
        await tx.execute(update(InteractionRow).values(answered_at=None))
    assert (await settled(node, database)).state == "empty"


@pytest.mark.parametrize(("content", "state"), [(b"", "empty"), (b"ID3 no such thing", "damaged")])
async def test_what_is_no_sound_is_said_to_be_none(
    node: Node, database: Database, path: Path, content: bytes, state: str
) -> None:
    await ended(node, database, LONG_AGO)
    path.write_bytes(content)
    age(path, LONG_AGO)
    assert (await settled(node, database)).state == state


async def test_what_cannot_be_read_stops_nobody(node: Node, database: Database, path: Path) -> None:
    await ended(node, database, LONG_AGO)
    path.mkdir()
    assert (await settled(node, database)).state == "damaged"


async def test_only_files_of_the_recordings_folder_are_touched(node: Node, database: Database, tmp_path: Path) -> None:
    outside = tmp_path / "log" / "victim.wav"
    write_wav(outside, 1)
    break_header(outside)
    age(outside, LONG_AGO)
    before = outside.read_bytes()
    text = cel_bytes("answered").replace(f"2026/11/21/{GUID}.wav".encode(), b"../log/victim.wav")
    append(cel_file(tmp_path), text)
    await History(node, database, Hub()).catch_up()
    assert (await settled(node, database)).state == "missing"
    assert outside.read_bytes() == before


@pytest.mark.parametrize("size", [0, 3, 12, 20, 43, 44, 45, 44 + SECOND])
def test_a_file_cut_anywhere_can_be_looked_at_and_mended(tmp_path: Path, size: int) -> None:
    path = tmp_path / "cut.wav"
    path.write_bytes(write_wav(path, 2)[:size])
    if size >= 44:
        break_header(path)
    repair(path)
    found = examine(path)
    assert found is not None
    assert found.sound_bytes == max(0, size - 44)
    assert found.is_closed == (size > 44)
