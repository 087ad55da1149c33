"""What a vendor issues: new, renewed, enlarged, upgraded; and the request that a customer sends."""

import datetime as dt
from typing import Any

import pytest

from appliance.core.license.body import License
from appliance.core.license.document import LicenseError
from appliance.core.license.machine import fingerprint_of
from appliance.core.license.order import Order, make_license, months_after
from appliance.core.license.request import Request, read_request, write_request
from appliance.core.license.sale import check_sale
from tests.licenses import DAY, KEY, NOW, a_license

HERE = fingerprint_of({"machine": "a", "board": "b", "disk": "c"})
OLD = a_license("L-1", features=("quality",), support="Gold", expires_at=NOW + 10 * DAY, machines=(HERE,))
NEW_SEATS = [f"new-{n}" for n in range(50)]


def issued(*previous: License, seats: int | None = None, months: int | None = None, **values: Any) -> License:
    order = Order("L-2", seats, months, values, previous)
    license = make_license(order, key_id="tests", at=NOW, new_seats=NEW_SEATS)
    check_sale(license, KEY, previous[-1] if previous else None)
    return license


def test_a_new_license() -> None:
    license = issued(seats=15, months=12, customer="Acme", edition="omni")
    assert (len(license.seats), license.not_before, license.expires_at) == (15, NOW, NOW.replace(year=2027))
    assert (license.edition, license.replaces) == ("omni", ())


def test_a_renewal_adds_months_to_the_end() -> None:
    license = issued(OLD, months=1)
    assert (license.not_before, license.expires_at) == (OLD.expires_at, dt.datetime(2027, 1, 2, 12, tzinfo=dt.UTC))
    assert (license.seats, license.features, license.support) == (OLD.seats, OLD.features, OLD.support)
    assert (license.machines, license.replaces) == (OLD.machines, ("L-1",))


def test_a_renewal_that_comes_late_begins_now() -> None:
    over = OLD.model_copy(update={"expires_at": NOW - DAY})
    assert issued(over, months=1).not_before == NOW


@pytest.mark.parametrize("fields", [{"seats": 20}, {"edition": "omni"}])
def test_more_of_the_same_until_the_same_end(fields: dict[str, Any]) -> None:
    license = issued(OLD, **fields)
    assert (license.not_before, license.expires_at) == (NOW, OLD.expires_at)
    assert license.seats[:10] == OLD.seats


def test_after_a_trial_everything_is_new() -> None:
    trial = a_license("T", trial=True, customer="Trial", features=("speech",))
    license = issued(trial, seats=10, months=1, customer="Acme", edition="voice")
    assert (license.customer, license.features, license.not_before) == ("Acme", (), NOW)
    assert not set(license.seats) & set(trial.seats)


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({"customer": "Acme", "edition": "voice", "seats": 10}, "until when"),
        ({"customer": "Acme", "edition": "voice", "seats": 12, "months": 1}, "steps of 5"),
        ({"edition": "voice", "seats": 10, "months": 1}, "customer"),
        ({"customer": "Acme", "edition": "voice", "seats": 10, "expires_at": NOW - DAY}, "ends before it begins"),
        ({"customer": "Acme", "edition": "voice", "seats": 10, "expires_at": NOW.replace(year=9999)}, "after the year"),
    ],
)
def test_what_cannot_be_issued(given: dict[str, Any], word: str) -> None:
    with pytest.raises(LicenseError, match=word):
        issued(**given)


def test_a_machine_that_tells_little_of_itself_is_an_exception() -> None:
    """With two properties a new network card would be a new machine."""
    little = fingerprint_of({"machine": "a", "network": "b"})
    values = {"customer": "Acme", "edition": "voice"}
    for exemptions, machine in (((), HERE), (("sale",), little)):
        order = Order("L-2", 10, 1, values | {"exemptions": exemptions}, machines=(machine,))
        assert make_license(order, key_id="tests", at=NOW, new_seats=NEW_SEATS).machines == (machine,)
    with pytest.raises(LicenseError, match="names 2 properties"):
        make_license(Order("L-2", 10, 1, values, machines=(HERE, little)), key_id="tests", at=NOW, new_seats=NEW_SEATS)


@pytest.mark.parametrize(
    ("day", "months", "after"),
    [("2026-01-31", 1, "2026-02-28"), ("2027-12-15", 1, "2028-01-15"), ("2028-02-29", 12, "2029-02-28")],
)
def test_months(day: str, months: int, after: str) -> None:
    assert months_after(dt.datetime.fromisoformat(day), months) == dt.datetime.fromisoformat(after)


def test_a_request_comes_through_mail_and_fits_a_qr_code() -> None:
    request = Request(customer="Té S.A.", seats=25, edition="omni", machine=HERE)
    text = write_request(request)
    assert len(text) < 1200
    assert read_request(text) == request
    assert read_request("Hola\r\n" + text.replace("\n", "\r\n> ")) == request


@pytest.mark.parametrize("text", ["", "x", "-----BEGIN APPLIANCE LICENSE REQUEST-----\nAAAA\n-----END"])
def test_what_is_no_request(text: str) -> None:
    with pytest.raises(LicenseError, match="no request"):
        read_request(text)
