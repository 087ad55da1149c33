"""What runs for the trunks: their states and their test calls."""

import asyncio

from appliance.adapters.ami import Ami
from appliance.services.taps import Taps
from appliance.services.test_calls import TestCalls
from appliance.services.trunk_states import TrunkStates
from appliance.store.db import Database


class Trunks:
    def __init__(self, ami: Ami, database: Database, taps: Taps) -> None:
        self.states = TrunkStates(ami, database, taps)
        self.calls = TestCalls(ami, database, taps)

    async def run(self) -> None:
        """Endless job."""
        async with asyncio.TaskGroup() as jobs:
            jobs.create_task(self.states.run())
            jobs.create_task(self.calls.run())
