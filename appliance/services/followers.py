"""Reads one journal step by step: lines, fold and store; each step is one transaction, or nothing."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Self

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.adapters.journals import Chunk, Journal
from appliance.core.journal.cel import CelFold, CelReading
from appliance.core.journal.queue_log import QueueFold, QueueReading
from appliance.services.missed import pause_who_missed
from appliance.store.calls import (
    CEL,
    QUEUE_LOG,
    JournalMark,
    load_agents,
    load_cel,
    load_mark,
    save_calls,
    save_cel,
    save_queue_log,
)
from appliance.store.db import Database

CEL_FILE = "cel-custom/cel.csv"  # as asterisk_conf/cel_custom.conf.j2 and logger.conf.j2 name them
QUEUE_LOG_FILE = "queue_log"
_THREAD_LINES = 200  # more than this is folded outside the loop

log = structlog.get_logger(__name__)


class CelFollower:
    def __init__(self, database: Database, journal: Journal, mark: JournalMark, fold: CelFold) -> None:
        self.fold = fold
        self._database = database
        self._journal = journal
        self._mark = mark

    @classmethod
    async def load(cls, database: Database, node: str, folder: Path) -> Self:
        """Where the last one stopped, whatever ended it."""
        async with database.reading() as tx:
            mark = await load_mark(tx, node, CEL)
            state, open_lines = await load_cel(tx, mark)
        return cls(database, Journal(folder / CEL_FILE), mark, CelFold(node, state, open_lines))

    async def step(self) -> tuple[int, CelReading]:
        """How many lines were new, and what they said."""
        chunk = await _read(self._journal, self._mark)
        if not chunk.lines:
            return 0, CelReading()
        small = len(chunk.lines) <= _THREAD_LINES
        reading = self.fold.read(chunk.lines) if small else await asyncio.to_thread(self.fold.read, chunk.lines)
        after = _moved(self._mark, chunk, reading.malformed, asdict(self.fold.state))
        await self._database.write(lambda tx: save_cel(tx, self._mark, after, reading))
        self._mark = after
        return len(chunk.lines), reading

    async def give_up(self, linked_ids: Iterable[str]) -> CelReading:
        reading = self.fold.give_up(linked_ids)
        await self._database.write(lambda tx: save_calls(tx, self._mark.node, reading))
        return reading


class QueueLogFollower:
    def __init__(self, database: Database, journal: Journal, mark: JournalMark, fold: QueueFold) -> None:
        self._database = database
        self._journal = journal
        self._mark = mark
        self._fold = fold

    @classmethod
    async def load(cls, database: Database, node: str, folder: Path) -> Self:
        async with database.reading() as tx:
            mark = await load_mark(tx, node, QUEUE_LOG)
            fold = QueueFold(node, await load_agents(tx, node))
        return cls(database, Journal(folder / QUEUE_LOG_FILE), mark, fold)

    async def step(self) -> tuple[int, QueueReading]:
        """Whoever missed too many rings is paused in the same transaction: once, however often the daemon starts."""
        chunk = await _read(self._journal, self._mark)
        if not chunk.lines:
            return 0, QueueReading()
        small = len(chunk.lines) <= _THREAD_LINES
        reading = self._fold.read(chunk.lines) if small else await asyncio.to_thread(self._fold.read, chunk.lines)
        after = _moved(self._mark, chunk, reading.malformed, {})
        await self._database.write(lambda tx: self._save(tx, after, reading))
        self._mark = after
        return len(chunk.lines), reading

    async def _save(self, tx: AsyncSession, after: JournalMark, reading: QueueReading) -> None:
        await save_queue_log(tx, self._mark, after, reading, agents=self._fold.agents)
        await pause_who_missed(tx, reading.in_a_row)


async def _read(journal: Journal, mark: JournalMark) -> Chunk:
    chunk = await journal.read(mark.position)
    if chunk.lost:
        log.warning("journal.lost", journal=mark.journal, node=mark.node, position=mark.position)
    return chunk


def _moved(mark: JournalMark, chunk: Chunk, malformed: Sequence[tuple[str, str]], state: dict[str, Any]) -> JournalMark:
    for text, reason in malformed:
        log.warning("journal.malformed", journal=mark.journal, node=mark.node, line=text[:300], reason=reason)
    return mark._replace(position=chunk.position, malformed=mark.malformed + len(malformed), state=state)
