"""The rules of sale, as tables."""

import datetime as dt
from typing import Any

import pytest

from appliance.core.license.document import LicenseError
from appliance.core.license.sale import changes, check_sale, previous_of
from tests.licenses import DAY, KEY, NOW, TRIAL_KEY, a_license


def seats(number: int) -> tuple[str, ...]:
    return tuple(f"seat-{n}" for n in range(number))


def refusal(*arguments: Any) -> str:
    try:
        check_sale(*arguments)
    except LicenseError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("number", "fields", "word"),
    [
        (10, {}, ""),
        (15, {}, ""),
        (500, {"edition": "omni"}, ""),
        (5, {}, "at least 10"),
        (9, {}, "at least 10"),
        (12, {}, "steps of 5"),
        (3, {"exemptions": ("sale",)}, ""),
        (3, {"exemptions": ("clock",)}, "at least 10"),
        (3, {"trial": True}, ""),
    ],
)
def test_how_many_seats_are_sold(number: int, fields: dict[str, Any], word: str) -> None:
    text = refusal(a_license(seats=seats(number), **fields), KEY, None)
    assert word in text if word else not text


TRIAL = {"key_id": "trial", "trial": True, "grace_days": 0, "expires_at": NOW + 30 * DAY}


@pytest.mark.parametrize(
    ("fields", "is_good"),
    [
        ({}, True),
        ({"seats": seats(10)}, True),
        ({"seats": seats(11)}, False),
        ({"trial": False}, False),
        ({"expires_at": NOW + 31 * DAY}, False),
        ({"grace_days": 1}, False),
        ({"not_before": NOW + DAY, "expires_at": NOW + 31 * DAY}, False),  # signed now, to be used later
        ({"exemptions": ("sale",)}, False),
        ({"exemptions": ("clock",)}, False),
        ({"replaces": ("L-0",)}, False),
    ],
)
def test_the_key_that_everybody_has_is_good_for_a_short_trial(fields: dict[str, Any], is_good: bool) -> None:
    assert (refusal(a_license(**TRIAL | fields), TRIAL_KEY, None) == "") is is_good


OLD = a_license(
    "L-0", edition="voice", not_before=NOW - 300 * DAY, issued_at=NOW - 300 * DAY, expires_at=NOW + 65 * DAY
)
NEXT = {"replaces": ("L-0",), "not_before": OLD.expires_at, "expires_at": OLD.expires_at + 30 * DAY}


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({}, ""),
        ({"not_before": NOW}, ""),
        ({"edition": "omni"}, ""),
        ({"seats": seats(15)}, ""),
        ({"not_before": OLD.expires_at + dt.timedelta(seconds=1)}, "may not begin later"),
        ({"not_before": NOW, "expires_at": OLD.expires_at - DAY}, "must last as long"),
        ({"customer": "Coffee Ltd."}, "same customer"),
        ({"issued_at": NOW - 301 * DAY}, "older"),
        ({"issued_at": NOW - 301 * DAY, "exemptions": ("sale",)}, "older"),
        ({"issued_at": NOW - 301 * DAY, "exemptions": ("clock",)}, ""),  # the vendor's own clock was wrong once
        ({"not_before": OLD.expires_at + DAY, "exemptions": ("sale",)}, ""),
        ({"not_before": NOW, "expires_at": NOW + DAY, "exemptions": ("sale",)}, ""),
    ],
)
def test_a_renewal_leaves_no_gap(fields: dict[str, Any], word: str) -> None:
    text = refusal(a_license(**NEXT | fields), KEY, OLD)
    assert word in text if word else not text


def test_all_channels_do_not_go_back_to_voice() -> None:
    omni = OLD.model_copy(update={"edition": "omni"})
    assert "cannot go back" in refusal(a_license(**NEXT), KEY, omni)
    assert not refusal(a_license(**NEXT | {"exemptions": ("sale",)}), KEY, omni)


def test_a_late_renewal_may_begin_when_it_is_issued() -> None:
    over = OLD.model_copy(update={"expires_at": NOW - 90 * DAY})
    assert not refusal(a_license(**NEXT | {"not_before": NOW}), KEY, over)
    assert "may not begin later" in refusal(a_license(**NEXT | {"not_before": NOW + DAY}), KEY, over)


def test_after_a_trial_anything_may_come() -> None:
    trial = OLD.model_copy(update={"trial": True, "customer": "Trial"})
    assert not refusal(a_license(replaces=("L-0",)), KEY, trial)


def test_what_a_license_changes_is_named() -> None:
    license = a_license(**NEXT | {"edition": "omni", "seats": seats(15)})
    assert previous_of(license, [OLD]) == OLD
    assert {title: (before, after) for title, before, after in changes(license, OLD)} == {
        "License": ("L-0", "L-1"),
        "Edition": ("voice", "omni"),
        "Seats": ("10", "15"),
        "Valid from": ("2026-01-26", "2027-01-26"),
        "Valid until": ("2027-01-26", "2027-02-25"),
    }
