"""The rules of sale, checked when a licence is issued and again when it is installed."""

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator

from appliance.core.license.body import Body, License
from appliance.core.license.document import Keyring, LicenseError, VendorKey, open_document
from appliance.core.words import N_

MIN_SEATS = 10
STEP = 5
TRIAL_DAYS = 30
TRIAL_SEATS = 10


def open_signed(text: str, keyring: Keyring) -> tuple[Body, VendorKey]:
    """A document and the key that signed it, which was allowed to. Raises LicenseError."""
    body = open_document(text, keyring)
    key = next(each for each in keyring if each.key_id == body.key_id)
    if key.is_trial:
        _check_trial(body)
    return body, key


def check_sale(license: License, key: VendorKey, previous: License | None) -> None:
    """`previous` is the licence that this one replaces, where it is known. Raises LicenseError."""
    if key.is_trial:
        _check_trial(license)
    if not license.trial and "sale" not in license.exemptions:
        _check_seats(len(license.seats))
    if previous is not None and not previous.trial:
        _check_successor(license, previous)


def _check_trial(license: Body) -> None:
    """Everybody has the key that signs trials."""
    if not isinstance(license, License):
        raise LicenseError(N_("This list of revocations is signed with the key for trials, which is not good for it."))
    length = license.ends_at - min(license.not_before, license.issued_at)
    if (
        not license.trial
        or len(license.seats) > TRIAL_SEATS
        or length > dt.timedelta(days=TRIAL_DAYS)
        or license.exemptions
        or license.replaces
    ):
        message = N_("This license is signed with the key for trials, which is good for {seats} seats and {days} days.")
        raise LicenseError(message, seats=TRIAL_SEATS, days=TRIAL_DAYS)


def _check_seats(seats: int) -> None:
    if seats < MIN_SEATS:
        raise LicenseError(
            N_("A license has at least {least} seats; this one has {seats}."), least=MIN_SEATS, seats=seats
        )
    if seats % STEP:
        raise LicenseError(N_("Seats are sold in steps of {step}; {seats} is not one."), step=STEP, seats=seats)


def _check_successor(license: License, previous: License) -> None:
    if license.customer != previous.customer:
        message = N_("License {old} belongs to {customer}; only a license for the same customer can replace it.")
        raise LicenseError(message, old=previous.license_id, customer=previous.customer)
    if license.issued_at < previous.issued_at and "clock" not in license.exemptions:
        message = N_("License {new} is older than {old}, which it would replace.")
        raise LicenseError(message, new=license.license_id, old=previous.license_id)
    if "sale" in license.exemptions:
        return
    if (previous.edition, license.edition) == ("omni", "voice"):
        raise LicenseError(
            N_("License {old} is for all channels; it cannot go back to voice."), old=previous.license_id
        )
    if license.not_before > max(previous.expires_at, license.issued_at):
        message = N_("License {old} ends on {end:%Y-%m-%d}; the one that renews it may not begin later.")
        raise LicenseError(message, old=previous.license_id, end=previous.expires_at)
    if license.expires_at < previous.expires_at:
        message = N_("License {old} is good until {end:%Y-%m-%d}; the one that replaces it must last as long.")
        raise LicenseError(message, old=previous.license_id, end=previous.expires_at)


def replaced_ids(licenses: Collection[License]) -> set[str]:
    return {old for license in licenses for old in license.replaces}


def previous_of(license: License, installed: Collection[License]) -> License | None:
    """Of those that it replaces the newest."""
    return newest(each for each in installed if each.license_id in license.replaces)


def newest(licenses: Iterable[License]) -> License | None:
    return max(licenses, key=lambda each: each.issued_at, default=None)


def changes(license: License, previous: License | None) -> Iterator[tuple[str, str, str]]:
    """What becomes different: a title, before, after."""
    for title, show in _SHOWN.items():
        before, after = ("" if previous is None else show(previous)), show(license)
        if before != after:
            yield title, before, after


_SHOWN: dict[str, Callable[[License], str]] = {
    N_("License"): lambda license: license.license_id,
    N_("Customer"): lambda license: license.customer,
    N_("Edition"): lambda license: license.edition,
    N_("Seats"): lambda license: str(len(license.seats)),
    N_("Model"): lambda license: license.model,
    N_("Channels per agent"): lambda license: str(license.channels_per_agent),
    N_("Features"): lambda license: ", ".join(sorted(license.features)),
    N_("Support"): lambda license: license.support,
    N_("Valid from"): lambda license: f"{license.not_before:%Y-%m-%d}",
    N_("Valid until"): lambda license: f"{license.expires_at:%Y-%m-%d}",
    N_("Days of grace"): lambda license: str(license.grace_days),
}
