"""What a customer orders, made into a licence: new, renewed, with more seats, or for more channels."""

import calendar
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from appliance.core.license.body import License, Machine
from appliance.core.license.document import LicenseError
from appliance.core.license.machine import LEAST
from appliance.core.license.sale import newest
from appliance.core.words import N_


@dataclass(frozen=True)
class Order:
    """`values` are fields of a licence that were given; what is not given stays as in the licence that is replaced."""

    license_id: str
    seats: int | None
    months: int | None
    values: dict[str, Any]
    previous: Sequence[License] = ()
    machines: Sequence[Machine] = ()


KEPT = ("customer", "edition", "model", "channels_per_agent", "features", "support", "grace_days", "moves", "machines")


def make_license(order: Order, *, key_id: str, at: dt.datetime, new_seats: Sequence[str]) -> License:
    """`new_seats` are ids that nobody has; as many of them as are needed are taken. Raises LicenseError."""
    _check_machines(order)
    replaced = tuple(each.license_id for each in order.previous)
    old = newest(order.previous)
    values: dict[str, Any] = {name: getattr(old, name) for name in KEPT} if old and not old.trial else {}
    values |= {name: value for name, value in order.values.items() if value is not None}
    values |= {"machines": tuple(order.machines)} if order.machines else {}
    values |= {"key_id": key_id, "issued_at": at, "license_id": order.license_id, "replaces": replaced}
    values |= {"seats": _seats(order.seats, old, new_seats), **_dates(order, old, at, values)}
    try:
        return License.model_validate(values)
    except ValidationError as error:
        reason = "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors())
        raise LicenseError(N_("Such a license cannot be issued: {reason}"), reason=reason) from None


def _check_machines(order: Order) -> None:
    """Of so few that a repair would make it another machine."""
    least = min((len(machine) for machine in order.machines), default=LEAST)
    if least < LEAST and "sale" not in (order.values.get("exemptions") or ()):
        message = (  # only a vendor reads it
            "The request names {found} properties of the machine; a license is bound to at least {least}. "
            "Issue it for any machine, or as an exception."
        )
        raise LicenseError(message, found=least, least=LEAST)


def _seats(wanted: int | None, old: License | None, new: Sequence[str]) -> tuple[str, ...]:
    """Seats keep their ids, so that people keep their seats."""
    kept = old.seats if old and not old.trial else ()
    number = len(kept) if wanted is None else wanted
    return (*kept[:number], *new[: max(0, number - len(kept))])


def _dates(order: Order, old: License | None, at: dt.datetime, values: dict[str, Any]) -> dict[str, Any]:
    """Months are added after the old licence's end; without any, the new one ends with the old one."""
    runs_on = old is not None and not old.trial and old.expires_at > at
    extends = order.months is not None and runs_on and old is not None
    begin = values.get("not_before") or (old.expires_at if extends and old else at)
    if values.get("expires_at"):
        end = values["expires_at"]
    elif order.months is not None:
        end = months_after(begin, order.months)
    elif runs_on and old is not None:
        end = old.expires_at
    else:
        raise LicenseError(N_("Say until when the license is good, or for how many months."))
    return {"not_before": begin, "expires_at": end}


def months_after(at: dt.datetime, months: int) -> dt.datetime:
    """The same day of a later month, or its last one."""
    year, month = divmod(at.year * 12 + at.month - 1 + months, 12)
    return at.replace(year=year, month=month + 1, day=min(at.day, calendar.monthrange(year, month + 1)[1]))
