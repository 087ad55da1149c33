"""What the installed licences allow at an instant, and why somebody is refused."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from appliance.core.license import clock
from appliance.core.license.body import License, Machine, Revocations
from appliance.core.license.machine import may_run
from appliance.core.license.sale import replaced_ids
from appliance.core.license.seats import Seat, holders
from appliance.core.words import N_

WARNINGS_DAYS = (30, 14, 7, 3, 1)
TRIAL_WARNINGS_DAYS = (7, 3, 1)
DAY = dt.timedelta(days=1)

Phase = Literal["none", "early", "valid", "grace", "over"]


class Refusal(NamedTuple):
    """`message` is English with {placeholders}; `reason` is one word for who plays it to a phone."""

    reason: str
    message: str
    context: Mapping[str, Any] = {}

    def text(self) -> str:
        return self.message.format(**self.context)


@dataclass(frozen=True)
class Installed:
    """What the database and this machine say, each file verified; `here` is this machine."""

    licenses: Sequence[License]  # in the order of their installation
    revocations: Revocations | None
    seats: Mapping[str, Seat]
    mark: clock.Mark
    here: Machine


@dataclass(frozen=True)
class Licensing:
    """`license` is the one in force, or the one that was; None where no genuine one is for this machine."""

    license: License | None
    phase: Phase
    judged_at: dt.datetime
    is_clock_back: bool = False
    holders: Mapping[str, Seat] = field(default_factory=dict)  # by agent
    places: int = 0  # seats that are not revoked
    revoked_seats: frozenset[str] = frozenset()
    why_none: Refusal | None = None

    @property
    def is_open(self) -> bool:
        """Whether anybody may log in and anything may be dialled."""
        return self.phase in ("valid", "grace")

    @property
    def channels(self) -> int:
        return self.places * self.license.channels_per_agent if self.license and self.is_open else 0

    @property
    def days_left(self) -> int:
        """Until it expires, or until its grace ends; a day that has begun counts."""
        if self.license is None:
            return 0
        end = self.license.ends_at if self.phase in ("grace", "over") else self.license.expires_at
        return max(0, -((self.judged_at - end) // DAY))

    def has(self, feature: str) -> bool:
        return self.is_open and self.license is not None and feature in self.license.features


_NONE = Refusal(
    "none", N_("No license is installed. An administrator installs one on the page License, or starts the trial there.")
)
_REVOKED = Refusal("revoked", N_("The vendor has revoked the license. Ask the vendor for another one."))
_MACHINE = Refusal(
    "machine", N_("The license was made for another machine. Send the vendor the request file of this one.")
)


def licensing(installed: Installed, now: dt.datetime) -> Licensing:
    seen = _seen(installed)
    at, is_back = clock.judged_at(seen, now), clock.is_set_back(seen, now)
    licenses, why = _usable(installed, at)
    if not licenses:
        return Licensing(None, "none", at, is_back, why_none=why)
    license = _in_force(licenses, at)
    revoked = frozenset(installed.revocations.seats if installed.revocations else ())
    held = holders(license, installed.seats, revoked)
    places = sum(seat_id not in revoked for seat_id in license.seats)
    return Licensing(license, _phase(license, at), at, is_back, held, places, revoked)


def _seen(installed: Installed) -> clock.Mark:
    """The vendor's signature tells a time too, which no clock here can set back: no licence came before it was signed.
    Trials say nothing, for everybody has their key."""
    signed: list[dt.datetime] = []
    for license in installed.licenses:
        if "clock" in license.exemptions:
            signed.clear()
        if not license.trial:
            signed.append(license.issued_at)
    return clock.at_least(installed.mark, max(signed)) if signed else installed.mark


def _usable(installed: Installed, at: dt.datetime) -> tuple[list[License], Refusal | None]:
    """What was replaced does not come back, whatever became of its successor."""
    if not installed.licenses:
        return [], _NONE
    gone = replaced_ids([each for each in installed.licenses if each.not_before <= at])
    gone |= set(installed.revocations.licenses if installed.revocations else ())
    gone |= {each.license_id for each in installed.licenses[1:] if each.trial}  # for a new appliance only
    left = [each for each in installed.licenses if each.license_id not in gone]
    here = [each for each in left if may_run(each.machines, installed.here)]
    return here, None if here else (_MACHINE if left else _REVOKED)


def _in_force(licenses: Sequence[License], at: dt.datetime) -> License:
    """The last one that was installed and has begun: what it replaces is good until then. One that has not expired goes
    before one that has: an upgrade may end where a renewal begins that was installed before it."""
    begun = [each for each in licenses if each.not_before <= at]
    alive = [each for each in begun if at < each.expires_at]
    return (alive or begun or licenses)[-1]


def _phase(license: License, at: dt.datetime) -> Phase:
    if at < license.not_before:
        return "early"
    if at < license.expires_at:
        return "valid"
    return "grace" if at < license.ends_at else "over"


def why_closed(licensing: Licensing) -> Refusal | None:
    """Why nobody at all may log in or dial."""
    license = licensing.license
    if license is None:
        return licensing.why_none or _NONE
    match licensing.phase:
        case "early":
            message = N_("The license begins on {date:%Y-%m-%d}. Nobody can log in before.")
            return Refusal("early", message, {"date": license.not_before})
        case "over":
            message = N_(
                "The license ended on {date:%Y-%m-%d} and its grace is over. An administrator installs a new one."
            )
            return Refusal("over", message, {"date": license.expires_at})
    return None


def why_no_seat(licensing: Licensing, agent: str, others: int) -> Refusal | None:
    """Why this agent may not log in; `others` are logged in on any node."""
    closed = why_closed(licensing)
    if closed is not None or licensing.license is None:
        return closed
    if licensing.license.model == "named":
        if agent in licensing.holders:
            return None
        message = N_("{agent} has no seat. An administrator gives one on the page License.")
        return Refusal("no_seat", message, {"agent": agent})
    if others < licensing.places:
        return None
    message = N_("All {places} places are taken. Log in when somebody has logged out.")
    return Refusal("full", message, {"places": licensing.places})


def seated(licensing: Licensing, working: Iterable[str]) -> set[str]:
    """Who keeps a place in the queues; `working` by time of log-in. That a licence ended, or is damaged, or that there
    was none before, takes nobody out: they logged in while they could."""
    if licensing.license is None:
        return set(working) if licensing.why_none == _NONE else set()
    if licensing.license.model == "named":
        return set(working) & licensing.holders.keys()
    return set(list(working)[: licensing.places])


def unseated(licensing: Licensing, agents: Iterable[str], working: Iterable[str]) -> set[str]:
    """Whose phones reach emergency and internal numbers only."""
    if licensing.license is not None and licensing.license.model == "named":
        return set(agents) - licensing.holders.keys()
    return set(agents) - seated(licensing, working)


def why_not_installable(license: License, installed: Installed, now: dt.datetime) -> Refusal | None:
    """What its own text does not show: it was revoked, replaced, used before, or is another machine's."""
    number = license.license_id
    if installed.revocations and number in installed.revocations.licenses:
        return Refusal("revoked", N_("License {number} was revoked by the vendor."), {"number": number})
    if number in replaced_ids(installed.licenses):
        message = N_("License {number} was replaced by a newer one, which is installed here.")
        return Refusal("replaced", message, {"number": number})
    if any(each.license_id == number for each in installed.licenses):
        return Refusal("twice", N_("License {number} is installed already."), {"number": number})
    if not may_run(license.machines, installed.here):
        return _MACHINE
    at = now if "clock" in license.exemptions else clock.judged_at(_seen(installed), now)
    if license.ends_at <= at:
        return Refusal(
            "over", N_("License {number} ended on {date:%Y-%m-%d}."), {"number": number, "date": license.ends_at}
        )
    return _why_beside(license, licensing(installed, now), installed.licenses)


def _why_beside(license: License, current: Licensing, licenses: Sequence[License]) -> Refusal | None:
    if license.trial and licenses:
        return Refusal("trial", N_("A license was installed here before; the trial is for a new appliance."))
    old = current.license
    if old is None or old.trial or current.phase == "over" or old.license_id in license.replaces:
        return None
    newest = licenses[-1]  # installed, but it may begin later
    if newest.license_id in license.replaces:
        return None
    message = N_("License {old} is in force, and this one does not replace it. Ask the vendor for one that does.")
    return Refusal("beside", message, {"old": old.license_id})


def warning_due(licensing: Licensing) -> int | None:
    """The shortest of the warnings whose day has come: 30, 14, 7, 3 or 1 days; 0 once it has expired."""
    if licensing.phase in ("grace", "over"):
        return 0
    if licensing.phase != "valid" or licensing.license is None:
        return None
    warnings = TRIAL_WARNINGS_DAYS if licensing.license.trial else WARNINGS_DAYS
    return min((days for days in warnings if licensing.days_left <= days), default=None)
