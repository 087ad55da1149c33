"""A card got other numbers: what its lists note of them, by position and by time zone, follows."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.dialing.tries import parse_positions, render_positions
from appliance.core.lists.zones import zone_of
from appliance.store.dialing.lanes import change_contacts
from appliance.store.tables.dialing import ListContactRow as Row


async def follow_numbers(tx: AsyncSession, contact_id: int, before: Sequence[str], after: Sequence[str]) -> None:
    """Where a file said where the contact is, it stays there."""
    if before == after:
        return
    moved = {position: after.index(number) for position, number in enumerate(before) if number in after}
    was_in, is_in = _zone(before), _zone(after)
    for row in (await tx.execute(select(Row).where(Row.contact_id == contact_id).with_for_update())).scalars():
        bad = frozenset(moved[each] for each in parse_positions(row.bad_positions) if each in moved)
        new = {"position": moved.get(row.position, row.position), "bad_positions": render_positions(bad)}
        zone = is_in if row.zone == was_in else row.zone
        await change_contacts(tx, row.list, [{"of_contact": contact_id, "zone": zone} | new])


def _zone(numbers: Sequence[str]) -> str:
    return zone_of(numbers[0]) if numbers else ""
