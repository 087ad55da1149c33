"""The agents' desktops behind the pages: opens the work when a call is taken, ends it with the call, and sees to it
that what is owed for a call is chosen, by the agent or after a time by the campaign's rule.
"""

import asyncio
from collections.abc import Collection, Mapping
from typing import Any, Protocol

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.adapters.web_service import WebService
from appliance.core.call_words import CallValues
from appliance.core.desk import AtWork, at_work, is_owed, overdue_disposition
from appliance.core.entities.work import ScreenPop
from appliance.core.journal.so_far import SoFar, told_so_far
from appliance.core.site import Site
from appliance.services.clock import now
from appliance.services.desk_news import tell_desk
from appliance.services.errors import Stale
from appliance.services.hub import Hub
from appliance.services.live import Live
from appliance.services.screen_pops import WEBHOOK, pop_of, send_pop
from appliance.services.work import finish_late, open_work
from appliance.store.db import Database
from appliance.store.engine.commits import Mark
from appliance.store.open_calls import load_open_lines
from appliance.store.snapshots import load_snapshot
from appliance.store.work import Work, load_incomplete, load_owed, load_work_of, update_work

TICK_S = 1.0
GATHER_S = 0.2  # what happens within is one transaction
Place = tuple[str, str]  # GUID and agent

log = structlog.get_logger(__name__)


class Holds(Protocol):
    """Keeps further calls from an agent who still owes something for the last one."""

    def hold(self, agent: str) -> None: ...

    def release(self, agent: str) -> None: ...

    async def rest(self, agent: str) -> None: ...


class NobodyWaits:
    """Where nothing keeps calls back."""

    def hold(self, agent: str) -> None: ...

    def release(self, agent: str) -> None: ...

    async def rest(self, agent: str) -> None: ...


async def load_so_far(tx: Any, node: str, live: Live, guid: str) -> SoFar:
    """What the journal has told of a call that goes on; empty once it is over."""
    call_id = next((key for key, call in live.state.calls.items() if call.guid == guid), "")
    return told_so_far(await load_open_lines(tx, node, call_id, guid)) if call_id else SoFar()


