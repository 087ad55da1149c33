"""Supervisors move agents into a queue, or out of one, for some time; then it is as the configuration says again."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.agents import POLICY
from appliance.core.problems import Invalid, Problem
from appliance.core.words import N_
from appliance.services.agents.trail import audit, load_agent
from appliance.services.clock import now
from appliance.services.errors import NotFound
from appliance.store.moves import load_moves
from appliance.store.site import load_entity
from appliance.store.tables.floor import QueueMoveRow

LONGEST_MIN = 24 * 60
MOST_PENALTY = 10


@dataclass(frozen=True)
class NewMove:
    queue: str
    is_member: bool
    minutes: int
    penalty: int = 0


async def move(tx: AsyncSession, agent: str, wanted: NewMove, *, by: str) -> None:
    """Takes the place of a move that is not over. Raises NotFound, or Invalid for a time that is too long."""
    await load_agent(tx, agent)
    if await load_entity(tx, "queues", wanted.queue) is None:
        raise NotFound(f"queues.{wanted.queue}")
    _check(wanted)
    await _end(tx, await load_moves(tx, agent), wanted.queue)
    row = QueueMoveRow(
        agent=agent,
        queue=wanted.queue,
        is_member=wanted.is_member,
        penalty=wanted.penalty,
        made_by=by[:80],
        made_at=now(),
        until_at=now() + dt.timedelta(minutes=wanted.minutes),
    )
    tx.add(row)
    after = {"queue": wanted.queue, "minutes": wanted.minutes, "penalty": wanted.penalty}
    await audit(tx, "move into queue" if wanted.is_member else "move out of queue", agent, by, after=after)


def _check(wanted: NewMove) -> None:
    for name, value, most in (("minutes", wanted.minutes, LONGEST_MIN), ("penalty", wanted.penalty, MOST_PENALTY)):
        least = int(name == "minutes")
        if not least <= value <= most:
            raise Invalid([Problem((name,), N_("must be {ge} to {le}"), {"ge": least, "le": most})])


async def end_move(tx: AsyncSession, agent: str, queue: str, *, by: str) -> None:
    """Before its time. Raises NotFound where there is none."""
    if not await _end(tx, await load_moves(tx, agent), queue):
        raise NotFound(f"agents.{agent}.moves.{queue}")
    await audit(tx, "end move", agent, by, after={"queue": queue})


async def end_moves_over(tx: AsyncSession, moves: Iterable[QueueMoveRow]) -> None:
    """The time of these has come."""
    for each in moves:
        ended = update(QueueMoveRow).where(QueueMoveRow.queue_move_id == each.queue_move_id)
        await tx.execute(ended.where(QueueMoveRow.ended_at.is_(None)).values(ended_at=now()))
        await audit(tx, "move is over", each.agent, POLICY, after={"queue": each.queue})


async def _end(tx: AsyncSession, moves: Iterable[QueueMoveRow], queue: str) -> bool:
    found = [each for each in moves if each.queue == queue]
    for each in found:
        each.ended_at = now()
    await tx.flush()
    return bool(found)
