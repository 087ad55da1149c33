"""Writes what the journals told together with the position up to which they are read: both, or neither."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, CursorResult, bindparam, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.journal.cel import CelReading, CelState, OpenLine
from appliance.core.journal.facts import CallFacts, Recording
from appliance.core.journal.position import Position
from appliance.core.journal.queue_log import Agent, QueueReading
from appliance.store.callbacks import save_callbacks
from appliance.store.dialing.attempts import end_attempt
from appliance.store.dialing.by_hand import save_hand_calls
from appliance.store.dialing.told_attempts import remember_attempt
from appliance.store.snapshots import load_snapshot
from appliance.store.tables.calls import (
    AgentIntervalRow,
    InteractionRow,
    JournalPositionRow,
    MissedRingRow,
    OpenAgentRow,
    OpenCallRow,
    RecordingRow,
    SegmentRow,
    StepRow,
)
from appliance.store.tables.columns import Base, table_of

CEL = "cel"
QUEUE_LOG = "queue_log"
_POSITIONS, _OPEN_CALLS, _OPEN_AGENTS = map(table_of, (JournalPositionRow, OpenCallRow, OpenAgentRow))
_NAMES: BindParameter[Any] = bindparam("names", expanding=True)
_DROP_CALLS = delete(_OPEN_CALLS).where(_OPEN_CALLS.c.node == bindparam("at"), _OPEN_CALLS.c.call.in_(_NAMES))
_DROP_AGENTS = delete(_OPEN_AGENTS).where(_OPEN_AGENTS.c.node == bindparam("at"), _OPEN_AGENTS.c.agent.in_(_NAMES))
_PLACE = ("node", "journal", *Position._fields)
_MOVE = update(_POSITIONS).where(*(_POSITIONS.c[name] == bindparam(f"at_{name}") for name in _PLACE))
_IN_ONE_QUERY = 500  # SQLite takes a limited number of values in one statement


class ReadTwice(Exception):
    """Another reader has moved this node's position: two daemons read the same journal."""


class JournalMark(NamedTuple):
    """The row of one journal; `position` is None before the first line."""

    node: str
    journal: str
    position: Position | None = None
    malformed: int = 0
    state: dict[str, Any] = {}  # noqa: RUF012 - never changed


async def load_mark(tx: AsyncSession, node: str, journal: str) -> JournalMark:
    row = await tx.get(JournalPositionRow, (node, journal))
    if row is None:
        return JournalMark(node, journal)
    position = Position(row.inode, row.fingerprint, row.offset)
    return JournalMark(node, journal, position, row.malformed, row.state)


async def load_cel(tx: AsyncSession, mark: JournalMark) -> tuple[CelState, list[OpenLine]]:
    found = await tx.execute(
        select(OpenCallRow.call, OpenCallRow.seq, OpenCallRow.text)
        .where(OpenCallRow.node == mark.node)
        .order_by(OpenCallRow.seq)
    )
    return CelState(**mark.state), [OpenLine(*row) for row in found]


async def load_agents(tx: AsyncSession, node: str) -> dict[str, Agent]:
    found = await tx.execute(select(OpenAgentRow.agent, OpenAgentRow.state).where(OpenAgentRow.node == node))
    return {agent: Agent(**state) for agent, state in found}


async def save_cel(tx: AsyncSession, before: JournalMark, after: JournalMark, reading: CelReading) -> None:
    await _move(tx, before, after)
    await save_calls(tx, after.node, reading)
    await save_callbacks(tx, reading.callbacks)


async def save_calls(tx: AsyncSession, node: str, reading: CelReading) -> None:
    calls = reading.finished
    await _add(tx, InteractionRow, [call.interaction._asdict() for call in calls])
    await _add(tx, SegmentRow, [segment._asdict() for call in calls for segment in call.segments])
    await _add(tx, StepRow, [step._asdict() for call in calls for step in call.steps])
    recorded = [call.interaction for call in calls if call.interaction.recording]
    await _add(tx, RecordingRow, [Recording(c.guid, node, c.recording, "waiting")._asdict() for c in recorded])
    await _end_attempts(tx, calls)
    await _count_by_hand(tx, calls)
    for names in _in_parts(sorted(reading.closed)):
        await tx.execute(_DROP_CALLS, {"at": node, "names": names})
    await _add(tx, OpenCallRow, [{"node": node, **line._asdict()} for line in reading.opened])


async def _end_attempts(tx: AsyncSession, calls: Sequence[CallFacts]) -> None:
    dialled = [(call.interaction, call.attempt) for call in calls if call.attempt]
    if not dialled:
        return
    site = (await load_snapshot(tx)).site
    for interaction, result in dialled:
        if not await end_attempt(tx, site, result):
            await remember_attempt(tx, site, interaction, result)


async def _count_by_hand(tx: AsyncSession, calls: Sequence[CallFacts]) -> None:
    by_hand = [call.by_hand for call in calls if call.by_hand]
    if by_hand:
        await save_hand_calls(tx, (await load_snapshot(tx)).site, by_hand)


async def save_queue_log(
    tx: AsyncSession, before: JournalMark, after: JournalMark, reading: QueueReading, *, agents: dict[str, Agent]
) -> None:
    await _move(tx, before, after)
    await _add(tx, AgentIntervalRow, [interval._asdict() for interval in reading.intervals])
    await _add(tx, MissedRingRow, [ring._asdict() for ring in reading.missed])
    touched = sorted(reading.touched)
    for names in _in_parts(touched):
        await tx.execute(_DROP_AGENTS, {"at": after.node, "names": names})
    rows = [{"node": after.node, "agent": name, "state": asdict(agents[name])} for name in touched]
    await _add(tx, OpenAgentRow, rows)


async def _move(tx: AsyncSession, before: JournalMark, after: JournalMark) -> None:
    """Compare and set: whoever reads the same lines a second time gets nothing stored."""
    assert after.position is not None  # noqa: S101 - lines come from a file
    values = {"malformed": after.malformed, "state": after.state, **after.position._asdict()}
    if before.position is None:
        row = {"node": after.node, "journal": after.journal, **values}
        moved = await tx.execute(_insert(tx.get_bind().dialect.name, JournalPositionRow).values(**row))
    else:
        place = (after.node, after.journal, *before.position)
        at = {f"at_{name}": value for name, value in zip(_PLACE, place, strict=True)}
        moved = await tx.execute(_MOVE, values | at)
    if not isinstance(moved, CursorResult) or moved.rowcount != 1:
        raise ReadTwice(f"{after.journal} of node {after.node} is being read by somebody else")


async def _add(tx: AsyncSession, table: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        await tx.execute(_insert(tx.get_bind().dialect.name, table), rows)


@cache
def _insert(dialect: str, table: type[Base]) -> sqlite.Insert | postgresql.Insert:
    """What is there already stays: a journal that is read again (its place was lost) changes nothing."""
    if dialect == "sqlite":
        return sqlite.insert(table_of(table)).on_conflict_do_nothing()
    return postgresql.insert(table_of(table)).on_conflict_do_nothing()


def _in_parts(names: Sequence[str]) -> Iterable[Sequence[str]]:
    for start in range(0, len(names), _IN_ONE_QUERY):
        yield names[start : start + _IN_ONE_QUERY]
