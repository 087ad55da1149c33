"""Agents who miss rings in a row are paused, so that callers ring at phones where somebody sits."""

from collections.abc import Mapping

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.agents import MISSED, POLICY
from appliance.core.entities.queues import Queue
from appliance.services.agents.pauses import pause
from appliance.services.agents.trail import Act
from appliance.store.sessions import load_session
from appliance.store.site import load_entity

log = structlog.get_logger(__name__)


async def pause_who_missed(tx: AsyncSession, in_a_row: Mapping[tuple[str, str], int]) -> None:
    """`in_a_row`: missed rings by agent and queue. Who has logged out or is paused meanwhile stays as they are."""
    for (agent, key), missed in in_a_row.items():
        found = await load_entity(tx, "queues", key)
        queue = found[0] if found else None
        if not isinstance(queue, Queue) or not 0 < queue.missed_limit <= missed:
            continue
        session = await load_session(tx, agent)
        if session is not None and session.paused_reason is None and await load_entity(tx, "agents", agent):
            log.info("agent.paused", agent=agent, queue=key, missed=missed)
            await pause(tx, agent, MISSED, Act(POLICY))
