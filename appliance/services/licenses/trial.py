"""The trial that everybody may start once: a licence that this machine signs for itself with the key for trials."""

import asyncio
import datetime as dt
import secrets

from sqlalchemy.ext.asyncio import AsyncSession

from appliance.adapters.vendor_keys import TRIAL, read_trial_key
from appliance.core.license.body import FEATURES, License
from appliance.core.license.document import LicenseError, sign
from appliance.core.license.sale import TRIAL_DAYS, TRIAL_SEATS
from appliance.core.words import N_
from appliance.services.clock import now
from appliance.services.licenses.current import find_installed
from appliance.services.licenses.files import install_file
from appliance.services.licenses.ground import keys_folder, this_machine


async def start_trial(tx: AsyncSession, *, by: str) -> License:
    """Raises LicenseError where anything was installed here before."""
    key = await asyncio.to_thread(read_trial_key, keys_folder())
    if key is None:
        raise LicenseError(N_("This appliance has no key for trials. Ask the vendor for a license."))
    body = await install_file(tx, sign(await _trial(), key), by=by)
    assert isinstance(body, License)  # noqa: S101 - it was made above
    return body


async def _trial() -> License:
    at, here = now(), await this_machine()
    return License(
        key_id=TRIAL,
        issued_at=at,
        license_id=f"TRIAL-{secrets.token_hex(6).upper()}",
        customer="Trial",
        edition="omni",
        model="concurrent",  # whoever is made is tried, without a seat being given first
        seats=tuple(f"T{number:02d}" for number in range(1, TRIAL_SEATS + 1)),
        features=tuple(FEATURES),
        not_before=at,
        expires_at=at + dt.timedelta(days=TRIAL_DAYS),
        grace_days=0,
        machines=(here,) if here else (),
        trial=True,
    )


async def may_start_trial(tx: AsyncSession) -> bool:
    found = await find_installed(tx)
    return not found.installed.licenses and not found.damaged
