"""Gives seats to people and takes them back; each change is in the audit trail."""

from collections.abc import Iterable

from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.license.body import License
from appliance.core.license.document import LicenseError
from appliance.core.license.licensing import Licensing, licensing
from appliance.core.license.seats import Seat, assigned
from appliance.core.words import N_
from appliance.services.clock import now
from appliance.services.errors import NotFound
from appliance.services.licenses.current import find_installed
from appliance.services.users.trail import audit
from appliance.store import licenses as store
from appliance.store.site import load_entity

SECTION = "licenses"


async def give_seat(tx: AsyncSession, seat_id: str, agent: str, *, by: str) -> None:
    """Raises LicenseError where the seat is not the licence's, or was moved too often."""
    await store.lock_state(tx)
    if await load_entity(tx, "agents", agent) is None:
        raise NotFound(f"agents.{agent}")
    current, seats = await _current(tx)
    if agent in current.holders:
        held = current.holders[agent].seat_id
        if held == seat_id:
            return
        raise LicenseError(N_("{agent} has seat {seat} already."), agent=agent, seat=held)
    await _give(tx, _license(current), _seat(current, seats, seat_id), agent=agent, by=by)


async def free_seat(tx: AsyncSession, seat_id: str, *, by: str) -> None:
    await store.lock_state(tx)
    current, seats = await _current(tx)
    await _give(tx, _license(current), _seat(current, seats, seat_id), agent="", by=by)


async def give_free_seats(tx: AsyncSession, agents: Iterable[str], *, by: str) -> list[str]:
    """To whoever has none, in this order and as far as seats are free; nobody loses one, and none is moved: a seat
    that belonged to somebody before is given by hand only. Returns who got one."""
    await store.lock_state(tx)
    current, seats = await _current(tx)
    if current.license is None or current.license.model != "named" or not current.is_open:
        return []
    untouched = [seat_id for seat_id in free_seats(current) if seat_id not in seats]
    lucky = [agent for agent in agents if agent not in current.holders][: len(untouched)]
    for seat_id, agent in zip(untouched, lucky, strict=False):
        await _give(tx, current.license, Seat(seat_id), agent=agent, by=by)
    return lucky


def free_seats(current: Licensing) -> list[str]:
    held = {seat.seat_id for seat in current.holders.values()}
    license, revoked = current.license, current.revoked_seats
    return [seat_id for seat_id in license.seats if seat_id not in held | revoked] if license else []


async def _current(tx: AsyncSession) -> tuple[Licensing, dict[str, Seat]]:
    found = await find_installed(tx)
    return licensing(found.installed, now()), dict(found.installed.seats)


def _license(current: Licensing) -> License:
    if current.license is None:
        raise LicenseError(N_("No license is installed, so there are no seats to give."))
    return current.license


def _seat(current: Licensing, seats: dict[str, Seat], seat_id: str) -> Seat:
    license = _license(current)
    if seat_id not in license.seats:
        raise LicenseError(N_("License {number} has no seat {seat}."), number=license.license_id, seat=seat_id)
    if seat_id in current.revoked_seats:
        raise LicenseError(N_("Seat {seat} was revoked by the vendor."), seat=seat_id)
    return seats.get(seat_id, Seat(seat_id))


async def _give(tx: AsyncSession, license: License, seat: Seat, *, agent: str, by: str) -> None:
    after = assigned(license, seat, agent, at=now(), by=by)
    if after != seat:
        await store.save_seats(tx, [after])
        action = "give seat" if agent else "free seat"
        await audit(tx, action, seat.seat_id, by, section=SECTION, before={"agent": seat.agent}, after={"agent": agent})
