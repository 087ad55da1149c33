"""Keeps logs and journals from filling the disk; a journal goes only when all of it is in the database."""

import asyncio
from pathlib import Path

import structlog

from appliance.adapters.ami import AmiError
from appliance.adapters.archives import delete_old, inode_of, set_aside, size_of
from appliance.adapters.node import Node
from appliance.services.followers import CEL_FILE, QUEUE_LOG_FILE
from appliance.services.owner_settings import forget_gone_phones
from appliance.store.calls import CEL, QUEUE_LOG, load_mark
from appliance.store.db import Database
from appliance.store.snapshots import load_snapshot

LOOK_S = 60.0
FULL_BYTES = 64 * 1024 * 1024
KEEP_DAYS = 30
LOGS = ("messages.log", "security.log")  # as asterisk_conf/logger.conf.j2 names them

log = structlog.get_logger(__name__)


class Housekeeping:
    def __init__(self, node: Node, database: Database) -> None:
        self._node = node
        self._database = database
        self._folder = Path(node.facts.log)

    async def run(self) -> None:
        """Endless job."""
        while True:
            await self.tidy()
            await asyncio.sleep(LOOK_S)

    async def tidy(self) -> None:
        try:
            await self._set_aside()
            await self._delete_old()
            await self._forget_gone_phones()
        except (AmiError, OSError) as error:
            log.warning("housekeeping.later", reason=str(error))

    async def _forget_gone_phones(self) -> None:
        if self._node.ami.is_connected:
            async with self._database.reading() as tx:
                site = (await load_snapshot(tx)).site
            await forget_gone_phones(self._node.ami, site)

    async def _set_aside(self) -> None:
        cel = self._folder / CEL_FILE
        if await asyncio.to_thread(size_of, cel) > FULL_BYTES:
            archive = await asyncio.to_thread(set_aside, cel)
            log.info("housekeeping.set_aside", archive=archive.name)
        for name in (QUEUE_LOG_FILE, *LOGS):
            if await asyncio.to_thread(size_of, self._folder / name) > FULL_BYTES:
                await self._node.ami.command("logger rotate")  # Asterisk keeps these open; it rotates them all
                log.info("housekeeping.rotated", because_of=name)
                return

    async def _delete_old(self) -> None:
        deletable = list(LOGS)
        for journal, name in ((CEL, CEL_FILE), (QUEUE_LOG, QUEUE_LOG_FILE)):
            if await self._is_read(journal, self._folder / name):
                deletable.append(name)
        for name in deletable:
            deleted = await asyncio.to_thread(delete_old, self._folder / name, KEEP_DAYS)
            if deleted:
                log.info("housekeeping.deleted", archives=deleted)

    async def _is_read(self, journal: str, path: Path) -> bool:
        """Whether the reader has left all archives behind and stands in the file being written."""
        async with self._database.reading() as tx:
            mark = await load_mark(tx, self._node.name, journal)
        return mark.position is not None and await asyncio.to_thread(inode_of, path) == mark.position.inode
