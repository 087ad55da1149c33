"""Settles each ended interaction's recording: waits for its file, mends it, keeps its length and checksum."""

import asyncio
import datetime as dt
from pathlib import Path

import structlog

from appliance.adapters.node import Node
from appliance.adapters.recordings import RecordedFile, checksum, examine, repair
from appliance.core.journal.facts import Interaction, Recording
from appliance.services.clock import now
from appliance.services.history import TOPIC
from appliance.services.hub import Hub
from appliance.store.db import Database
from appliance.store.engine.commits import Mark
from appliance.store.recordings import load_waiting, save_recordings

LOOK_S = 0.5
QUIET_S = 5.0  # a file that has not grown for so long, and is not closed, never will be
MISSING_S = 10.0  # how long after the call's end its file may still appear

log = structlog.get_logger(__name__)


class Recordings:
    """`run()` goes on for ever; all that it knows is in the database and in the files, so it may die at any time."""

    def __init__(self, node: Node, database: Database, hub: Hub) -> None:
        self._node = node
        self._database = database
        self._hub = hub
        self._folder = Path(node.facts.recordings)
        self._idle_mark: Mark | None = None  # of the database, when none waited

    async def run(self) -> None:
        while True:
            await self.settle()
            await asyncio.sleep(LOOK_S)

    async def settle(self) -> None:
        """One look at every recording that waits."""
        mark = self._database.mark("recordings")
        if mark == self._idle_mark:
            return
        waiting = await self._database.read(lambda tx: load_waiting(tx, self._node.name))
        self._idle_mark = None if waiting else mark
        looked_at = [await asyncio.to_thread(settle_file, self._folder, each, now()) for each in waiting]
        settled = [recording for recording in looked_at if recording is not None]
        if settled:
            await self._database.write(lambda tx: save_recordings(tx, settled))
        for recording in settled:
            self._tell(recording)

    def _tell(self, recording: Recording) -> None:
        level = log.warning if recording.state in ("missing", "damaged") else log.info
        level(f"recording.{recording.state}", guid=recording.guid, path=recording.path, length_s=recording.length_s)
        completed = recording.completed_at.isoformat() if recording.completed_at else None
        self._hub.publish(TOPIC, {"type": "recording", **recording._asdict(), "completed_at": completed})


def settle_file(folder: Path, interaction: Interaction, at: dt.datetime) -> Recording | None:
    """What became of the recording; None while that is open. May mend the file."""
    recording = Recording(interaction.guid, interaction.node, interaction.recording, "missing", completed_at=at)
    path = folder / interaction.recording
    if not path.resolve().is_relative_to(folder.resolve()):
        return recording
    try:
        found = examine(path)
        if found is None:
            is_late = (at - interaction.ended_at).total_seconds() > MISSING_S
            absent = "missing" if interaction.answered_at else "empty"  # nobody spoke: there was nothing to record
            return recording._replace(state=absent) if is_late else None
        if not found.is_closed and abs(at.timestamp() - found.changed_at) < QUIET_S:
            return None
        return _settled(path, found, recording)
    except FileNotFoundError:  # deleted while we looked: the next look says so
        return None
    except OSError as error:  # one bad file must not keep the others waiting
        log.error("recording.unreadable", guid=interaction.guid, path=interaction.recording, reason=str(error))
        return recording._replace(state="damaged")


def _settled(path: Path, found: RecordedFile, recording: Recording) -> Recording:
    if found.is_closed:
        state = "complete"
    elif found.sound_bytes:
        repair(path)
        state = "repaired"
    else:
        state = "empty" if found.data_at or not found.size_bytes else "damaged"
    return recording._replace(state=state, size_bytes=found.size_bytes, length_s=found.length_s, sha256=checksum(path))
