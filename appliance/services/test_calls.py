"""Test calls through one trunk: placed by hand, a few a minute, each followed until it is over."""

import asyncio
import datetime as dt
import uuid
from collections import deque
from dataclasses import dataclass, field

import structlog

from appliance.adapters.ami import Ami, AmiError
from appliance.core.call_result import CallResult, follow
from appliance.core.entities.trunks import Trunk
from appliance.core.number_plan import LONGEST, plan_of
from appliance.core.problems import Invalid, Problem
from appliance.core.trunk_ends import TrunkEnd, trunk_ends
from appliance.core.words import N_
from appliance.services.clock import now
from appliance.services.errors import NotFound
from appliance.services.licenses.current import why_not_dial
from appliance.services.taps import Raw, Taps
from appliance.store.db import Database
from appliance.store.snapshots import load_snapshot

RING_S = 30
FOLLOW_S = 60.0
MOST, WITHIN = 6, dt.timedelta(minutes=1)
CONTEXT = "test-call"  # of the dialplan: what the called party hears
EVENTS = ("Newchannel", "Newstate", "Hangup", "OriginateResponse")

log = structlog.get_logger(__name__)


@dataclass
class TestCall:
    """`number` as it is sent; `host` is the one that `result` is of, and `earlier` has what those before it said."""

    __test__ = False
    trunk: str
    number: str
    caller_id: str
    call_id: str = ""
    host: str = ""
    result: CallResult = field(default_factory=CallResult)
    earlier: list[tuple[str, CallResult]] = field(default_factory=list)

    def ask(self, end: TrunkEnd) -> None:
        """From now on `result` is of this host."""
        if self.host:
            self.earlier.append((self.host, self.result))
        self.call_id, self.host, self.result = str(uuid.uuid4()), end.host, CallResult()


class TestCalls:
    __test__ = False

    def __init__(self, ami: Ami, database: Database, taps: Taps) -> None:
        self.last: dict[str, TestCall] = {}  # the newest of each trunk
        self._ami = ami
        self._database = database
        self._taps = taps
        self._asked: asyncio.Queue[tuple[TestCall, list[TrunkEnd]]] = asyncio.Queue()
        self._placed: deque[dt.datetime] = deque(maxlen=MOST)

    async def run(self) -> None:
        """Endless job."""
        async with asyncio.TaskGroup() as calls:
            while True:
                calls.create_task(self._try_each(*await self._asked.get()))

    async def place(self, trunk_key: str, number: str, *, by: str) -> TestCall:
        """Ask for one; it is dialled a moment later."""
        async with self._database.reading() as tx:
            site, closed = (await load_snapshot(tx)).site, await why_not_dial(tx)
        trunk = site.trunks.get(trunk_key)
        if trunk is None:
            raise NotFound(trunk_key)
        if refused := self._why_not(trunk, number):
            raise Invalid([Problem(("trunks", trunk_key, "number"), refused)])
        if closed is not None:
            raise Invalid([Problem(("trunks", trunk_key, "number"), closed.message, closed.context)])
        plan = plan_of(site.settings.country)
        sent = plan.formatted(number, trunk.number_format)
        shown = plan.formatted(trunk.caller_id, trunk.caller_id_format)
        call = TestCall(trunk.key, sent, shown)
        self.last[trunk.key] = call
        self._placed.append(now())
        self._asked.put_nowait((call, trunk_ends(trunk)))
        log.info("test_call.asked", trunk=trunk.key, number=sent, by=by)
        return call

    def _why_not(self, trunk: Trunk, number: str) -> str:
        digits = number.removeprefix("+")
        if not (digits.isascii() and digits.isdecimal() and len(digits) <= LONGEST):
            return N_("must be digits, with or without a leading +")
        if not trunk.host:
            return N_("This trunk has no host: it only receives calls.")
        if trunk.key in self.last and not self.last[trunk.key].result.is_over:
            return N_("A test call through this trunk is in progress.")
        if len(self._placed) == MOST and now() - self._placed[0] < WITHIN:
            return N_("Too many test calls. Wait a minute.")
        return ""

    async def _try_each(self, call: TestCall, ends: list[TrunkEnd]) -> None:
        """The hosts in their order, as real calls do, until one does not fail by its own fault."""
        for end in ends:
            call.ask(end)
            await self._follow(call, end.name)
            log.info("test_call.over", trunk=call.trunk, host=end.host, result=call.result.message)
            if not call.result.is_trunks_fault:
                return

    async def _follow(self, call: TestCall, end: str) -> None:
        with self._taps.listen(*EVENTS) as events:
            try:
                async with asyncio.timeout(FOLLOW_S):
                    await self._originate(call, end)
                    while not call.result.is_over:
                        raw = await events.get()
                        if _is_about(raw, call):
                            call.result = follow(call.result, raw)
            except (AmiError, TimeoutError) as error:
                reason = str(error) or type(error).__name__
                call.result = CallResult(N_("The call was not placed: {reason}"), (("reason", reason),), "bad", True)

    async def _originate(self, call: TestCall, end: str) -> None:
        await self._ami.action(
            "Originate",
            Channel=f"PJSIP/{call.number}@{end}",
            Context=CONTEXT,
            Exten="s",
            Priority="1",
            CallerID=f"<{call.caller_id}>" if call.caller_id else "",
            Timeout=RING_S * 1000,
            Async="true",
            ActionID=call.call_id,
            ChannelId=call.call_id,
        )


def _is_about(raw: Raw, call: TestCall) -> bool:
    return call.call_id in (raw.get("Uniqueid"), raw.get("ActionID")) or raw.get("Event") == "AmiLost"
