"""After a backup was put back: nobody knows whom dialers have called since, so they wait for somebody to go on."""

import asyncio
from pathlib import Path

import structlog

from appliance.services.dialers import ALIVE, Change, change_state
from appliance.store.db import Database
from appliance.store.dialing.states import load_states
from appliance.store.snapshots import load_snapshot

MARK = "restored"  # a file in the data folder, made by whoever put the backup back
NOTE = "A backup was put back."

log = structlog.get_logger(__name__)


async def hold_dialers(database: Database, folder: Path) -> None:
    """Those that would call are paused, once."""
    if not await asyncio.to_thread((folder / MARK).exists):
        return
    async with database.transaction() as tx:
        site = (await load_snapshot(tx)).site
        for key, state in (await load_states(tx)).items():
            if state.state in ALIVE and key in site.dialers:
                await change_state(tx, site.dialers[key], Change("pause", NOTE), by="appliance")
                log.warning("dialer.held", dialer=key, reason=NOTE)
    await asyncio.to_thread((folder / MARK).unlink)
