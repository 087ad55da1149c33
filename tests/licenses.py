"""A vendor of the tests' own, and licences that it signs."""

import datetime as dt
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from appliance.core.license.body import License
from appliance.core.license.document import VendorKey, sign

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
