"""How many rows an import stores at a time, and for how long others may write before the next."""

import asyncio
import gc
import time

from appliance.store.db import Database

HOLD_S = 0.4  # how long a transaction should last: SQLite's other writers wait for so long
SETTLE_EVERY_S = 2.0  # a page that several transactions changed goes from the log into the file once
# Who waits for SQLite looks every 25 to 100 ms whether it is free, less often the longer it waits: after the longest
# transaction everybody has looked.
SHORTEST_FREE_S, LONGEST_FREE_S = 0.025, 0.1
FEWEST, MOST = 4000, 8000  # rows of a transaction


class Turns:
    def __init__(self, database: Database) -> None:
        self.size = FEWEST
        self._database = database
        self._settle_at = 0.0

    async def give_way(self, held_s: float) -> None:
        """After a transaction that lasted so long: the next is to last `HOLD_S`, and a quarter of the time is free."""
        factor = min(2.0, max(0.5, HOLD_S / max(held_s, 0.001)))
        self.size = int(min(MOST, max(FEWEST, self.size * factor)))
        began = time.monotonic()
        if began > self._settle_at:
            gc.collect()  # of what came since it was frozen: little
            await self._database.settle()
            self._settle_at = time.monotonic() + SETTLE_EVERY_S
        if self._database.engine.dialect.name == "sqlite":
            free_s = min(LONGEST_FREE_S, max(SHORTEST_FREE_S, held_s / 4))
            await asyncio.sleep(max(0.0, began + free_s - time.monotonic()))
