"""Agents log in and out, by page, phone, API or supervisor: each has one session, at a phone that nobody else has."""

from dataclasses import dataclass
from typing import Literal

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.agents import may_sit_at
from appliance.core.phones import extension_of
from appliance.core.words import N_
from appliance.services.agents.requests import WITHDRAWN, decide
from appliance.services.agents.trail import Act, audit, load_agent
from appliance.services.clock import now
from appliance.services.errors import NotFound, Refused
from appliance.services.licenses.current import require_seat
from appliance.store.dialing.previews import release_previews
from appliance.store.sessions import load_session, load_sessions
from appliance.store.snapshots import load_snapshot
from appliance.store.tables.sessions import AgentSessionRow

Way = Literal["web", "phone", "api", "supervisor"]


@dataclass(frozen=True)
class Place:
    """Where an agent logs in: `device` is the endpoint that is to ring; empty: that of the agent's own extension."""

    node: str
    way: Way = "supervisor"
    device: str = ""


async def log_in(tx: AsyncSession, agent: str, place: Place, act: Act) -> None:
    """Open a session; who has one at another phone moves, who has it there already stays.

    Raises NotFound, or Refused where somebody else sits there or the agent has no seat.
    """
    own = (await load_agent(tx, agent)).extension
    device = place.device or own
    session = await load_session(tx, agent)
    if session is not None and (not place.device or device == device_of(session)):
        return
    await _check_free(tx, agent, device)
    await require_seat(tx, agent)
    if session is not None:
        await _end(tx, session, Act("", is_own=True, note="moved"))
    row = AgentSessionRow(
        agent=agent,
        node=place.node,
        extension=extension_of(device),
        device=device,
        way=place.way,
        logged_in_at=now(),
    )
    try:
        async with tx.begin_nested():
            tx.add(row)
    except IntegrityError:  # the unique index of open sessions
        return
    await audit(tx, "log in", agent, act.by, after={"way": place.way, "device": device})


def device_of(session: AgentSessionRow) -> str:
    return session.device or session.extension


async def _check_free(tx: AsyncSession, agent: str, device: str) -> None:
    site = (await load_snapshot(tx)).site
    extension = extension_of(device)
    if not may_sit_at(site, device):
        raise NotFound(f"extensions.{extension}")
    for other in await load_sessions(tx):
        if other.extension == extension and other.agent != agent:
            name = site.agents[other.agent].name if other.agent in site.agents else other.agent
            raise Refused(N_("{name} is logged in at extension {extension}."), name=name, extension=extension)


async def log_out(tx: AsyncSession, agent: str, act: Act) -> None:
    """Nothing happens to who is not logged in."""
    if session := await load_session(tx, agent):
        await _end(tx, session, act)
        await audit(tx, "log out", agent, act.by, after={"why": act.note} if act.note else None)


async def _end(tx: AsyncSession, session: AgentSessionRow, act: Act) -> None:
    session.logged_out_at, session.ended_by, session.ended_why = now(), act.other, act.note
    await decide(tx, session.agent, "pause", WITHDRAWN, by="")
    await release_previews(tx, session.agent)
    await tx.flush()  # before the next session of this agent begins
