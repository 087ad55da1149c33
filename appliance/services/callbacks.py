"""Calls back those who kept their place: whose turn it is, the attempt in the database, then the call."""

import asyncio
import datetime as dt
import uuid
from collections.abc import Iterable
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.adapters.ami import AmiError, AmiLost, AmiTimeout
from appliance.adapters.node import Node
from appliance.core.callbacks import Callback, News, is_ringing, lost_at, originate_fields, whose_turn, why_never
from appliance.core.sight import EVERYTHING, Sight
from appliance.core.site import Site
from appliance.services.clock import now
from appliance.services.errors import NotFound
from appliance.services.licenses.current import why_not_dial
from appliance.services.live import Live
from appliance.store.callbacks import begin_attempt, end_callback, load_callback, load_owed, save_news
from appliance.store.configuration import insert_audit
from appliance.store.db import Database
from appliance.store.engine.commits import Mark
from appliance.store.snapshots import load_snapshot

LOOK_S = 1.0
NOTES = "callback"  # the family in AstDB: queue/caller > when; the dialplan refuses a second one by it
YOUNG_S = 60.0  # a note whose line in the journal may not be read yet

log = structlog.get_logger(__name__)


async def cancel_callback(tx: AsyncSession, callback_id: int, *, by: str, sight: Sight = EVERYTHING) -> None:
    found = await load_callback(tx, callback_id)
    if found is None or not sight.may_see("queues", found.queue):
        raise NotFound(f"callbacks.{callback_id}")
    if await end_callback(tx, callback_id, "cancelled", now()):
        entry = {"at": now(), "by": by, "action": "cancel callback", "section": "queues", "entity_key": found.queue}
        after = {"number": found.number, "guid": found.guid}
        await insert_audit(tx, [{**entry, "generation": 0, "before": None, "after": after}])


class Callbacks:
    """`run()` for ever. Without Asterisk, its live picture, the database or a licence nobody is called."""

    def __init__(self, node: Node, database: Database, live: Live) -> None:
        self._node = node
        self._database = database
        self._live = live
        self._noted: set[tuple[str, str]] = set()
        self._connection = 0
        self._idle_mark: Mark | None = None  # of the database, when nobody was owed a call
        self._calling: dict[int, str] = {}  # callbacks whose attempt has not ended, as far as we know

    async def run(self) -> None:
        """Endless job."""
        while True:
            await self._node.ami.wait_connected()
            if self._live.is_connected:
                try:
                    await self._look()
                except AmiError as error:
                    log.warning("callbacks.later", reason=str(error))
            await asyncio.sleep(LOOK_S)

    async def _look(self) -> None:
        mark = self._database.mark()
        if mark == self._idle_mark and self._connection == self._node.ami.connections:
            return
        self._idle_mark = None
        async with self._database.reading() as tx:
            owed = await load_owed(tx, self._node.name)
            site = (await load_snapshot(tx)).site if owed else None
            is_licensed = bool(owed) and await why_not_dial(tx) is None
        await self._keep_notes(owed)
        await self._cut_cancelled(owed)
        self._idle_mark = None if owed else mark
        if site is not None and is_licensed and not site.settings.emergency_closed:
            await self._call_back(site, owed)

    async def _call_back(self, site: Site, owed: Iterable[Callback]) -> None:
        at = now()
        callable_now = [each for each in owed if not await self._give_up(site, each, at)]
        queues = self._live.state.queues
        free = {key: queue.tally.get("ready", 0) for key, queue in queues.items()}
        waiting = {key: list(queue.waiting.values()) for key, queue in queues.items()}
        for each in whose_turn(callable_now, free, waiting, at):
            await self._call(site, each, at)

    async def _give_up(self, site: Site, owed: Callback, at: dt.datetime) -> bool:
        why = why_never(site, owed, at)
        if why:
            async with self._database.transaction() as tx:
                await end_callback(tx, owed.callback_id, why, at)
            log.info("callback.given_up", number=owed.number, queue=owed.queue, reason=why)
        return bool(why)

    async def _call(self, site: Site, owed: Callback, at: dt.datetime) -> None:
        """The attempt is in the database before Asterisk hears of it: no restart dials it a second time."""
        attempt, queue = str(uuid.uuid4()), site.queues[owed.queue]
        async with self._database.transaction() as tx:
            if not await begin_attempt(tx, owed, attempt, lost_at(at, queue)):
                return
        self._calling[owed.callback_id] = attempt
        log.info("callback.attempt", queue=owed.queue, number=owed.number, attempt=attempt)
        try:
            await self._node.ami.action("Originate", **dict[str, Any](originate_fields(owed, queue, attempt, at)))
        except (AmiLost, AmiTimeout):
            raise  # whether Asterisk dials is unknown: the journal will tell, or nothing will for a while
        except AmiError as error:
            log.warning("callback.refused", attempt=attempt, reason=str(error))
            async with self._database.transaction() as tx:
                await save_news(tx, News(owed.guid, attempt, "failed", at))

    async def _cut_cancelled(self, owed: Iterable[Callback]) -> None:
        """Whoever rings for a callback that was cancelled meanwhile is left alone; who has answered is not cut off."""
        calling = {each.callback_id: each.last_guid for each in owed if each.last_guid and not each.result}
        for callback_id in self._calling.keys() - calling.keys():
            async with self._database.reading() as tx:
                found = await load_callback(tx, callback_id)
            if found is not None and found.result == "cancelled":
                await self._cut(found.last_guid)
        self._calling = calling

    async def _cut(self, attempt: str) -> None:
        for channel in await self._node.ami.list("Status", Variables="GUID"):
            if is_ringing(channel, attempt):
                log.info("callback.cut", attempt=attempt)
                await self._node.ami.action("Hangup", Channel=channel["Channel"])

    async def _keep_notes(self, owed: Iterable[Callback]) -> None:
        """Whoever is owed nothing any more may ask again."""
        wanted = {(each.queue, each.caller) for each in owed if each.caller}
        if self._connection != self._node.ami.connections:
            self._noted |= await self._old_notes()
            self._connection = self._node.ami.connections
        for queue, caller in sorted(self._noted - wanted):
            try:
                await self._node.ami.action("DBDel", Family=f"{NOTES}/{queue}", Key=caller)
            except (AmiLost, AmiTimeout):
                raise
            except AmiError:  # it is not there
                log.info("callback.no_note", queue=queue)
        self._noted = wanted

    async def _old_notes(self) -> set[tuple[str, str]]:
        try:
            items = await self._node.ami.list("DBGetTree", Family=NOTES)
        except (AmiLost, AmiTimeout):
            raise
        except AmiError:  # there are none
            return set()
        found = set()
        for item in items:
            _, _, place = item.get("Key", "").strip("/").partition("/")
            queue, _, caller = place.partition("/")
            when = item.get("Val", "")
            if caller and when.isdigit() and now().timestamp() - int(when) > YOUNG_S:
                found.add((queue, caller))
        return found
