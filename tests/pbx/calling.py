"""A house that calls out, as tests ask it: all contacts called, how each call ended, and whether its trunks answer."""

from dataclasses import dataclass

from sqlalchemy import select

from appliance.store.tables.dialing import AttemptRow
from tests.house import House
from tests.pbx.dialer_site import add_contacts, behind, set_state
from tests.waiting import eventually


@dataclass
class Calling:
    house: House

    async def run(self, dialer: str, *numbers: int, cancelled: bool = False) -> dict[int, AttemptRow]:
        """All contacts called, and how each call ended; who was `cancelled` is waited for unless that is wished."""
        async with self.house.appliance.database.transaction() as tx:
            await add_contacts(tx, dialer, numbers)
            await set_state(tx, dialer, "running")
        try:
            found: dict[int, AttemptRow] = await eventually(
                lambda: self.ended(dialer, *numbers, cancelled=cancelled), 60
            )
        finally:
            async with self.house.appliance.database.transaction() as tx:
                await set_state(tx, dialer, "paused")
        return found

    async def ended(self, dialer: str, *numbers: int, cancelled: bool = False) -> dict[int, AttemptRow]:
        """The last attempt of each of them, once all have one that is over."""
        async with self.house.appliance.database.reading() as tx:
            query = select(AttemptRow).where(AttemptRow.dialer == dialer, AttemptRow.ended_at.is_not(None))
            if not cancelled:
                query = query.where(AttemptRow.outcome != "cancelled")
            rows = {
                behind(row.number): row for row in (await tx.execute(query.order_by(AttemptRow.begun_at))).scalars()
            }
        return {number: rows[number] for number in numbers} if rows.keys() >= {*numbers} else {}


async def trunks_answer(house: House, *trunks: str) -> bool:
    """They were asked while this process was busy with other things."""
    ami, found = house.appliance.node.ami, list[str]()
    for trunk in trunks:
        await ami.action("PJSIPQualify", Endpoint=f"trunk-{trunk}")
        told = await ami.list("PJSIPShowEndpoint", Endpoint=f"trunk-{trunk}")
        found += [item["Status"] for item in told if "Status" in item]
    return found == ["Reachable"] * len(trunks)
