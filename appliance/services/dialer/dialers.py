"""The job that calls out: each look sees agents and calls, decides how many calls that allows, and places them."""

import asyncio
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import structlog
from sqlalchemy.exc import SQLAlchemyError

from appliance.adapters.ami import AmiError
from appliance.adapters.node import Node
from appliance.core.dialing.attempts import Attempt, Wish
from appliance.core.dialing.calls import Calls
from appliance.core.dialing.law import WITH_AN_AGENT, Kind
from appliance.core.dialing.room import Backoff
from appliance.core.dialing.seen import Floor, Share, share_floor
from appliance.core.entities.dialers import Dialer
from appliance.core.pacing.seen import Pace, Seen
from appliance.services.clock import now
from appliance.services.dialer import status as say
from appliance.services.dialer.caps import Caps
from appliance.services.dialer.floors import Floors
from appliance.services.dialer.lessons import wrapup_of
from appliance.services.dialer.lost import Lost
from appliance.services.dialer.pacing import Pacing
from appliance.services.dialer.placing import Job, Placing
from appliance.services.dialer.reading import Reader, Reading
from appliance.services.dialer.status import Board, Status, counted
from appliance.services.errors import Refused
from appliance.services.history import History
from appliance.services.live import Live
from appliance.services.trunk_states import TrunkStates
from appliance.store.db import Database
from appliance.store.engine.commits import Mark
from appliance.store.engine.trouble import is_disk_full, reason_of
from appliance.store.snapshots import load_snapshot

TICK_S = 0.5
IDLE_TICKS = 2  # from one look to the next while no dialer runs and no call is open
ASK_AGAIN_S = 2.0  # where nobody was left to call

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Sources:
    """What tells of calls, of their ends and of the lines outside."""

    live: Live
    history: History
    trunks: TrunkStates


