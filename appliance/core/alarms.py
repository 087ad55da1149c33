"""When an alarm is raised and when it is over: from what is measured, the limits, and how long it has been so."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from appliance.core.entities.supervision import Alarm
from appliance.core.site import Site


class Place(NamedTuple):
    """`subject` is a section and a key, such as `queues:sales`; of the disk the key is empty."""

    alarm: str
    subject: str


@dataclass(frozen=True)
class Readings:
    """What is not there is not known, and changes nothing."""

    levels_pct: Mapping[str, float] = field(default_factory=dict)  # of queues
    waits_s: Mapping[str, float] = field(default_factory=dict)
    ready: Mapping[str, int] = field(default_factory=dict)
    over_min: Mapping[str, float] = field(default_factory=dict)  # of agents: beyond the allowance of their pause
    is_down: Mapping[str, bool] = field(default_factory=dict)  # of trunks
    disk_pct: float | None = None
    late_min: Mapping[str, float] = field(default_factory=dict)  # of campaigns: the promised call that is latest
    has_finished: Mapping[str, bool] = field(default_factory=dict)  # of dialers: lately


class Seen(NamedTuple):
    """`is_over` its limit; None where nothing is known."""

    is_over: bool | None
    value: str = ""


@dataclass(frozen=True)
class Step:
    raised: Mapping[Place, str]  # with the value
    cleared: frozenset[Place]
    since: Mapping[Place, dt.datetime]  # since when it is the other way than told


def look(site: Site, readings: Readings) -> dict[Place, Seen]:
    """Each alarm of the site at each thing that it watches."""
    return {
        Place(alarm.key, subject): seen
        for alarm in site.alarms.values()
        for subject, seen in _watched(alarm, site, readings)
    }


def step(
    seen: Mapping[Place, Seen],
    raised: Iterable[Place],
    since: Mapping[Place, dt.datetime],
    *,
    for_s: Mapping[str, int],
    at: dt.datetime,
) -> Step:
    """An alarm is raised, and is over, only after it was so for its time; what is watched no more is over at once."""
    open_now = set(raised)
    waiting = {
        place: since.get(place, at)
        for place, found in seen.items()
        if found.is_over is not None and found.is_over != (place in open_now)
    }
    due = {place for place, began in waiting.items() if (at - began).total_seconds() >= for_s.get(place.alarm, 0)}
    return Step(
        {place: seen[place].value for place in due if place not in open_now},
        frozenset(open_now & due | open_now - seen.keys()),
        {place: began for place, began in waiting.items() if place not in due},
    )


def _watched(alarm: Alarm, site: Site, readings: Readings) -> Iterator[tuple[str, Seen]]:
    match alarm.kind:
        case "service_level" | "longest_wait" | "agents_ready":
            for queue in _queues(alarm, site):
                yield f"queues:{queue}", _of_queue(alarm, queue, readings)
        case "pause_over":
            yield from _over_limit(alarm, "agents", {key: readings.over_min.get(key) for key in site.agents})
        case "promise_late":
            yield from _over_limit(alarm, "campaigns", {key: readings.late_min.get(key) for key in site.campaigns})
        case "trunk_down":
            yield from ((f"trunks:{key}", Seen(readings.is_down.get(key))) for key in site.trunks)
        case "dialer_finished":
            yield from ((f"dialers:{key}", Seen(readings.has_finished.get(key))) for key in site.dialers)
        case "disk_full":
            yield from _over_limit(alarm, "disk", {"": readings.disk_pct})


def _over_limit(alarm: Alarm, section: str, values: Mapping[str, float | None]) -> Iterator[tuple[str, Seen]]:
    for key, value in values.items():
        yield f"{section}:{key}", _seen(value, value is not None and value > alarm.limit)


def _queues(alarm: Alarm, site: Site) -> Iterable[str]:
    chosen = [each.queue for each in alarm.queues if each.queue in site.queues]
    return chosen if alarm.queues else site.queues


def _of_queue(alarm: Alarm, queue: str, readings: Readings) -> Seen:
    if alarm.kind == "service_level":
        level = readings.levels_pct.get(queue)
        return _seen(level, level is not None and level < alarm.limit)
    if alarm.kind == "longest_wait":
        wait = readings.waits_s.get(queue)
        return _seen(wait, wait is not None and wait > alarm.limit)
    ready = readings.ready.get(queue)
    return _seen(ready, ready is not None and ready < alarm.limit)


def _seen(value: float | None, is_over: bool) -> Seen:
    return Seen(None) if value is None else Seen(is_over, str(round(value)))
