"""Places the calls of a dialer: the attempts in one transaction, one more look, then Asterisk hears of them."""

import asyncio
import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Literal, NamedTuple

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.adapters.ami import Ami, AmiError, AmiLost, AmiTimeout
from appliance.core.contacts import ending
from appliance.core.dialing.attempts import Attempt, Result, Wish
from appliance.core.dialing.originate import Dial, dialled_for, originate_fields, with_agent_fields
from appliance.core.dialing.room import Lines
from appliance.core.dialing.ways import trunks_for
from appliance.core.entities.dialers import Dialer
from appliance.core.live.outside import people_in_calls
from appliance.core.site import Site
from appliance.services.clock import now
from appliance.services.live import Live
from appliance.store.db import Database
from appliance.store.dialing.attempts import begin_attempts, end_attempt, release_attempt
from appliance.store.dialing.chosen import owns_contacts
from appliance.store.dialing.last_look import Until, look_again
from appliance.store.dialing.promised import begin_promised, load_due_promises
from appliance.store.dialing.states import load_running
from appliance.store.sessions import load_unpaused

Answer = Literal["placed", "failed", "held", "full", "refused"]
LOOK_AGAIN_S = 0.05  # so long a look holds that found nobody who must not be called

log = structlog.get_logger(__name__)


class Job(NamedTuple):
    """`is_wanted` says, with the number that was placed already, whether the next call still has its agents."""

    dialer: Dialer
    wish: Wish
    is_wanted: Callable[[int], bool] = lambda _placed: True


async def _begin_if_running(site: Site, job: Job, tx: AsyncSession) -> list[Attempt]:
    if job.dialer.key not in await load_running(tx):  # somebody may just have paused it
        return []
    return await begin_attempts(tx, site, job.dialer, job.wish._replace(at=now()))  # the database may have let us wait


