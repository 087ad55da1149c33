"""One of several daemons that place calls on one PostgreSQL: `python -m tests.postgres.placer URL NODE`.

For each line that it reads it chooses for each dialer in turn until nobody is left, and says whom. Calls of the node
`quick` end at once, those of others with another line.
"""

import asyncio
import json
import sys

from appliance.core.dialing.attempts import Attempt, Result
from appliance.store.db import Database
from appliance.store.dialing.attempts import begin_attempts, end_attempt
from tests.dialing import NOON, a_dialer, a_dialing_site, a_wish

OTHER = {"key": "other", "campaign": "other", "lists": [{"list": "summer"}]}
SITE = a_dialing_site(a_dialer(day_cap=1), a_dialer(day_cap=1, **OTHER), country="PE")
IDLE_LOOKS, QUICK = 3, "quick"


async def place_all(database: Database, node: str) -> list[Attempt]:
    placed, idle = list[Attempt](), 0
    while idle < IDLE_LOOKS:
        idle += 1
        for dialer in SITE.dialers.values():
            async with database.transaction() as tx:
                begun = await begin_attempts(tx, SITE, dialer, a_wish(7)._replace(node=node))
            placed += begun
            if node == QUICK:
                await end_all(database, begun)
            idle = 0 if begun else idle
    return placed


async def end_all(database: Database, placed: list[Attempt]) -> None:
    async with database.transaction() as tx:
        assert all([await end_attempt(tx, SITE, Result(each.guid, "busy", NOON)) for each in placed])


async def work(url: str, node: str) -> None:
    database = Database(url)
    print("ready", flush=True)
    while await asyncio.to_thread(sys.stdin.readline):
        placed = await place_all(database, node)
        print(json.dumps([each.number for each in placed]), flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        if node != QUICK:
            await end_all(database, placed)
        print("ended", flush=True)
    await database.close()


if __name__ == "__main__":
    asyncio.run(work(*sys.argv[1:]))
