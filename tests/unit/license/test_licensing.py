"""What is allowed at an instant, and why somebody is refused."""

import datetime as dt
from typing import Any

import pytest

from appliance.core.license.body import License, Revocations
from appliance.core.license.clock import Mark
from appliance.core.license.licensing import (
    Installed,
    Licensing,
    licensing,
    seated,
    unseated,
    warning_due,
    why_closed,
    why_no_seat,
    why_not_installable,
)
from appliance.core.license.machine import fingerprint_of
from appliance.core.license.seats import Seat, assigned
from tests.licenses import DAY, NOW, a_license

HERE = fingerprint_of({"machine": "here", "board": "1", "disk": "2"})
ELSEWHERE = fingerprint_of({"machine": "there", "board": "8", "disk": "9"})
END = NOW + 365 * DAY
GRACE_END = END + 15 * DAY


def installed(*licenses: License, **fields: Any) -> Installed:
    seats = {
        n: assigned(licenses[0], Seat(n), agent, at=NOW, by="") for n, agent in (("seat-1", "ana"), ("seat-2", "luis"))
    }
    values = {"revocations": None, "seats": seats, "mark": Mark(NOW), "here": HERE}
    return Installed(licenses, **values | fields)


def at(now: dt.datetime, *licenses: License, **fields: Any) -> Licensing:
    return licensing(installed(*(licenses or (a_license(),)), **fields), now)


def revoked(*licenses: str, seats: tuple[str, ...] = ()) -> Revocations:
    return Revocations(key_id="tests", issued_at=NOW, number=1, licenses=licenses, seats=seats)


SECOND, HOUR = dt.timedelta(seconds=1), dt.timedelta(hours=1)


@pytest.mark.parametrize(
    ("now", "phase", "is_open", "days_left"),
    [
        (NOW, "valid", True, 365),
        (END - SECOND, "valid", True, 1),
        (END, "grace", True, 15),
        (GRACE_END - SECOND, "grace", True, 1),
        (GRACE_END, "over", False, 0),
        (GRACE_END + 900 * DAY, "over", False, 0),
    ],
)
def test_the_life_of_a_license(now: dt.datetime, phase: str, is_open: bool, days_left: int) -> None:
    found = at(now)
    assert (found.phase, found.is_open, found.days_left) == (phase, is_open, days_left)
    assert found.channels == (50 if is_open else 0)
    assert (why_closed(found) is None) is is_open


def test_a_license_that_has_not_begun() -> None:
    found = at(NOW, a_license(not_before=NOW + DAY))
    assert found.phase == "early"
    assert "begins on 2026-11-23" in (why_closed(found) or pytest.fail("open")).text()


def test_without_a_license_it_is_said_what_to_do() -> None:
    found = licensing(Installed((), None, {}, Mark(), HERE), NOW)
    refusal = why_no_seat(found, "ana", 0)
    assert refusal is not None
    assert (refusal.reason, found.phase, found.channels) == ("none", "none", 0)
    assert "starts the trial" in refusal.text()


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"revocations": revoked("L-1")}, "revoked"),
        ({"here": ELSEWHERE}, "machine"),
        ({}, None),
    ],
)
def test_a_license_that_counts_for_nothing(fields: dict[str, Any], reason: str | None) -> None:
    refusal = why_no_seat(at(NOW, a_license(machines=(HERE,)), **fields), "ana", 0)
    assert (refusal.reason if refusal else None) == reason


@pytest.mark.parametrize(("agent", "reason"), [("ana", None), ("luis", "no_seat"), ("rosa", "no_seat")])
def test_named_seats(agent: str, reason: str | None) -> None:
    refusal = why_no_seat(at(NOW, revocations=revoked(seats=("seat-2",))), agent, 50)
    assert (refusal.reason if refusal else None) == reason


@pytest.mark.parametrize(("others", "is_in"), [(0, True), (2, True), (3, False), (4, False)])
def test_log_ins_at_the_same_time(others: int, is_in: bool) -> None:
    three = a_license(model="concurrent", seats=("seat-1", "seat-2", "seat-3"))
    refusal = why_no_seat(at(NOW, three), "ana", others)
    assert (refusal is None) is is_in
    assert refusal is None or refusal.text() == "All 3 places are taken. Log in when somebody has logged out."


def test_who_is_in_the_queues() -> None:
    named = at(NOW)
    assert seated(named, ["rosa", "ana"]) == {"ana"}
    assert unseated(named, ["ana", "luis", "rosa"], ["ana"]) == {"rosa"}
    two = at(NOW, a_license(model="concurrent", seats=("seat-1", "seat-2")))
    assert seated(two, ["rosa", "ana", "luis"]) == {"rosa", "ana"}
    assert unseated(two, ["ana", "luis", "rosa"], ["rosa"]) == {"ana", "luis"}


def test_the_end_takes_nobody_out_of_a_queue() -> None:
    assert seated(at(GRACE_END + DAY), ["ana"]) == {"ana"}
    assert seated(licensing(Installed((), None, {}, Mark(), HERE), NOW), ["ana"]) == {"ana"}
    assert seated(at(NOW, revocations=revoked("L-1")), ["ana"]) == set()


