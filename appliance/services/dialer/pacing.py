"""How many calls each dialer places now: what it has learned, its limits and its knobs, put to the pacing."""

from appliance.core.dialing.seen import Floor, Share
from appliance.core.dialing.speed import pace_rules
from appliance.core.entities.dialers import Dialer
from appliance.core.pacing.pace import decide
from appliance.core.pacing.seen import Pace, Seen
from appliance.services.dialer import status as say
from appliance.services.dialer.lessons import Lessons
from appliance.services.dialer.reading import Reading
from appliance.store.db import Database

_MANY = 200


class Pacing:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._lessons: dict[str, Lessons] = {}

    def lessons(self, dialer: str) -> Lessons:
        if dialer not in self._lessons:
            self._lessons[dialer] = Lessons(self._database)
        return self._lessons[dialer]

    async def ask(self, reading: Reading, dialer: Dialer, sight: tuple[Floor, Share | None]) -> Pace:
        floor, share = sight
        if share is None:
            return Pace(_MANY, say.AGENTLESS, {})
        await self.lessons(dialer.key).refresh(reading.site, dialer, floor.at, floor.at_s)
        return self.ask_again(reading, dialer, share.seen)

    def ask_again(self, reading: Reading, dialer: Dialer, seen: Seen) -> Pace:
        """By what was learned until just now."""
        lessons, turned = self.lessons(dialer.key), reading.running[dialer.key].pace_of(dialer)
        return decide(seen, lessons.learned, lessons.budget, pace_rules(reading.site, turned))
