"""Between the commit of an attempt and its call somebody changes their mind: nobody is dialled who must not be."""

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.dialing.attempts import Attempt
from appliance.core.site import Site
from appliance.services.clock import now
from appliance.services.dialer.placing import LOOK_AGAIN_S
from appliance.services.emergency import set_emergency
from appliance.services.entities import replace_site
from appliance.store.db import Database
from appliance.store.dialing.attempts import begin_attempts
from appliance.store.dialing.last_look import look_again
from appliance.store.tables.calls import JournalPositionRow, OpenCallRow
from appliance.store.tables.contacts import ContactNumberRow
from appliance.store.tables.dialing import DoNotCallRow, ListContactRow
from tests.ami_server import silence
from tests.app.test_dialer_job import a_floor, ended
from tests.dialing import LIMA, NOON, TOKYO, a_dialer, a_dialing_site, a_wish, add_contacts
from tests.pbx.dialer_site import number_of, set_state
from tests.sites import a_site
from tests.waiting import eventually

Change = Callable[[AsyncSession], Awaitable[object]]
MINUTE = dt.timedelta(minutes=1)
CLOSES = NOON.replace(day=5, hour=1)  # eight in the evening in Lima
NUMBERS = ["+51987654321", "+51987654322"]


async def never_again(tx: AsyncSession, number: str = NUMBERS[0], **fields: object) -> None:
    tx.add(DoNotCallRow(number=number, source="console", created_at=NOON, **fields))


async def talks(tx: AsyncSession, node: str, told: str, *, caller: str = "", ago: dt.timedelta = MINUTE) -> None:
    """A call that the journal of a machine has begun to tell."""
    at = (NOON - ago).timestamp()
    event = f'"CELGenUserEvent","INTERACTION,{told}","1.1","1.1","INTERACTION","{{""extra"":""{told}""}}"'
    line = f'"USER_DEFINED","{at:.6f}","{caller}","","s","routes","PJSIP/trunk-peru-1",{event}'
    tx.add(JournalPositionRow(node=node, journal="cel", inode=1, fingerprint="", offset=0, malformed=0, state={}))
    tx.add(OpenCallRow(node=node, seq=1, call="1.1", text=line))


CHANGES: dict[str, tuple[Change, int]] = {
    "nothing": (lambda _tx: asyncio.sleep(0), 2),
    "a number": (never_again, 1),
    "as it is dialled at home": (lambda tx: never_again(tx, "987654321"), 1),
    "for the campaign": (lambda tx: never_again(tx, campaign="support"), 1),
    "for another campaign": (lambda tx: never_again(tx, campaign="other"), 2),
    "a beginning": (lambda tx: never_again(tx, "+519", is_prefix=True), 0),
    "an entry that has expired": (lambda tx: never_again(tx, expires_at=NOON), 2),
    "another number on the card": (
        lambda tx: tx.execute(
            update(ContactNumberRow).where(ContactNumberRow.number == NUMBERS[0]).values(number="+51987000000")
        ),
        1,
    ),
    "no number on any card": (lambda tx: tx.execute(delete(ContactNumberRow)), 0),
    "the dialer is paused": (lambda tx: set_state(tx, "sales", "paused"), 0),
    "an emergency": (lambda tx: set_emergency(tx, closed=True, by="test"), 0),
    "another machine's agent calls": (lambda tx: talks(tx, "node2", "guid|outbound|987654321|es"), 1),
    "another machine is called": (lambda tx: talks(tx, "node2", "guid|inbound|5001|es", caller="51987654321"), 1),
    "another machine died long ago": (
        lambda tx: talks(tx, "node2", "guid|outbound|987654321|es", ago=dt.timedelta(hours=3)),
        2,
    ),
    "its own journal is no other's": (lambda tx: talks(tx, "local", "guid|outbound|987654321|es"), 2),
    "where they are it is another day": (lambda tx: tx.execute(update(ListContactRow).values(zone=TOKYO)), 0),
}


@pytest.fixture
async def begun(database: Database) -> list[Attempt]:
    dialer, usual = a_dialer(), a_site().model_dump(mode="json")
    calling = a_dialing_site(dialer, country="PE").model_dump(mode="json")
    site = Site.model_validate(
        usual | {name: usual[name] | calling[name] for name in ("general", "lists", "schedules", "dialers")}
    )
    await add_contacts(database, [{"numbers": [number], "zone": LIMA} for number in NUMBERS])
    async with database.transaction() as tx:
        await replace_site(tx, site, by="test", summary="test")
        await set_state(tx, "sales", "running")
        return await begin_attempts(tx, site, dialer, a_wish())


@pytest.mark.parametrize("change", CHANGES)
async def test_who_is_still_called(database: Database, begun: list[Attempt], change: str) -> None:
    what, left = CHANGES[change]
    async with database.transaction() as tx:
        await what(tx)
    async with database.reading() as tx:
        until = await look_again(tx, "sales", begun, NOON + MINUTE)
    assert len(until) == left
    if left == 1:
        assert set(until) == {begun[1].guid}
    async with database.reading() as tx:
        soon = await look_again(tx, "sales", begun, CLOSES - 3 * MINUTE)
        assert set(soon.values()) <= {CLOSES}
        for late in (1, 0, -60):
            assert await look_again(tx, "sales", begun, CLOSES - dt.timedelta(seconds=late)) == {}


async def test_what_is_entered_while_calls_are_placed_holds_for_the_rest(database: Database, tmp_path: Path) -> None:
    async with a_floor(database, tmp_path) as floor:
        floor.server.answer("Originate", silence)
        [first] = await eventually(lambda: floor.server.received("Originate"))
        heard_s = asyncio.get_running_loop().time()
        async with database.transaction() as tx:
            for n in range(10):
                tx.add(DoNotCallRow(number=number_of(n), source="console", created_at=now()))
        await eventually(lambda: asyncio.get_running_loop().time() > heard_s + LOOK_AGAIN_S)
        floor.server.send({"Response": "Success", "ActionID": first["ActionID"]})
        found = await eventually(lambda: ended(floor))
        assert {each.outcome for each in found} == {"cancelled"}
        assert len(found) == len(await floor.attempts()) - 1
        assert floor.server.received("Originate") == [first]


async def test_while_all_is_closed_nobody_is_called_and_the_dialer_says_so(database: Database, tmp_path: Path) -> None:
    async with a_floor(database, tmp_path, agents=0) as floor:
        await eventually(lambda: "No agent" in floor.why())
        async with database.transaction() as tx:
            await set_emergency(tx, closed=True, by="test")
        await eventually(lambda: "closed for an emergency" in floor.why())
        assert await floor.attempts() == []
