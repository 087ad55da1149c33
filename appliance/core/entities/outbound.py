"""Outbound routes: which trunk carries a dialled number, as which caller, and who may use it."""

from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field, StringConstraints, field_validator, model_validator

from appliance.core.entities.fields import (
    Entity,
    Key,
    OptionalNumber,
    Part,
    Refers,
    Shown,
    Title,
    problem,
)
from appliance.core.words import N_


def _check_pattern(pattern: str) -> str:
    body = pattern.removeprefix("+").removesuffix("*")
    if not body or not all(sign in "0123456789XZN" for sign in body):
        raise problem(
            "dial_pattern",
            N_("must be digits, X (0-9), Z (1-9) or N (2-9); + may stand first, * last for any further digits"),
        )
    return pattern


DialPattern = Annotated[str, StringConstraints(max_length=20), AfterValidator(_check_pattern)]
DialledDigits = Annotated[str, StringConstraints(max_length=15, pattern=r"^\+?([0-9*][0-9*#]*)?$")]


class OutboundPattern(Part):
    """A dialled number that begins so loses `strip` signs and gets `prepend` before it."""

    pattern: Annotated[DialPattern, Field(title=N_("Dialled"), description=N_("Such as 00* or 9XXXXXXXX."))]
    strip: Annotated[int, Field(0, ge=0, le=15, title=N_("Take away"), description=N_("Signs from the beginning."))]
    prepend: Annotated[DialledDigits, Field("", title=N_("Put before"))]

    @model_validator(mode="after")
    def _leaves_something(self) -> "OutboundPattern":
        signs = len(self.pattern.removesuffix("*"))
        if self.strip > signs or (self.strip == signs and not self.prepend and not self.pattern.endswith("*")):
            raise problem("strip", N_("takes away more than the number has"))
        return self


class RouteTrunk(Part):
    trunk: Annotated[str, Refers("trunks"), Field(min_length=1, title=N_("Trunk"))]


class RouteUser(Part):
    extension: Annotated[str, Refers("extensions"), Field(min_length=1, title=N_("Extension"))]


class OutboundRoute(Entity):
    SINGULAR: ClassVar[str] = N_("Outbound route")
    PLURAL: ClassVar[str] = N_("Outbound routes")
    ICON: ClassVar[str] = "phone-outgoing"
    HELP: ClassVar[str] = N_("An outbound route says which trunk carries the numbers that people here dial.")

    key: Annotated[Key, Field(title=N_("Key"), description=N_("Short and unchanging, such as mobile."))]
    name: Annotated[Title, Field(title=N_("Name"), description=N_("What it is for."))]
    position: Annotated[
        int,
        Field(50, ge=1, le=999, title=N_("Order"), description=N_("Routes with a lower number are tried first.")),
    ]
    patterns: Annotated[
        list[OutboundPattern],
        Field(min_length=1, max_length=100, title=N_("Numbers"), description=N_("Which numbers take this route.")),
        Shown(group=N_("Numbers")),
    ]
    trunks: Annotated[
        list[RouteTrunk],
        Field(
            min_length=1,
            max_length=20,
            title=N_("Trunks"),
            description=N_("In this order: the next one is tried where a trunk is down, full or refuses."),
        ),
        Shown(group=N_("Trunks"), asterisk="Dial"),
    ]
    caller_id: Annotated[
        OptionalNumber,
        Field(
            "",
            title=N_("Caller ID"),
            description=N_("The number that is shown. Empty: the extension's own, else the trunk's."),
        ),
        Shown(group=N_("Trunks"), asterisk="CALLERID(num)"),
    ]
    ring_s: Annotated[
        int,
        Field(60, ge=10, le=300, title=N_("Ring time"), description=N_("How long the called phone rings.")),
        Shown(group=N_("Trunks"), unit="s", advanced=True),
    ]
    schedule: Annotated[
        str,
        Refers("schedules"),
        Field("", title=N_("Schedule"), description=N_("The route is used in these hours only.")),
        Shown(group=N_("Who and when")),
    ]
    users: Annotated[
        list[RouteUser],
        Field(
            default=[], max_length=1000, title=N_("Only for"), description=N_("With none, every extension may use it.")
        ),
        Shown(group=N_("Who and when")),
    ]
    emergency: Annotated[
        bool,
        Field(
            False,
            title=N_("Emergency"),
            description=N_("Always allowed: from every phone, at every hour, before all other routes."),
        ),
        Shown(group=N_("Who and when")),
    ]

    @field_validator("trunks")
    @classmethod
    def _each_trunk_once(cls, trunks: list[RouteTrunk]) -> list[RouteTrunk]:
        keys = [each.trunk for each in trunks]
        twice = sorted({key for key in keys if keys.count(key) > 1})
        if twice:
            raise problem("trunk_twice", N_("trunk {trunks} is in the list twice"), trunks=", ".join(twice))
        return trunks

    @field_validator("users")
    @classmethod
    def _each_user_once(cls, users: list[RouteUser]) -> list[RouteUser]:
        keys = [each.extension for each in users]
        twice = sorted({key for key in keys if keys.count(key) > 1})
        if twice:
            raise problem("user_twice", N_("extension {users} is in the list twice"), users=", ".join(twice))
        return users