class Placing:
    def __init__(self, ami: Ami, database: Database, live: Live) -> None:
        self._ami = ami
        self._database = database
        self._live = live
        self.lines = Lines()
        self.trunks: dict[str, str] = {}  # by attempt, until its line is seen
        self.first_phones: dict[str, int] = {}  # attempts in which an agent's phone is first, by the connection
        self._unsent: list[str] = []  # Asterisk has not heard of them, and never will

    async def place(self, site: Site, job: Job) -> int:
        """How many calls were placed; the attempts are committed before the first one."""
        waiting = await self._begin(site, job)
        until: Until = {}
        placed, loop = 0, asyncio.get_running_loop()
        looked_s = -LOOK_AGAIN_S
        try:
            while waiting:
                if loop.time() - looked_s >= LOOK_AGAIN_S:
                    looked_s, until = loop.time(), await self._look_again(job.dialer.key, waiting)
                if not job.is_wanted(placed):
                    break
                # Taken out first: where this ends early, whether Asterisk dials it is unknown, and the journal tells.
                each = waiting.pop(0)
                if each.guid in until:
                    placed += await self._dial(site, job.dialer, each, until[each.guid])
                else:
                    self._unsent.append(each.guid)
        finally:
            self._unsent += [each.guid for each in waiting]
            await self.release_unsent()
        return placed

    async def _begin(self, site: Site, job: Job) -> list[Attempt]:
        """Where it is told to stop meanwhile, what is committed all the same is taken back."""
        writing = asyncio.ensure_future(self._database.write(partial(_begin_if_running, site, job)))
        try:
            return await asyncio.shield(writing)
        except asyncio.CancelledError:
            with suppress(SQLAlchemyError, OSError):  # where it came to nothing
                self._unsent += [each.guid for each in await writing]
                await self.release_unsent()
            raise

    async def _look_again(self, dialer: str, attempts: Sequence[Attempt]) -> Until:
        """Who is in a call already is not called a second time: the dialplan would refuse it (`not-twice`)."""
        until = await self._database.read(lambda tx: look_again(tx, dialer, attempts, now()))
        people = people_in_calls(self._live.state)
        return {
            each.guid: until[each.guid] for each in attempts if each.guid in until and ending(each.number) not in people
        }

    async def _dial(self, site: Site, dialer: Dialer, attempt: Attempt, until: dt.datetime) -> bool:
        dialled = dialled_for(site, attempt.number)
        if not dialled:
            await self._end(site, attempt, "failed")
            return False
        if not (trunk := self._line(site, attempt, dialled)):
            self._unsent.append(attempt.guid)
            return False
        dial = Dial(attempt.guid, dialer.key, attempt.number, dialled, attempt.caller_id, now(), until)
        return await self._send(attempt, originate_fields(dialer, attempt.campaign, dial, trunk))

    async def _send(self, attempt: Attempt, fields: Mapping[str, Any]) -> bool:
        try:
            await self._ami.action("Originate", **fields)
        except (AmiLost, AmiTimeout):
            raise
        except AmiError as error:
            log.warning("dialer.refused", attempt=attempt.guid, reason=str(error))
            self._unsent.append(attempt.guid)
            return False
        return True

    async def place_with_agent(self, site: Site, attempt: Attempt, phone: str) -> Answer:
        """The attempt is committed; where it was not placed, it has ended."""
        dialled = dialled_for(site, attempt.number)
        if not dialled:
            await self._end(site, attempt, "failed")
            return "failed"
        until = (await self._look_again(attempt.dialer, [attempt])).get(attempt.guid)
        trunk = self._line(site, attempt, dialled) if until else ""
        if until and trunk:
            self.first_phones[attempt.guid] = self._ami.connections
            dial = Dial(attempt.guid, attempt.dialer, attempt.number, dialled, attempt.caller_id, now(), until)
            if await self._send(attempt, with_agent_fields(attempt.campaign, dial, phone, trunk)):
                return "placed"
        else:
            self._unsent.append(attempt.guid)
        await self.release_unsent()
        return "held" if until is None else "refused" if trunk else "full"

    def _line(self, site: Site, attempt: Attempt, dialled: str) -> str:
        """The trunk that has room for it; empty where none has."""
        trunk = self.lines.take(trunks_for(site, dialled, attempt.begun_at), asyncio.get_running_loop().time())
        if trunk:
            self.trunks[attempt.guid] = trunk
        return trunk

    async def place_for_agents(self, site: Site, job: Job, phones: Mapping[str, str]) -> int:
        """How many calls: promised by agents, or else to a contact of an agent's own; who is called reaches that agent.

        `phones` are those of the agents who are ready. A wish of the kind `promised` leaves their own contacts alone.
        """
        async with self._database.reading() as tx:
            promised = await load_due_promises(tx, job.dialer, job.wish.at, job.wish.ready)
            may_own = job.wish.kind == "owned" and await owns_contacts(tx, job.dialer, job.wish.ready)
        if not promised and not may_own:
            return 0
        async with self._database.transaction() as tx:
            is_running = job.dialer.key in await load_running(tx)
            # The database may have let us wait, and an agent may just have left.
            wish = job.wish._replace(at=now(), ready=await load_unpaused(tx, job.wish.ready))
            begun = await begin_promised(tx, site, job.dialer, wish) if is_running and promised else []
            if is_running and may_own and not begun:
                begun = await begin_attempts(tx, site, job.dialer, wish._replace(most=1))
        answers = [await self.place_with_agent(site, attempt, phones[attempt.agent]) for attempt in begun]
        return answers.count("placed")

    def unanswered(self, unseen: Iterable[str]) -> set[str]:
        """Of calls without a line outside: those for which only an agent's phone has rung, by the same Asterisk."""
        return {guid for guid in unseen if self.first_phones.get(guid) == self._ami.connections}

    async def release_unsent(self) -> None:
        """No try was used. Where the database is away, they wait here until it is back."""
        if not self._unsent:
            return
        guids = [*self._unsent]
        async with self._database.transaction() as tx:
            for guid in guids:
                await release_attempt(tx, guid)
        self._unsent = [each for each in self._unsent if each not in guids]

    async def _end(self, site: Site, attempt: Attempt, outcome: str) -> None:
        async with self._database.transaction() as tx:
            await end_attempt(tx, site, Result(attempt.guid, outcome, now()))