def test_a_renewal_takes_over_without_a_gap() -> None:
    later = a_license("L-2", replaces=("L-1",), not_before=END, expires_at=END + 365 * DAY)
    for now, number in ((NOW, "L-1"), (END - SECOND, "L-1"), (END, "L-2")):
        found = at(now, a_license(), later)
        assert found.license is not None
        assert (found.license.license_id, found.phase) == (number, "valid")
    gone = at(END, a_license(), later, revocations=revoked("L-2"))
    assert (gone.license, gone.why_none and gone.why_none.reason) == (None, "revoked")


def test_an_upgrade_ends_where_an_earlier_renewal_begins() -> None:
    later = a_license("L-2", replaces=("L-1",), not_before=END, expires_at=END + 365 * DAY)
    upgrade = a_license("L-3", replaces=("L-1",), edition="omni", not_before=NOW + DAY)
    for now, number in ((NOW, "L-1"), (NOW + DAY, "L-3"), (END, "L-2"), (END + 900 * DAY, "L-3")):
        found = at(now, a_license(), later, upgrade)
        assert found.license is not None
        assert found.license.license_id == number


def test_a_trial_counts_on_a_new_appliance_only() -> None:
    """One that was put into the database by hand brings no ended licence back."""
    trial = a_license("T", trial=True, not_before=GRACE_END, expires_at=GRACE_END + 30 * DAY)
    found = at(GRACE_END, a_license(), trial)
    assert (found.license and found.license.license_id, found.phase) == ("L-1", "over")
    assert at(GRACE_END, trial, a_license("L-2", expires_at=GRACE_END + DAY)).phase == "valid"


def test_a_clock_that_was_set_back_changes_nothing() -> None:
    valid = at(NOW - 500 * DAY)
    assert (valid.phase, valid.is_clock_back) == ("valid", True)
    over = at(NOW, mark=Mark(GRACE_END))
    assert (over.phase, over.is_clock_back) == ("over", True)
    good_for_the_later = at(NOW, mark=Mark(END - DAY))
    assert (good_for_the_later.phase, good_for_the_later.days_left) == ("valid", 1)


def test_no_clock_is_before_the_day_on_which_the_vendor_signed() -> None:
    """A battery that is empty: the clock begins in 2000, and the licence is new."""
    dawn = NOW - 9000 * DAY
    found = at(dawn, mark=Mark())
    assert (found.phase, found.judged_at, found.is_clock_back) == ("valid", NOW, True)
    assert why_no_seat(found, "ana", 0) is None
    assert at(NOW - HOUR / 2, mark=Mark()).phase == "valid"  # the vendor's clock is ahead
    assert not at(NOW - HOUR / 2, mark=Mark()).is_clock_back
    renewal = a_license("L-2", replaces=("L-1",), issued_at=END)
    assert at(dawn, a_license(), renewal, mark=Mark(dawn)).judged_at == END
    trial = a_license(trial=True, issued_at=END)
    assert at(NOW, trial, mark=Mark()).judged_at == NOW
    right = renewal.model_copy(update={"license_id": "L-3", "issued_at": NOW, "exemptions": ("clock",)})
    assert at(NOW, a_license(), renewal, right, mark=Mark(NOW)).judged_at == NOW


@pytest.mark.parametrize(
    ("days", "warning"),
    [(100, None), (31, None), (30, 30), (15, 30), (14, 14), (7, 7), (4, 7), (3, 3), (2, 3), (1, 1), (0, 0), (-30, 0)],
)
def test_warnings(days: int, warning: int | None) -> None:
    assert warning_due(at(END - days * DAY)) == warning


def test_features() -> None:
    assert at(NOW, a_license(features=("quality",))).has("quality")
    assert not at(NOW, a_license(features=("quality",))).has("speech")
    assert not at(GRACE_END, a_license(features=("quality",))).has("quality")


NEW = {"replaces": ("L-1",)}


@pytest.mark.parametrize(
    ("fields", "more", "reason"),
    [
        (NEW, {}, None),
        ({}, {}, "beside"),
        ({"license_id": "L-1"}, {}, "twice"),
        ({"license_id": "L-0"}, {}, "replaced"),
        (NEW | {"machines": (ELSEWHERE,)}, {}, "machine"),
        (NEW | {"machines": (ELSEWHERE, HERE)}, {}, None),
        (NEW, {"revocations": revoked("L-2")}, "revoked"),
        (NEW | {"expires_at": NOW + DAY, "grace_days": 0}, {"mark": Mark(NOW + 2 * DAY)}, "over"),
        (
            NEW | {"expires_at": NOW + DAY, "grace_days": 0, "exemptions": ("clock",)},
            {"mark": Mark(NOW + 2 * DAY)},
            None,
        ),
        ({"trial": True}, {}, "trial"),
        ({}, {"mark": Mark(GRACE_END - DAY)}, "beside"),
    ],
)
def test_what_may_be_installed(fields: dict[str, Any], more: dict[str, Any], reason: str | None) -> None:
    license = a_license(**{"license_id": "L-2"} | fields)
    refusal = why_not_installable(license, installed(a_license(replaces=("L-0",)), **more), NOW)
    assert (refusal.reason if refusal else None) == reason


def test_after_a_trial_or_the_end_any_license_may_come() -> None:
    assert why_not_installable(a_license("L-2"), installed(a_license(trial=True)), NOW) is None
    late = a_license("L-2", not_before=NOW, expires_at=END + 900 * DAY)
    assert why_not_installable(late, installed(a_license()), GRACE_END) is None
