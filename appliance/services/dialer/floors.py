"""What the dialers of this node see at a moment: agents, calls, and what is known ahead of both."""

import asyncio
import datetime as dt
from collections.abc import Mapping

from appliance.core.dialing.calls import Calls
from appliance.core.dialing.law import rules_of
from appliance.core.dialing.notice import Overtime
from appliance.core.dialing.seen import Floor, Share, Team, share_floor
from appliance.core.live.state import Agent
from appliance.services.clock import now
from appliance.services.dialer.ahead import WITHOUT_A_TEAM
from appliance.services.dialer.reading import Reading
from appliance.services.live import Live


class Floors:
    def __init__(self, live: Live, calls: Calls) -> None:
        self._live = live
        self._calls = calls
        self._overtime = Overtime()
        self._looked: dict[str, tuple[Mapping[str, Agent], Share]] = {}  # at the last look again, by dialer

    def look(self, reading: Reading, at: dt.datetime) -> Floor:
        teams = {}
        for key in reading.running:
            dialer = reading.site.dialers[key]
            if dialer.mode not in WITHOUT_A_TEAM:
                queue = reading.site.campaigns[dialer.campaign].queue
                connect_s = rules_of(reading.site, dialer).connect_s
                teams[key] = Team(queue, dialer.weight, connect_s, dialer.machines != "off")
        at_s, state = asyncio.get_running_loop().time(), self._live.state
        return Floor(at, at_s, state, teams, self._calls.open, self._overtime.without(reading.notice, state, at))

    def look_again(self, reading: Reading, dialer: str, before: Floor) -> Share | None:
        """The dialer's share by now; None where no agent has done anything since then, or it needs none."""
        agents = self._live.state.agents
        if dialer not in before.teams or agents is before.state.agents:
            return None
        found = self._looked.get(dialer)
        if found is None or found[0] is not agents:
            found = self._looked[dialer] = agents, share_floor(self.look(reading, now()))[dialer]
        return found[1]
