"""Callers who are known by their number: the blacklist and the VIP list."""

from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field, StringConstraints

from appliance.core.entities.fields import Entity, Line, OptionalDestination, Part, Refers, Shown, Title, problem
from appliance.core.entities.schedules import OptionalDate
from appliance.core.words import N_


def check_caller(number: str) -> str:
    digits = number.removeprefix("+").removesuffix("*")
    if not (digits.isascii() and digits.isdigit() and 2 <= len(digits) <= 15):
        raise problem("blocked", N_("must be digits, with a * at the end for all numbers that begin so"))
    return number


class ListedRoute(Part):
    route: Annotated[str, Refers("inbound_routes"), Field(min_length=1, title=N_("Inbound route"))]


class BlockedNumber(Entity):
    SINGULAR: ClassVar[str] = N_("Blocked number")
    PLURAL: ClassVar[str] = N_("Blacklist")
    ICON: ClassVar[str] = "phone-off"
    HELP: ClassVar[str] = N_("Calls from these numbers end at once.")

    key: Annotated[
        str,
        StringConstraints(max_length=17),
        AfterValidator(check_caller),
        Field(title=N_("Number"), description=N_("Add * at the end to block all numbers that begin so.")),
    ]
    reason: Annotated[Line, Field("", max_length=200, title=N_("Reason"), description=N_("For your colleagues."))]
    only_for: Annotated[
        list[ListedRoute],
        Field(default=[], max_length=200, title=N_("Only on"), description=N_("With none, on every number of yours.")),
    ]
    expires: Annotated[OptionalDate, Field(None, title=N_("Until"), description=N_("The last day; empty: for good."))]


class VipNumber(Entity):
    SINGULAR: ClassVar[str] = N_("VIP number")
    PLURAL: ClassVar[str] = N_("VIP list")
    ICON: ClassVar[str] = "star"
    HELP: ClassVar[str] = N_("Callers with these numbers are served before others, or go straight to somebody.")

    key: Annotated[
        str,
        StringConstraints(max_length=17),
        AfterValidator(check_caller),
        Field(title=N_("Number"), description=N_("Add * at the end for all numbers that begin so.")),
    ]
    name: Annotated[Title, Field(title=N_("Name"), description=N_("Who it is."))]
    priority: Annotated[
        int,
        Field(5, ge=1, le=20, title=N_("Priority"), description=N_("Callers with more are served first.")),
        Shown(asterisk="QUEUE_PRIO"),
    ]
    destination: Annotated[
        OptionalDestination,
        Field("", title=N_("Goes straight to"), description=N_("Empty: the usual way, with priority.")),
    ]
    only_for: Annotated[
        list[ListedRoute],
        Field(default=[], max_length=200, title=N_("Only on"), description=N_("With none, on every number of yours.")),
    ]
    expires: Annotated[OptionalDate, Field(None, title=N_("Until"), description=N_("The last day; empty: for good."))]
