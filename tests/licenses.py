"""A vendor of the tests' own, and licences that it signs."""

import datetime as dt
import os
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.license.body import License
from appliance.core.license.document import VendorKey, sign
from appliance.services.clock import now
from appliance.services.licenses.files import install_file
from appliance.services.licenses.ground import use_keys

PRIVATE = Ed25519PrivateKey.generate()
KEY = VendorKey("tests", PRIVATE.public_key().public_bytes_raw())
TRIAL_PRIVATE = Ed25519PrivateKey.generate()
TRIAL_KEY = VendorKey("trial", TRIAL_PRIVATE.public_key().public_bytes_raw(), is_trial=True)
KEYRING = (KEY, TRIAL_KEY)
NOW = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


def a_license(number: str = "L-1", **fields: Any) -> License:
    values = {
        "key_id": "tests",
        "issued_at": NOW,
        "license_id": number,
        "customer": "Tea & Co.",
        "edition": "voice",
        "seats": tuple(f"seat-{n}" for n in range(1, 11)),
        "not_before": NOW,
        "expires_at": NOW + 365 * DAY,
    }
    return License.model_validate(values | fields)


def a_signed_license(number: str = "L-1", **fields: Any) -> str:
    return sign(a_license(number, **fields), PRIVATE)


def write_keys(folder: Path) -> Path:
    """The vendor's folder, for this process and those that it starts."""
    folder.mkdir(parents=True, exist_ok=True)
    trial = TRIAL_PRIVATE.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "trial.private").write_bytes(trial)
    for name, private in (("tests", PRIVATE), ("trial", TRIAL_PRIVATE)):
        public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        (folder / f"{name}.pub").write_bytes(public)
    os.environ["APPLIANCE_LICENSE_KEYS"] = str(folder)
    use_keys(folder)
    return folder


async def install_license(tx: AsyncSession, number: str = "L-1", **fields: Any) -> License:
    """From yesterday, for a year, and everybody may log in where nothing else is said."""
    use_keys(Path(os.environ["APPLIANCE_LICENSE_KEYS"]))  # a command that ran here before may have used others
    begin = now() - DAY
    seats = tuple(f"seat-{n}" for n in range(1, 1001))
    usual = {"model": "concurrent", "seats": seats, "channels_per_agent": 10}
    dates = {"issued_at": begin, "not_before": begin, "expires_at": begin + 365 * DAY}
    license = a_license(number, **usual | dates | fields)
    await install_file(tx, sign(license, PRIVATE), by="test")
    return license
