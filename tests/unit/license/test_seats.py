"""Seats: given, freed, moved, carried over; and lines of the database that nobody here wrote."""

from dataclasses import replace

import pytest

from appliance.core.license.document import LicenseError
from appliance.core.license.seats import Seat, assigned, carried_over, genuine, holders, moves_left
from tests.licenses import DAY, NOW, a_license

LICENSE = a_license(moves=2)
FREE = Seat("seat-1")


def given(seat: Seat, agent: str, days: float = 0) -> Seat:
    return assigned(LICENSE, seat, agent, at=NOW + days * DAY, by="eva")


def test_the_first_person_is_no_move() -> None:
    ana = given(FREE, "ana")
    assert (ana.agent, ana.since_at, ana.by, moves_left(LICENSE, ana, NOW)) == ("ana", NOW, "eva", 2)


def test_a_seat_moves_so_often_and_no_more() -> None:
    seat = given(given(given(FREE, "ana"), "luis", 1), "rosa", 2)
    assert moves_left(LICENSE, seat, NOW + 2 * DAY) == 0
    with pytest.raises(LicenseError, match=r"moved 2 times within 30 days\. It can be moved again on 2026-12-23"):
        given(seat, "juan", 3)
    assert given(seat, "juan", 31.5).agent == "juan"


def test_a_seat_that_was_free_in_between_has_moved_too() -> None:
    seat = FREE
    for day, agent in enumerate(("ana", "luis", "rosa")):
        seat = given(given(seat, agent, day), "", day + 0.5)
    with pytest.raises(LicenseError):
        given(seat, "juan", 4)
    assert given(seat, "rosa", 4).agent == "rosa"  # given back to who had it


def test_a_license_may_allow_no_move() -> None:
    fixed = a_license(moves=0)
    with pytest.raises(LicenseError, match="stay with"):
        assigned(fixed, given(FREE, "ana"), "luis", at=NOW + DAY, by="eva")


def test_a_line_that_was_written_by_hand_counts_for_nothing() -> None:
    ana, luis = given(FREE, "ana"), given(Seat("seat-2"), "luis")
    moved = given(given(Seat("seat-3"), "rosa"), "juan", 1)
    bad = [
        replace(ana, seat_id="seat-99").sealed(),  # a seat that nobody signed
        replace(luis, agent="eva"),
        replace(moved, moved_at=()),
        Seat("seat-4", "max"),
    ]
    good, refused = genuine([ana, *bad], [LICENSE])
    assert list(good) == ["seat-1"]
    assert refused == bad


def test_who_holds_what() -> None:
    seats = {n: given(Seat(n), agent) for n, agent in (("seat-1", "ana"), ("seat-2", "luis"), ("seat-3", "ana"))}
    assert {agent: seat.seat_id for agent, seat in holders(LICENSE, seats, ()).items()} == {
        "ana": "seat-1",
        "luis": "seat-2",
    }
    assert list(holders(LICENSE, seats, ("seat-2",))) == ["ana"]


def test_a_new_license_keeps_who_has_a_seat() -> None:
    ana, luis = given(FREE, "ana"), given(Seat("seat-2"), "luis")
    seats = {each.seat_id: each for each in (ana, luis)}
    same = a_license("L-2", seats=(*LICENSE.seats, "seat-11", "seat-12"))
    assert carried_over(same, {"ana": ana, "luis": luis}, seats) == []
    other = a_license("L-2", seats=("new-1", "new-2"))
    carried = carried_over(other, {"ana": ana, "luis": luis}, seats)
    assert [(each.seat_id, each.agent, each.since_at) for each in carried] == [
        ("new-1", "ana", NOW),
        ("new-2", "luis", NOW),
    ]
    assert all(each.is_genuine for each in carried)
    smaller = a_license("L-2", seats=("seat-2", "new-1"))
    assert [(each.seat_id, each.agent) for each in carried_over(smaller, {"ana": ana, "luis": luis}, seats)] == [
        ("new-1", "ana")
    ]
