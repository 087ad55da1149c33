"""A campaign that runs while something is taken away: the network's own ledger says whom it called, and when."""

import asyncio
import os
import socket
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select, update

from appliance.core.site import Site
from appliance.services.clock import now
from appliance.services.dialer.status import Status
from appliance.settings import Settings
from appliance.store.tables.contacts import ContactNumberRow
from appliance.store.tables.dialing import AttemptRow, DoNotCallRow, ListContactRow
from tests.house import House, a_house, furnish
from tests.pbx.calling import trunks_answer
from tests.pbx.dialer_site import add_contacts, behind, dialer_site, keyed, number_of, set_state
from tests.pbx.pstn import Behaviour, Pstn
from tests.waiting import eventually

PATIENCE_S = 60
NEVER, NIGHT = range(900, 905), range(800, 805)  # on the do-not-call list, and where it is not the hour
DELIVERED = Behaviour()  # listens to the end
WORLD = [Behaviour(486, ring_s=0.3), DELIVERED, DELIVERED, Behaviour(404), Behaviour(ring_s=0.3)]
OUTCOMES = ["busy", "delivered", "delivered", "bad_number", "delivered"]
# Nobody needs an agent: the message is all there is to hear.
DIALER: dict[str, Any] = {"mode": "agentless", "agentless_destination": "prompt:sorry", "opt_out_key": "", "ring_s": 10}


def zone_where(hour: int) -> str:
    """One in which it is this hour now."""
    ahead = (hour - now().hour + 11) % 24 - 11
    return f"Etc/GMT{-ahead:+d}" if ahead else "Etc/GMT"


def site_of(pstn: Pstn, dialers: Iterable[str], **changes: Any) -> Site:
    """Everybody may be called until three in the afternoon, where they are."""
    days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    hours = {"days": days, "start": "00:00", "end": "15:00"}
    found = dialer_site(pstn, {key: DIALER | {"schedule": "mornings", **changes} for key in dialers})
    mornings = keyed(mornings={"time_zone": "UTC", "hours": [hours]})
    return Site.model_validate(found.model_dump() | {"schedules": mornings})


@dataclass
class Campaign:
    house: House
    pstn: Pstn
    key: str

    def status(self) -> Status:
        return self.house.appliance.outbound.dialers.status(self.key)

    def says(self, part: str) -> bool:
        return part in self.status().why.format(**self.status().values)

    async def begin(self, numbers: Iterable[int]) -> None:
        """With some who must not be called among them."""
        async with self.house.appliance.database.transaction() as tx:
            await add_contacts(tx, self.key, [*numbers, *NEVER, *NIGHT])
            places = {"morning": zone_where(8), "night": zone_where(17)}
            await tx.execute(update(ListContactRow).values(zone=places["morning"]))
            night = [number_of(n) for n in NIGHT]
            await tx.execute(update(ListContactRow).where(_has_number(night)).values(zone=places["night"]))
            for n in NEVER:
                await tx.merge(DoNotCallRow(do_not_call_id=n, number=number_of(n), source="console", created_at=now()))
            await set_state(tx, self.key, "running")

    async def attempts(self) -> list[AttemptRow]:
        async with self.house.appliance.database.reading() as tx:
            query = select(AttemptRow).where(AttemptRow.dialer == self.key).order_by(AttemptRow.begun_at)
            return list((await tx.execute(query)).scalars())

    async def with_outcome(self, outcome: str, many: int = 1) -> list[AttemptRow]:
        """Once there are so many."""
        rows = [row for row in await self.attempts() if row.outcome == outcome]
        return rows if len(rows) >= many else []

    async def tries(self) -> set[int]:
        async with self.house.appliance.database.reading() as tx:
            found = await tx.execute(select(ListContactRow.tries).where(ListContactRow.list == self.key))
            return set(found.scalars())

    async def hurry(self) -> None:
        """Whoever was never dialled waits a minute, or three where no line outside was free."""
        never_dialled = ListContactRow.state == "retry", ListContactRow.held_by == "", ListContactRow.tries == 0
        async with self.house.appliance.database.transaction() as tx:
            await tx.execute(update(ListContactRow).where(*never_dialled).values(next_at=now()))

    async def ended(self, many: int) -> list[AttemptRow]:
        """Once nothing is open and so many have been called."""
        rows = await self.attempts()
        called = {row.number for row in rows if row.outcome not in ("cancelled", "congestion")}
        if len(called) < many:
            await self.hurry()
        return rows if len(called) == many and all(row.ended_at is not None for row in rows) else []

    async def check(self, numbers: Iterable[int], *, may_be_lost: int = 0) -> Counter[str]:
        """Everybody was called once and came to what the network knows, but for those in whose call all was dark."""
        wanted = list(numbers)
        rows: list[AttemptRow] = await eventually(lambda: self.ended(len(wanted)), PATIENCE_S)
        heard = Counter(behind(line.number) for line in self.pstn.lines.values() if line.answer != 503)
        assert {n: times for n, times in heard.items() if n in wanted and times > 1} == {}
        assert not set(heard) & {*NEVER, *NIGHT}
        told = {behind(row.number): row.outcome for row in rows if row.outcome not in ("cancelled", "congestion")}
        assert set(told) == set(wanted)
        wrong = {n: (said, OUTCOMES[n % 5]) for n, said in told.items() if said != OUTCOMES[n % 5]}
        assert {said for said, _ in wrong.values()} <= {"lost"}, wrong
        assert len(wrong) <= may_be_lost, wrong
        assert {n for n in wanted if n not in heard} <= set(wrong)
        return Counter(told.values())


def _has_number(numbers: list[str]) -> Any:
    theirs = select(ContactNumberRow.contact_id).where(ContactNumberRow.number.in_(numbers))
    return ListContactRow.contact_id.in_(theirs)


@asynccontextmanager
async def a_campaign_house(
    settings: Settings, pstn: Pstn, dialers: Iterable[str], **changes: Any
) -> AsyncIterator[House]:
    await pstn.listen()
    await furnish(settings, site_of(pstn, dialers, **changes))
    async with a_house(settings) as house:
        house.appliance.outbound.dialers.tick_s = 0.1
        await eventually(lambda: trunks_answer(house, "main"))
        yield house
    pstn.close()


def cut(port: int) -> None:
    """Every connection of this process to the port, as if the cable were pulled."""
    for link in Path("/proc/self/fd").iterdir():
        try:
            if not os.readlink(link).startswith("socket:"):
                continue
            end = socket.socket(fileno=os.dup(int(link.name)))
        except OSError:
            continue
        with end:
            if end.type == socket.SOCK_STREAM and end.family == socket.AF_INET and _is_to(end, port):
                end.shutdown(socket.SHUT_RDWR)


def _is_to(end: socket.socket, port: int) -> bool:
    try:
        return bool(end.getpeername()[1] == port)
    except OSError:
        return False


async def keep_cut(port: int) -> None:
    while True:
        cut(port)
        await asyncio.sleep(0.02)
