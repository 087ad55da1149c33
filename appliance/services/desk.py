"""The agents' desktops behind the pages: opens the work when a call is taken, ends it with the call, and sees to it
that what is owed for a call is chosen, by the agent or after a time by the campaign's rule.
"""

import asyncio
from collections.abc import Mapping
from typing import Any, Protocol

import structlog

from appliance.adapters.web_service import WebService
from appliance.core.call_words import CallValues
from appliance.core.desk import AtWork, at_work, is_owed, overdue_disposition
from appliance.core.journal.so_far import SoFar, told_so_far
from appliance.services.clock import now
from appliance.services.desk_news import tell_desk
from appliance.services.errors import Stale
from appliance.services.hub import Hub
from appliance.services.live import Live
from appliance.services.screen_pops import WEBHOOK, pop_of, send_pop
from appliance.services.work import finish_late, open_work
from appliance.store.db import Database
from appliance.store.open_calls import load_open_lines
from appliance.store.snapshots import load_snapshot
from appliance.store.work import load_incomplete, load_work, update_work

TICK_S = 1.0
Place = tuple[str, str]  # GUID and agent

log = structlog.get_logger(__name__)


class Holds(Protocol):
    """Keeps further calls from an agent who still owes something for the last one."""

    def hold(self, agent: str) -> None: ...

    def release(self, agent: str) -> None: ...


class NobodyWaits:
    """Where nothing keeps calls back."""

    def hold(self, agent: str) -> None: ...

    def release(self, agent: str) -> None: ...


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
        self._open: dict[Place, AtWork | None] = {}  # the calls that go on
        self._pops: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Endless job."""
        await self._load()
        async with self._hub.subscribe(["live"]) as news, asyncio.TaskGroup() as jobs:
            jobs.create_task(self._follow_time())
            await self.look()
            async for _ in news:
                await self.look()

    async def _load(self) -> None:
        """What was open when the daemon ended; whether the call goes on the live picture says."""
        async with self._database.reading() as tx:
            rows = await load_incomplete(tx)
            site = (await load_snapshot(tx)).site
        self._open = {(row.guid, row.agent): None for row in rows if row.ended_at is None}
        for row in rows:
            if is_owed(site.campaigns.get(row.campaign)):
                self._holds.hold(row.agent)

    async def look(self) -> None:
        """Compare the calls that go on with the work that is open; without a picture nothing is concluded."""
        if not self._live.is_connected:
            return
        current = at_work(self._live.state)
        for place in current.keys() - self._open.keys():
            self._open[place] = current[place]
            await self._begin(current[place])
        for place in self._open.keys() - current.keys():
            del self._open[place]
            await self._end(*place)

    async def _begin(self, found: AtWork) -> None:
        """What will be owed holds the agent from now on: the next call may come as soon as this one is over."""
        async with self._database.transaction() as tx:
            is_new = await open_work(tx, found)
            campaign = (await load_snapshot(tx)).site.campaigns.get(found.campaign)
        if is_new and is_owed(campaign):
            self._holds.hold(found.agent)
        tell_desk(self._hub, "work", agent=found.agent, guid=found.guid)
        if is_new:
            task = asyncio.create_task(self._pop(found))
            self._pops.add(task)
            task.add_done_callback(self._pops.discard)

    async def _pop(self, found: AtWork) -> None:
        async with self._database.reading() as tx:
            pop = pop_of((await load_snapshot(tx)).site, found.campaign)
            if pop is None or pop.kind != WEBHOOK:
                return
            so_far = await load_so_far(tx, self._node, self._live, found.guid)
        await send_pop(self._service, pop, values_of(found, so_far))

    async def _end(self, guid: str, agent: str) -> None:
        """What the campaign asks for is still owed; otherwise the work is complete with the call."""
        async with self._database.transaction() as tx:
            work = await load_work(tx, guid, agent)
            if work is None or work.ended_at is not None:
                return
            campaign = (await load_snapshot(tx)).site.campaigns.get(work.campaign)
            is_complete = work.completed_at is not None or not is_owed(campaign)
            values: dict[str, Any] = {"ended_at": now()}
            if is_complete and work.completed_at is None:
                values["completed_at"] = values["ended_at"]
            await update_work(tx, work, **values)
        await self.completed(agent)
        tell_desk(self._hub, "work", agent=agent, guid=guid)

    async def completed(self, agent: str) -> None:
        """Something is over: with nothing that is owed, the agent may have calls again."""
        async with self._database.reading() as tx:
            site = (await load_snapshot(tx)).site
            incomplete = await load_incomplete(tx, agent)
        owed = [each for each in incomplete if is_owed(site.campaigns.get(each.campaign))]
        if not owed:
            self._holds.release(agent)

    async def _follow_time(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            await self.choose_for_the_late()

    async def choose_for_the_late(self) -> None:
        async with self._database.reading() as tx:
            rows = [row for row in await load_incomplete(tx) if row.ended_at is not None]
            campaigns: Mapping[str, Any] = (await load_snapshot(tx)).site.campaigns if rows else {}
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
