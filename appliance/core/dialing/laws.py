"""The countries' rules for calling out as they were found, each value with its source; where none is, that is said.

This is a help and no legal advice: what is sold, to whom and with which consent decides which rules hold.
"""

from typing import Generic, Literal, NamedTuple, TypeVar

from appliance.core.words import N_

Window = Literal["day", "days30", "month"]
Kind = TypeVar("Kind")


class Value(NamedTuple, Generic[Kind]):
    value: Kind
    source: str


class LawHours(NamedTuple):
    """Of a weekday (0 is Monday) from `start` up to but not including `end`, in minutes, where the contact is."""

    weekday: int
    start: int
    end: int


class LawOf(NamedTuple):
    name: str
    abandoned_limit_tenths: Value[int]
    abandoned_window: Value[Window]
    connect_s: Value[int]
    ring_s: Value[int]
    needs_message: Value[bool]
    abandoned_quiet_h: Value[int]
    hours: Value[tuple[LawHours, ...]]


def _hours(days: range, start: float, end: float) -> tuple[LawHours, ...]:
    return tuple(LawHours(day, int(start * 60), int(end * 60)) for day in days)


WEEK, WORKDAYS, TO_SATURDAY, WEEKEND = range(7), range(5), range(6), range(5, 7)
ALWAYS = _hours(WEEK, 0, 24)
NOT_FOUND = N_("No rule found; we use this.")
NOT_ASKED = N_("No rule found; the dialer's own value holds.")
_TSR = N_("USA, Telemarketing Sales Rule, 16 CFR 310.4(b)(4): safe harbor")
_OFCOM_LIMIT = N_(
    "UK, Ofcom, statement on persistent misuse of 20 December 2016, in force since 1 March 2017: no share is safe. "
    "Each silent or abandoned call may count; the more there are, the sooner. Until then it was 3 % of a day: we keep "
    "that as the most. Ask whether less is expected of your trade."
)
_OFCOM_BEFORE = N_(
    "UK, Ofcom, statement on persistent misuse of 2008, amended 2010. The one of 20 December 2016 replaced it: check "
    "there whether this is still asked for; we use it."
)
_CRTC = N_("Canada, CRTC Unsolicited Telecommunications Rules, part III (Telecom Decision 2007-48)")


def _like_others(name: str, hours: Value[tuple[LawHours, ...]]) -> LawOf:
    """A country that has hours but says nothing of dialers: what the strict ones ask."""
    return LawOf(
        name=name,
        abandoned_limit_tenths=Value(30, NOT_FOUND),
        abandoned_window=Value("day", NOT_FOUND),
        connect_s=Value(2, NOT_FOUND),
        ring_s=Value(15, NOT_FOUND),
        needs_message=Value(True, NOT_FOUND),
        abandoned_quiet_h=Value(72, NOT_FOUND),
        hours=hours,
    )


_NONE = LawOf(
    name=N_("None"),
    abandoned_limit_tenths=Value(1000, NOT_ASKED),
    abandoned_window=Value("day", NOT_FOUND),
    connect_s=Value(10, NOT_ASKED),
    ring_s=Value(10, NOT_ASKED),
    needs_message=Value(False, NOT_ASKED),
    abandoned_quiet_h=Value(0, NOT_ASKED),
    hours=Value(ALWAYS, NOT_ASKED),
)
_US = LawOf(
    name=N_("United States (TSR)"),
    abandoned_limit_tenths=Value(30, _TSR),
    abandoned_window=Value("days30", _TSR),
    connect_s=Value(2, _TSR),
    ring_s=Value(15, _TSR),
    needs_message=Value(True, _TSR),
    abandoned_quiet_h=Value(0, NOT_ASKED),
    hours=Value(_hours(WEEK, 8, 21), N_("USA, Telemarketing Sales Rule, 16 CFR 310.4(c): 8 to 21 where the person is")),
)
_UK = LawOf(
    name=N_("United Kingdom (Ofcom)"),
    abandoned_limit_tenths=Value(30, _OFCOM_LIMIT),
    abandoned_window=Value("day", _OFCOM_LIMIT),
    connect_s=Value(2, _OFCOM_BEFORE),
    ring_s=Value(15, _OFCOM_BEFORE),
    needs_message=Value(True, _OFCOM_BEFORE),
    abandoned_quiet_h=Value(72, _OFCOM_BEFORE),  # unless an agent is certain to be there
    hours=Value(_hours(TO_SATURDAY, 8, 21) + _hours(range(6, 7), 9, 20), NOT_FOUND),
)
_CA = LawOf(
    name=N_("Canada (CRTC)"),
    abandoned_limit_tenths=Value(50, _CRTC),
    abandoned_window=Value("month", _CRTC),
    connect_s=Value(2, _CRTC),
    ring_s=Value(15, NOT_FOUND),
    needs_message=Value(True, NOT_FOUND),
    abandoned_quiet_h=Value(0, NOT_ASKED),
    hours=Value(_hours(WORKDAYS, 9, 21.5) + _hours(WEEKEND, 10, 18), _CRTC),
)
_MX_HOURS = N_(
    "No federal rule found for selling (debts are collected on working days from 7 to 22, says Profeco); we use Monday "
    "to Friday 8 to 19, as the Senate's bill of October 2019 asked."
)
_AR_HOURS = N_("No federal rule found beside the register of Ley 26.951; we use Monday to Friday 9 to 20.")
_ID_HOURS = N_(
    "Indonesia, OJK, for financial services: SEOJK 12/SEOJK.07/2014, offers Monday to Saturday 8 to 18, not on "
    "national holidays; put these into the schedule. POJK 22/2023, which replaced POJK 6/POJK.07/2022, lets debts be "
    "collected until 20; we use 18."
)
LAWS: dict[str, LawOf] = {
    "none": _NONE,
    "us": _US,
    "uk": _UK,
    "ca": _CA,
    "mx": _like_others(N_("Mexico"), Value(_hours(WORKDAYS, 8, 19), _MX_HOURS)),
    "ar": _like_others(N_("Argentina"), Value(_hours(WORKDAYS, 9, 20), _AR_HOURS)),
    "id": _like_others(N_("Indonesia (OJK)"), Value(_hours(TO_SATURDAY, 8, 18), _ID_HOURS)),
}