class Desk:
    def __init__(  # noqa: PLR0913 - it stands between them
        self,
        node: str,
        database: Database,
        live: Live,
        *,
        hub: Hub,
        service: WebService,
        holds: Holds | None = None,
    ) -> None:
        self._node = node
        self._database = database
        self._live = live
        self._hub = hub
        self._service = service
        self._holds = holds or NobodyWaits()
        self._open: set[Place] = set()  # the calls that go on
        self._talked: set[Place] = set()  # of these, where somebody has answered
        self._held: set[str] = set()  # agents who owe something, or will
        self._idle_mark: Mark | None = None  # of the database, when nobody owed anything for a call that is over
        self._pops: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Endless job."""
        await self._load()
        async with self._hub.subscribe(["live"]) as news, asyncio.TaskGroup() as jobs:
            jobs.create_task(self._follow_time())
            while not news.is_closed:
                await self.look()
                await asyncio.sleep(GATHER_S)
                await news.wait()
                news.take()

    async def _load(self) -> None:
        """What was open when the daemon ended; whether the call goes on the live picture says."""
        async with self._database.reading() as tx:
            rows = await load_incomplete(tx)
            site = (await load_snapshot(tx)).site
        self._open = {(row.guid, row.agent) for row in rows if row.ended_at is None}
        self._talked = set(self._open)  # as far as anybody knows
        for row in rows:
            if is_owed(site.campaigns.get(row.campaign)):
                self._hold(row.agent)

    async def look(self) -> None:
        """Compare the calls that go on with the work that is open; without a picture nothing is concluded."""
        if not self._live.is_connected:
            return
        current = at_work(self._live.state)
        begun, over = current.keys() - self._open, self._open - current.keys()
        self._talked |= {place for place, work in current.items() if work.queue or work.is_talking}
        if begun or over:
            self._open = set(current)
            await self._store([current[place] for place in begun], over)
            self._talked &= self._open

    async def _store(self, begun: Collection[AtWork], over: Collection[Place]) -> None:
        """All that happened since the last look, in one transaction."""
        site, new, ended = await self._database.write(lambda tx: self._begin_and_end(tx, begun, over))
        for found in begun:
            self._begun(found, site, is_new=found in new)
        for work in ended:
            if work.agent in self._held:
                await self.completed(work.agent)
            if not work.queue:
                await self._holds.rest(work.agent)
            tell_desk(self._hub, "work", agent=work.agent, guid=work.guid)

    async def _begin_and_end(
        self, tx: AsyncSession, begun: Collection[AtWork], over: Collection[Place]
    ) -> tuple[Site, list[AtWork], list[Work]]:
        """With what of it is new, and what had not ended before. Nothing is owed for a call that nobody answered."""
        site = (await load_snapshot(tx)).site
        new = [found for found in begun if await open_work(tx, found, site)]
        ended = await _load_open(tx, over)
        for work in ended:
            has_talked = (work.guid, work.agent) in self._talked
            await _end(tx, work, is_complete=not (has_talked and is_owed(site.campaigns.get(work.campaign))))
        return site, new, ended

    def _begun(self, found: AtWork, site: Site, *, is_new: bool) -> None:
        """What will be owed holds the agent from now on: the next call may come as soon as this one is over."""
        if is_new and is_owed(site.campaigns.get(found.campaign)):
            self._hold(found.agent)
        tell_desk(self._hub, "work", agent=found.agent, guid=found.guid)
        pop = pop_of(site, found.campaign)
        if is_new and pop is not None and pop.kind == WEBHOOK:
            task = asyncio.create_task(self._pop(found, pop))
            self._pops.add(task)
            task.add_done_callback(self._pops.discard)

    async def _pop(self, found: AtWork, pop: ScreenPop) -> None:
        async with self._database.reading() as tx:
            so_far = await load_so_far(tx, self._node, self._live, found.guid)
        await send_pop(self._service, pop, values_of(found, so_far))

    def _hold(self, agent: str) -> None:
        self._held.add(agent)
        self._holds.hold(agent)

    async def completed(self, agent: str) -> None:
        """Something is over: with nothing that is owed, the agent may have calls again."""
        async with self._database.reading() as tx:
            site = (await load_snapshot(tx)).site
            incomplete = await load_incomplete(tx, agent)
        owed = [each for each in incomplete if is_owed(site.campaigns.get(each.campaign))]
        if not owed:
            self._held.discard(agent)
            self._holds.release(agent)

    async def _follow_time(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            await self.choose_for_the_late()

    async def choose_for_the_late(self) -> None:
        mark = self._database.mark("work")
        if mark == self._idle_mark:
            return
        rows, campaigns = await self._database.read(_load_late)
        self._idle_mark = None if rows else mark
        for row in rows:
            ended_at = row.ended_at or now()
            disposition = overdue_disposition(campaigns.get(row.campaign), ended_at, now())
            if not disposition:
                continue
            try:
                async with self._database.transaction() as tx:
                    await finish_late(tx, row, disposition)
            except Stale:  # the agent was quicker
                continue
            await self.completed(row.agent)
            tell_desk(self._hub, "work", agent=row.agent, guid=row.guid)


async def _load_late(tx: AsyncSession) -> tuple[list[Work], Mapping[str, Any]]:
    rows = await load_owed(tx)
    return rows, (await load_snapshot(tx)).site.campaigns if rows else {}


async def _load_open(tx: AsyncSession, places: Collection[Place]) -> list[Work]:
    found = await load_work_of(tx, [guid for guid, _ in places]) if places else []
    return [work for work in found if (work.guid, work.agent) in places and work.ended_at is None]


async def _end(tx: AsyncSession, work: Work, *, is_complete: bool) -> None:
    """What the campaign asks for is still owed; otherwise the work is complete with the call."""
    values: dict[str, Any] = {"ended_at": now()}
    if is_complete and work.completed_at is None:
        values["completed_at"] = values["ended_at"]
    await update_work(tx, work, **values)


def values_of(found: AtWork, so_far: SoFar) -> CallValues:
    return CallValues(
        caller=found.number,
        did=so_far.did,
        guid=found.guid,
        agent=found.agent,
        queue=found.queue,
        campaign=found.campaign,
        digits=so_far.digits,
    )