class Dialers:
    """`run()` for ever. Without Asterisk, its live picture, the database or a licence nobody is called."""

    def __init__(self, node: Node, database: Database, sources: Sources) -> None:
        self.tick_s = TICK_S
        self._node = node
        self._database = database
        self._live = sources.live
        self._history = sources.history
        self._board = Board()
        self._trouble = ""
        self._is_idle = False
        self._idle_mark: Mark | None = None  # of the database, when it was so
        self._calls = Calls()
        self._lost = Lost(node, database, sources.history)
        self._floors = Floors(sources.live, self._calls)
        self._reader = Reader(database, node.name)
        self._placing = Placing(node.ami, database, sources.live)
        self._looked: Reading | None = None
        self._caps = Caps(self._placing, sources.trunks, int(node.facts.max_calls))
        self._pacing = Pacing(database)
        self._backoffs: dict[str, Backoff] = {}
        self._ask_again_s: dict[str, float] = {}

    def status(self, dialer: str) -> Status:
        return self._board.get(dialer)

    def take_line(self, attempt: Attempt) -> None:
        """For a call that an agent begins, before its attempt is committed: all caps hold. Raises `Refused`."""
        if self._looked is None or attempt.dialer not in self._looked.running:
            raise Refused(say.BEGINS)
        if why := self._looked.why_not(self._history.read_to_end_s):
            raise Refused(why[0], **why[1])
        site, backoff = self._looked.site, self._backoff(attempt.dialer)
        if self._caps.allow(site, site.dialers[attempt.dialer], Pace(1, "", {}), backoff)[0] < 1:
            raise Refused(say.NO_LINE)
        self._caps.took_one(attempt)

    async def call_with_agent(self, attempt: Attempt, phone: str) -> None:
        """A preview that was accepted: its attempt is committed. Raises `Refused`."""
        async with self._database.reading() as tx:
            site = (await load_snapshot(tx)).site
        came_to = await self._placing.place_with_agent(site, attempt, phone)
        if came_to != "placed":
            raise Refused(say.NOT_PLACED[came_to])

    async def run(self) -> None:
        """Endless job."""
        while True:
            try:
                await self._look()
                self._trouble = ""
            except AmiError as error:
                self._stall(error, say.NO_ASTERISK)
            except (SQLAlchemyError, OSError) as error:
                self._stall(error, say.NO_SPACE if is_disk_full(error) else say.NO_DATABASE)
            await asyncio.sleep(self.tick_s * (IDLE_TICKS if self._is_idle else 1))

    def _stall(self, error: Exception, why: str) -> None:
        self._board.stall(why)
        if self._trouble != (trouble := reason_of(error)):
            log.warning("dialers.later", reason=trouble)
        self._trouble = trouble

    async def _look(self) -> None:
        if not (self._node.ami.is_connected and self._live.is_connected):
            self._board.stall(say.NO_ASTERISK)
            self._is_idle = False
            return
        mark = self._database.mark()
        if self._is_idle and mark == self._idle_mark:
            return
        self._is_idle = False
        await self._placing.release_unsent()
        reading = self._looked = await self._reader.read(self._calls.begun)
        at = now()
        ended = self._calls.look(reading.open, self._live.state, at)
        self._board.stop_others(set(reading.running), self._calls.open.values())
        self._learn(reading, {each.guid: each for each in ended})
        alive = {
            guid for guid, call in self._calls.open.items() if call.progress.where != "placed" and not call.is_over
        }
        await self._lost.look(reading.open, alive, self._placing.unanswered(self._calls.unseen()))
        if reading.running:
            await self._call_out(reading, at)
        self._is_idle, self._idle_mark = not (reading.running or reading.open or self._calls.open), mark

    def _learn(self, reading: Reading, ended: Mapping[str, Attempt]) -> None:
        """Calls with an agent on the line teach nothing of those without."""
        at_s = asyncio.get_running_loop().time()
        for attempt, since in self._calls.answered():
            if attempt.kind not in WITH_AN_AGENT:
                self._pacing.lessons(attempt.dialer).tell_answer(attempt, since)
        for result in reading.ended:
            attempt = ended[result.guid]
            self._placing.trunks.pop(result.guid, None)
            self._placing.first_phones.pop(result.guid, None)
            self._backoffs.setdefault(attempt.dialer, Backoff()).tell(result.outcome, at_s)
            if attempt.kind not in WITH_AN_AGENT:
                wrapup_s = wrapup_of(reading.site, attempt.dialer)
                self._pacing.lessons(attempt.dialer).tell(attempt.begun_at, result, wrapup_s)

    async def _call_out(self, reading: Reading, at: dt.datetime) -> None:
        why = reading.why_not(self._history.read_to_end_s)
        floor = self._floors.look(reading, at)
        shares = share_floor(floor)
        self._caps.look(reading, self._live.state, self._calls)
        # whoever placed nothing for longest is asked first, so that caps which are shared are shared
        for key in sorted(reading.running, key=lambda each: (self._ask_again_s.get(each, 0.0), each)):
            dialer = reading.site.dialers[key]
            self._show(floor, dialer, shares.get(key))
            if why is not None:
                self._board.say(key, why[0], **why[1])
            elif dialer.mode != "preview":
                await self._run(reading, dialer, (floor, shares.get(key)))

    def _show(self, floor: Floor, dialer: Dialer, share: Share | None) -> None:
        self._board.put(
            dialer.key,
            is_running=True,
            agents=share.seen.agents if share else 0,
            ready=len(share.ready) if share else 0,
            promised=share.seen.promised if share else 0,
            leaving=len(share.leave_at) if share else 0,
            leave_at=share.leave_at[-1] if share and share.leave_at else None,
            **counted(floor.calls_of(dialer.key)),
        )

    async def _run(self, reading: Reading, dialer: Dialer, sight: tuple[Floor, Share | None]) -> None:
        floor, share = sight
        pace = await self._pacing.ask(reading, dialer, sight)
        if share is not None and (kept := await self._call_for_agents(reading, dialer, (floor, share), pace)):
            share = share._replace(seen=share.seen._replace(promised=share.seen.promised + kept))
            pace = await self._pacing.ask(reading, dialer, (floor, share))
        calls, why, values = self._caps.allow(reading.site, dialer, pace, self._backoff(dialer.key))
        if calls > 0 and not await self._place(reading, dialer, (floor, share), calls):
            why, values = say.NOBODY_LEFT, {}
        self._board.say(dialer.key, why, **values)

    async def _place(self, reading: Reading, dialer: Dialer, sight: tuple[Floor, Share | None], calls: int) -> bool:
        """False where nobody was left to call; then nobody is looked for again at once."""
        floor, share = sight
        if floor.at_s < self._ask_again_s.get(dialer.key, 0.0):
            return False
        kind: Kind = "agentless" if share is None else "auto"
        wish = Wish(self._node.name, floor.at, calls, kind=kind, ready=share.ready if share else ())
        try:
            is_wanted = partial(self._is_wanted, reading, dialer, sight)
            placed = await self._placing.place(reading.site, Job(dialer, wish, is_wanted))
        except (AmiError, SQLAlchemyError) as error:
            self._board.put(dialer.key, error=str(error).partition("\n")[0], error_at=floor.at)
            raise
        self._caps.took(dialer.key, placed)
        self._board.put(dialer.key, calls=self._board.get(dialer.key).calls + placed)
        is_over = not placed and is_wanted(placed)
        if is_over:
            self._ask_again_s[dialer.key] = floor.at_s + ASK_AGAIN_S
        return not is_over

    async def _call_for_agents(self, reading: Reading, dialer: Dialer, sight: tuple[Floor, Share], pace: Pace) -> int:
        """How many agents are taken by calls that they promised, or by a contact of their own where there is time."""
        floor, share = sight
        wanted = pace._replace(calls=len(share.ready))
        most = self._caps.allow(reading.site, dialer, wanted, self._backoff(dialer.key))[0]
        if most <= 0:
            return 0
        kind: Kind = "owned" if pace.calls > 0 else "promised"
        wish = Wish(self._node.name, floor.at, most, kind=kind, ready=share.ready)
        phones = {key: floor.state.agents[key].device.partition("/")[2] for key in share.ready}
        kept = await self._placing.place_for_agents(reading.site, Job(dialer, wish), phones)
        self._caps.took(dialer.key, kept)
        return kept

    def _backoff(self, dialer: str) -> Backoff:
        return self._backoffs.setdefault(dialer, Backoff())

    def _is_wanted(self, reading: Reading, dialer: Dialer, sight: tuple[Floor, Share | None], placed: int) -> bool:
        """Where the agents went while the attempts were stored and the calls before were placed, it is decided anew."""
        floor, before = sight
        share = self._floors.look_again(reading, dialer.key, floor)
        if share is None or before is None or not _are_gone(share.seen, before.seen):
            return True
        seen = share.seen._replace(ringing_s=(*share.seen.ringing_s, *(0.0,) * placed))
        return self._pacing.ask_again(reading, dialer, seen).calls > 0


def _are_gone(seen: Seen, before: Seen) -> bool:
    return seen.agents < before.agents or seen.free == 0 < before.free
