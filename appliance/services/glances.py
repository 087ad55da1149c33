"""What every open stream asks for again and again, read at most once a second for all of them."""

import asyncio
import datetime as dt
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from appliance.core.site import Site
from appliance.services.users.sessions import is_young, load_open_sessions
from appliance.store.db import Database
from appliance.store.engine.commits import Mark
from appliance.store.snapshots import load_snapshot

FRESH_S = 1.0


@dataclass(frozen=True)
class Glance:
    site: Site
    _sessions: Mapping[str, dt.datetime] = field(default_factory=dict)

    def is_open(self, token_hash: str) -> bool:
        return token_hash in self._sessions and is_young(self._sessions[token_hash])


class Glances:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._reading = asyncio.Lock()
        self._glance: Glance | None = None
        self._read_at = 0.0
        self._mark: Mark | None = None  # of the database, when it was read

    async def lately(self) -> Glance:
        """As it was not more than a second ago."""
        async with self._reading:
            if self._glance is None or time.monotonic() - self._read_at >= FRESH_S:
                mark = self._database.mark()
                if self._glance is None or mark != self._mark:
                    async with self._database.reading() as tx:
                        self._glance = Glance((await load_snapshot(tx)).site, await load_open_sessions(tx))
                self._read_at, self._mark = time.monotonic(), mark
            return self._glance
