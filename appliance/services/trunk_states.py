"""Keeps what each trunk is doing: asks Asterisk every few seconds, and at once when it says that something changed."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

import structlog

from appliance.adapters.ami import Ami, AmiError, AmiLost, AmiTimeout
from appliance.core.entities.trunks import Trunk
from appliance.core.trunk_ends import trunk_ends
from appliance.core.trunk_state import EndState, Raw, trunk_state
from appliance.services.taps import Taps
from appliance.store.db import Database
from appliance.store.site import load_section

ASK_S = 15.0
SETTLE_S = 0.5  # after a restart each trunk says something: one look for all

log = structlog.get_logger(__name__)


class TrunkStates:
    def __init__(self, ami: Ami, database: Database, taps: Taps) -> None:
        self.states: dict[str, list[EndState]] = {}
        self._ami = ami
        self._database = database
        self._taps = taps

    async def run(self) -> None:
        """Endless job."""
        with self._taps.listen("Registry", "ContactStatus") as news:
            while True:
                await self._ami.wait_connected()
                with suppress(AmiLost, AmiTimeout):
                    await self.look()
                with suppress(TimeoutError):
                    async with asyncio.timeout(ASK_S):
                        await news.get()
                    await asyncio.sleep(SETTLE_S)
                while not news.empty():
                    news.get_nowait()

    async def look(self) -> None:
        async with self._database.reading() as tx:
            trunks = {key: each for key, each in (await load_section(tx, "trunks")).items() if isinstance(each, Trunk)}
        registrations = await self._list("PJSIPShowRegistrationsOutbound")
        states = {}
        for key, trunk in trunks.items():
            ends = [await self._list("PJSIPShowEndpoint", end.name) for end in trunk_ends(trunk)]
            states[key] = trunk_state(trunk, [*registrations, *(item for found in ends for item in found)])
        self.states = states

    async def _list(self, name: str, endpoint: str = "") -> Sequence[Raw]:
        """These lists have passwords among them: nothing of them is kept or logged."""
        try:
            return await (self._ami.list(name, Endpoint=endpoint) if endpoint else self._ami.list(name))
        except (AmiLost, AmiTimeout):
            raise
        except AmiError:  # an endpoint that Asterisk has not loaded yet
            return ()
