"""Installs a licence or a list of revocations: what it would change, and then all of it or nothing."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.license.body import Body, License, Revocations
from appliance.core.license.clock import Mark
from appliance.core.license.document import LicenseError, VendorKey, plain
from appliance.core.license.licensing import Installed, Licensing, licensing, why_not_installable
from appliance.core.license.sale import changes, check_sale, open_signed, previous_of
from appliance.core.license.seats import carried_over
from appliance.core.words import N_
from appliance.services.clock import now
from appliance.services.licenses.current import find_installed
from appliance.services.licenses.ground import keyring
from appliance.services.licenses.seats import SECTION, give_free_seats
from appliance.services.users.trail import audit
from appliance.store import licenses as store
from appliance.store.snapshots import load_snapshot


class Preview(NamedTuple):
    """What a file would change: lines of title, before and after, and who would have no seat any more."""

    body: Body
    changes: list[tuple[str, str, str]]
    losers: list[str]


async def preview_file(tx: AsyncSession, text: str) -> Preview:
    """Raises LicenseError where it would not be installed."""
    body, key = await _open(text)
    found = await find_installed(tx)
    current = licensing(found.installed, now())
    if isinstance(body, Revocations):
        _check_list(body, found.installed)
        return Preview(body, _revoked(body, found.installed), _revoked_people(body, current))
    previous = _check(body, key, found.installed)
    carried = {each.agent for each in carried_over(body, current.holders, found.installed.seats)}
    kept = {seat.agent for seat in found.installed.seats.values() if seat.seat_id in body.seats}
    losers = sorted(current.holders.keys() - carried - kept) if body.model == "named" else []
    return Preview(body, list(changes(body, previous or current.license)), losers)


async def install_file(tx: AsyncSession, text: str, *, by: str) -> Body:
    """Raises LicenseError. Who has a seat keeps one; seats that nobody ever had go to agents without one."""
    body, key = await _open(text)
    await store.lock_state(tx)
    found = await find_installed(tx)
    if isinstance(body, Revocations):
        _check_list(body, found.installed)
        await _store(tx, body, text, by)
        return body
    _check(body, key, found.installed)
    before = licensing(found.installed, now())
    await _store(tx, body, text, by)
    if "clock" in body.exemptions:
        await store.save_mark(tx, Mark(now()))
    await store.save_seats(tx, carried_over(body, before.holders, found.installed.seats))
    await give_free_seats(tx, sorted((await load_snapshot(tx)).site.agents), by=by)
    return body


async def audit_refusal(tx: AsyncSession, error: LicenseError, *, by: str) -> None:
    """In a transaction of its own: that of the attempt is rolled back."""
    await audit(tx, "refuse license file", "", by, section=SECTION, after={"reason": str(error)[:400]})


async def _open(text: str) -> tuple[Body, VendorKey]:
    return open_signed(text, await keyring())


def _check(license: License, key: VendorKey, installed: Installed) -> License | None:
    refusal = why_not_installable(license, installed, now())
    if refusal is not None:
        raise LicenseError(refusal.message, **refusal.context)
    previous = previous_of(license, installed.licenses)
    check_sale(license, key, previous)
    return previous


def _check_list(body: Revocations, installed: Installed) -> None:
    old = installed.revocations
    if old is not None and body.number <= old.number:
        message = N_("List {old} of revocations is installed; this one, {new}, is not newer.")
        raise LicenseError(message, old=old.number, new=body.number)


def _revoked(body: Revocations, installed: Installed) -> list[tuple[str, str, str]]:
    old = installed.revocations
    before, after = (set(old.licenses) if old else set(), set(body.licenses))
    seats_before, seats_after = (set(old.seats) if old else set(), set(body.seats))
    lines = [(N_("Revoked licenses"), before, after), (N_("Revoked seats"), seats_before, seats_after)]
    return [(title, _listed(was), _listed(becomes)) for title, was, becomes in lines if was != becomes]


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names)[:20]) + (" ..." if len(names) > 20 else "")


def _revoked_people(body: Revocations, current: Licensing) -> list[str]:
    if current.license is not None and current.license.license_id in body.licenses:
        return sorted(current.holders)
    return sorted(agent for agent, seat in current.holders.items() if seat.seat_id in body.seats)


async def _store(tx: AsyncSession, body: Body, text: str, by: str) -> None:
    number = body.license_id if isinstance(body, License) else str(body.number)
    await store.insert_file(tx, store.LicenseFile(body.kind, number, plain(text), now(), by[:80]))
    await audit(tx, f"install {body.kind}", number, by, section=SECTION, after=_told(body))


def _told(body: Body) -> Mapping[str, Any]:
    values = body.model_dump(mode="json", exclude={"machines", "seats"})
    return values | {"seats": len(body.seats)}
