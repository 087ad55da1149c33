"""Schedules: weekly opening hours in a time zone, with holidays."""

import datetime as dt
import re
from contextlib import suppress
from typing import Annotated, ClassVar, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, BeforeValidator, Field, field_validator, model_validator

from appliance.core.entities.fields import Entity, Key, Line, Part, Shown, Title, problem
from appliance.core.words import N_

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


_ZONES = frozenset(available_timezones())  # once: it reads a folder tree


def _check_zone(name: str) -> str:
    if name not in _ZONES:
        raise problem("time_zone", N_("is not a time zone; write it like America/Lima, Europe/Madrid or UTC"))
    return name


def _check_clock(text: str) -> str:
    text = f"0{text}" if re.fullmatch(r"[0-9]:[0-9]{2}", text) else text  # people write 8:30 and mean 08:30
    if not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", text):
        raise problem("clock", N_("must be a time such as 08:30"))
    return text


def _check_end(text: str) -> str:
    return text if text == "24:00" else _check_clock(text)


def _check_date(value: object) -> object:
    # Without this, pydantic takes a number for seconds since 1970.
    if isinstance(value, dt.date):
        return value
    if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value.strip()):
        with suppress(ValueError):
            return dt.date.fromisoformat(value.strip())
    raise problem("date", N_("must be a date that exists, such as 2026-12-25"))


TimeZone = Annotated[str, AfterValidator(_check_zone)]
OptionalTimeZone = Annotated[str, AfterValidator(lambda name: _check_zone(name) if name else name)]
Clock = Annotated[str, AfterValidator(_check_clock)]
ClockOrMidnight = Annotated[str, AfterValidator(_check_end)]
Date = Annotated[dt.date, BeforeValidator(_check_date)]
OptionalDate = Annotated[
    dt.date | None, BeforeValidator(lambda value: None if value in ("", None) else _check_date(value))
]


class Hours(Part):
    """A range of a day; an end at or before the start means the next day."""

    days: Annotated[list[Day], Field(min_length=1, title=N_("Days"))]
    start: Annotated[Clock, Field(title=N_("From"))]
    end: Annotated[ClockOrMidnight, Field(title=N_("Until"))]

    @field_validator("days")
    @classmethod
    def _once_in_order(cls, days: list[Day]) -> list[Day]:
        return [day for day in DAYS if day in days]


class Holiday(Part):
    date: Annotated[Date, Field(title=N_("Date"))]
    name: Annotated[Line, Field(max_length=80, title=N_("Name"))]


class Closing(Part):
    """Closed from one moment to another, once; both in the schedule's time zone."""

    name: Annotated[Line, Field(max_length=80, title=N_("Why"))]
    first_date: Annotated[Date, Field(title=N_("From"))]
    start: Annotated[Clock, Field("00:00", title=N_("at"))]
    last_date: Annotated[Date, Field(title=N_("Until"))]
    end: Annotated[ClockOrMidnight, Field("24:00", title=N_("at"))]

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> "Closing":
        if (self.last_date, self.end) <= (self.first_date, self.start):
            raise problem("closing_order", N_("must end after it begins"))
        return self


class Schedule(Entity):
    SINGULAR: ClassVar[str] = N_("Schedule")
    PLURAL: ClassVar[str] = N_("Schedules")
    ICON: ClassVar[str] = "calendar-time"
    HELP: ClassVar[str] = N_("A schedule says when you are open. Routes and campaigns ask it what to do with a call.")

    key: Annotated[Key, Field(title=N_("Key"), description=N_("Short and unchanging, such as office-hours."))]
    name: Annotated[Title, Field(title=N_("Name"), description=N_("How people here call these hours."))]
    time_zone: Annotated[
        TimeZone,
        Field("UTC", title=N_("Time zone"), description=N_("The hours below are in this zone.")),
        Shown(group=N_("Hours"), widget="time_zone"),
    ]
    hours: Annotated[
        list[Hours],
        Field(default=[], max_length=50, title=N_("Opening hours"), description=N_("With none, it is always closed.")),
        Shown(group=N_("Hours"), asterisk="GotoIfTime"),
    ]
    holidays: Annotated[
        list[Holiday],
        Field(default=[], max_length=400, title=N_("Holidays"), description=N_("Closed on these dates.")),
        Shown(group=N_("Holidays")),
    ]
    closings: Annotated[
        list[Closing],
        Field(
            default=[],
            max_length=100,
            title=N_("One-off closings"),
            description=N_("Closed once, such as for a move; treated like closed hours."),
        ),
        Shown(group=N_("Holidays")),
    ]
