"""What a country asks of who calls out, each value with where it stands; a dialer's own rules can only be stricter."""

from typing import Any, Literal, NamedTuple

from appliance.core.dialing.laws import LAWS, LawHours, Value, Window
from appliance.core.entities.dialers import Dialer
from appliance.core.entities.schedules import Schedule
from appliance.core.site import Site

Kind = Literal["auto", "agentless", "preview", "promised", "owned"]
WITH_AN_AGENT = frozenset({"preview", "promised", "owned"})  # an agent waits on the line before it rings


class DialingRules(NamedTuple):
    """What holds for a dialer: of law and dialer always the stricter. Who calls out asks these, not the fields."""

    law: str
    abandoned_limit_tenths: int  # of all that a living person answered
    abandoned_window: Window
    connect_s: int
    ring_s: int
    needs_message: bool
    abandoned_quiet_h: int
    hours: tuple[LawHours, ...]
    schedule: Schedule | None
    day_cap: int
    week_cap: int
    life_cap: int
    max_tries: int

    @property
    def abandoned_limit(self) -> float:
        """0..1"""
        return self.abandoned_limit_tenths / 1000


def rules_of(site: Site, dialer: Dialer) -> DialingRules:
    law = LAWS[dialer.law]
    return DialingRules(
        law=dialer.law,
        abandoned_limit_tenths=min(law.abandoned_limit_tenths.value, dialer.abandoned_limit_tenths),
        abandoned_window=law.abandoned_window.value,
        connect_s=min(law.connect_s.value, dialer.connect_s),
        ring_s=max(law.ring_s.value, dialer.ring_s),
        needs_message=law.needs_message.value,
        abandoned_quiet_h=max(law.abandoned_quiet_h.value, dialer.abandoned_quiet_h),
        hours=law.hours.value,
        schedule=site.schedules.get(dialer.schedule),
        day_cap=dialer.day_cap,
        week_cap=dialer.week_cap,
        life_cap=dialer.life_cap,
        max_tries=dialer.max_tries,
    )


class Told(NamedTuple):
    """One line of what a dialer has to keep, for its page."""

    field: str
    value: object
    by_law: object
    source: str


def told(site: Site, dialer: Dialer) -> list[Told]:
    """What holds, what the law alone would ask, and where that stands."""
    law, rules = LAWS[dialer.law], rules_of(site, dialer)
    asked: dict[str, Value[Any]] = {name: value for name, value in law._asdict().items() if isinstance(value, Value)}
    return [Told(name, getattr(rules, name), value.value, value.source) for name, value in asked.items()]
