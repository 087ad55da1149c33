"""What agents do by the keys of a phone: log in with number and PIN at any phone, log out, pause on and off."""

import hmac
from collections.abc import Callable
from contextlib import suppress
from typing import Literal

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.agents import agent_by_number, may_sit_at, phone_pause
from appliance.core.guesses import Guesses
from appliance.core.license.spoken import Spoken, spoken
from appliance.services.agents.pauses import pause, unpause
from appliance.services.agents.sessions import Place, device_of, log_in, log_out
from appliance.services.agents.trail import Act
from appliance.services.agents.wrapups import Wrapups
from appliance.services.clock import now
from appliance.services.errors import Refused
from appliance.services.licenses.current import NoSeat
from appliance.store.db import Database
from appliance.store.sessions import load_sessions
from appliance.store.snapshots import load_snapshot
from appliance.store.tables.sessions import AgentSessionRow

# What the phone then says (features.conf.j2).
Answer = Literal["in", "out", "wrong", "locked", "taken", "paused", "ready", "asked", "nobody"] | Spoken

log = structlog.get_logger(__name__)


class PhoneCodes:
    """`device` is the endpoint that called, as Asterisk names it: whoever holds the phone cannot choose it."""

    def __init__(self, database: Database, node: str, wrapups: Wrapups, on_done: Callable[[], None]) -> None:
        self._database = database
        self._node = node
        self._wrapups = wrapups
        self._on_done = on_done
        self._guesses = Guesses()

    async def log_in(self, device: str, number: str, pin: str) -> Answer:
        names = (f"number {number}", f"phone {device}")
        if self._guesses.is_locked(names, now()):
            log.warning("phone.locked", phone=device, number=number)
            return "locked"
        self._guesses.count(names, now())  # before anything that takes time: many at once are all counted
        async with self._database.reading() as tx:
            site = (await load_snapshot(tx)).site
        agent = agent_by_number(site, number)
        known = agent.pin if agent else ""
        is_right = hmac.compare_digest(pin.encode(), known.encode())
        if agent is None or not (known and is_right and may_sit_at(site, device)):
            log.warning("phone.wrong", phone=device, number=number)
            return "wrong"
        self._guesses.forgive(names[0])
        self._guesses.take_back(names[1])
        try:
            async with self._database.transaction() as tx:
                await log_in(tx, agent.key, Place(self._node, "phone", device), Act(agent.key, is_own=True))
        except NoSeat as refused:
            return spoken(refused.reason)
        except Refused:
            return "taken"
        self._on_done()
        return "in"

    async def log_out(self, device: str) -> Answer:
        async with self._database.transaction() as tx:
            session = await _session_at(tx, device)
            if session is None:
                return "nobody"
            await log_out(tx, session.agent, Act(session.agent, is_own=True))
        self._on_done()
        return "out"

    async def pause(self, device: str) -> Answer:
        """On and off."""
        async with self._database.transaction() as tx:
            session = await _session_at(tx, device)
            if session is None:
                return "nobody"
            answer = await _toggle(tx, session)
        if answer == "paused":
            with suppress(Refused):  # something must be done first: the pause comes after it
                self._wrapups.finish(session.agent)
        self._on_done()
        return answer


async def _session_at(tx: AsyncSession, device: str) -> AgentSessionRow | None:
    return next((row for row in await load_sessions(tx) if device_of(row) == device), None)


async def _toggle(tx: AsyncSession, session: AgentSessionRow) -> Answer:
    act = Act(session.agent, is_own=True)
    if session.paused_reason is not None:
        await unpause(tx, session.agent, act)
        return "ready"
    reason = phone_pause((await load_snapshot(tx)).site)
    return await pause(tx, session.agent, reason, act)
