"""Who holds which seat: assigned, freed, moved not too often, and carried over to a new licence."""

import datetime as dt
import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from appliance.core.license.body import MOVES_DAYS, License, canonical
from appliance.core.license.document import LicenseError
from appliance.core.words import N_


@dataclass(frozen=True)
class Seat:
    """A line of the database; `agent` is empty where the seat is free, `was` is who held it last, `moved_at` are
    instants as text."""

    seat_id: str
    agent: str = ""
    was: str = ""
    since_at: dt.datetime | None = None
    moved_at: tuple[str, ...] = ()
    by: str = ""
    seal: str = ""

    def sealed(self) -> "Seat":
        return replace(self, seal=_seal(self))

    @property
    def is_genuine(self) -> bool:
        return self.seal == _seal(self)


@lru_cache(maxsize=20_000)
def _seal(seat: Seat) -> str:
    """Notices a line that somebody edited by hand; the number of seats is guarded by the vendor's signature."""
    since = seat.since_at.isoformat() if seat.since_at else ""
    return hashlib.sha256(canonical([seat.seat_id, seat.agent, seat.was, since, list(seat.moved_at)])).hexdigest()


def genuine(seats: Iterable[Seat], licenses: Collection[License]) -> tuple[dict[str, Seat], list[Seat]]:
    """By seat id those that the vendor signed; and the lines that nobody of this house wrote."""
    signed = {seat_id for license in licenses for seat_id in license.seats}
    good, bad = {}, []
    for seat in seats:
        if seat.seat_id in signed and seat.is_genuine:
            good[seat.seat_id] = seat
        else:
            bad.append(seat)
    return good, bad


def holders(license: License, seats: Mapping[str, Seat], revoked: Collection[str]) -> dict[str, Seat]:
    """By agent. Who stands at two seats holds the first."""
    held: dict[str, Seat] = {}
    for seat_id in license.seats:
        seat = seats.get(seat_id)
        if seat is not None and seat.agent and seat_id not in revoked:
            held.setdefault(seat.agent, seat)
    return held


def moves_left(license: License, seat: Seat, at: dt.datetime) -> int:
    return license.moves - len(_recent(seat, at))


def _recent(seat: Seat, at: dt.datetime) -> tuple[str, ...]:
    since = at - dt.timedelta(days=MOVES_DAYS)
    return tuple(moved for moved in seat.moved_at if dt.datetime.fromisoformat(moved) > since)


def assigned(license: License, seat: Seat, agent: str, *, at: dt.datetime, by: str) -> Seat:
    """The seat with another person, or free. To give it back to who held it last is no move."""
    if agent == seat.agent:
        return seat
    was = seat.agent or seat.was
    if not agent or agent == was or not was:
        return replace(seat, agent=agent, was=was or agent, since_at=at, by=by).sealed()
    recent = _recent(seat, at)
    if len(recent) >= license.moves:
        _refuse_move(license, seat, recent)
    return replace(seat, agent=agent, was=agent, since_at=at, moved_at=(*recent, at.isoformat()), by=by).sealed()


def _refuse_move(license: License, seat: Seat, recent: tuple[str, ...]) -> None:
    if not recent:
        message = N_("The seats of this license stay with the person to whom they were given first.")
        raise LicenseError(message)
    message = N_("Seat {seat} was moved {moves} times within {days} days. It can be moved again on {date:%Y-%m-%d}.")
    date = dt.datetime.fromisoformat(recent[0]) + dt.timedelta(days=MOVES_DAYS)
    raise LicenseError(message, seat=seat.seat_id, moves=len(recent), days=MOVES_DAYS, date=date)


def carried_over(license: License, before: Mapping[str, Seat], seats: Mapping[str, Seat]) -> list[Seat]:
    """Whoever held a seat by `before` (by agent) and has none in the new licence gets a free one, in order."""
    have = {seats[seat_id].agent for seat_id in license.seats if seat_id in seats}
    free = [seat_id for seat_id in license.seats if seat_id not in seats or not seats[seat_id].agent]
    lost = [seat for agent, seat in before.items() if agent not in have]
    return [replace(seat, seat_id=seat_id).sealed() for seat_id, seat in zip(free, lost, strict=False)]
