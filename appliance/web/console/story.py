"""An interaction as a timeline and as sentences."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from appliance.core.entities.fields import DESTINATION_SECTIONS, split_destination
from appliance.core.journal.facts import SEGMENT_KINDS, Step
from appliance.core.story import sentence
from appliance.core.words import N_
from appliance.store.interactions import InteractionStory
from appliance.web.forms.words import CHOICE_TITLES
from appliance.web.language import _

Names = Mapping[str, Mapping[str, str]]
WIDTH = 1000.0  # of the drawing, in its own units
NARROWEST = 3.0
SEGMENT_ICONS = {
    "ivr": "dialpad",
    "waiting": "hourglass",
    "ringing": "bell",
    "talking": "phone-call",
    "hold": "player-pause",
    "consult": "users",
    "voicemail": "record-mail",
}
STEP_ICONS = {
    "interaction": "phone-incoming",
    "unknown_did": "alert-triangle",
    "blacklisted": "phone-off",
    "vip": "star",
    "special_caller": "user-check",
    "emergency_closed": "alert-triangle",
    "schedule": "calendar-event",
    "prompt": "volume",
    "menu": "sitemap",
    "key": "dialpad",
    "language": "language",
    "input": "dialpad",
    "input_failed": "dialpad",
    "lookup": "world-search",
    "lookup_failed": "world-search",
    "survey_begin": "clipboard-check",
    "survey": "clipboard-check",
    "queue_join": "hourglass",
    "queue_leave": "arrow-right",
    "recording": "player-record",
    "outbound": "phone-outgoing",
    "trunk": "arrows-exchange",
    "trunk_failed": "alert-triangle",
    "no_trunk": "alert-triangle",
    "no_route": "alert-triangle",
    "too_late": "clock",
    "on_a_line": "phone-off",
    "unlicensed": "alert-triangle",
    "listed": "phone-off",
    "agent_ring": "bell",
    "extension": "bell",
    "group": "bell",
    "conference": "users",
    "forwarded": "transfer",
    "pickup": "phone-call",
    "answer": "phone-call",
    "transfer": "transfer",
    "transfer_back": "transfer",
    "hold": "player-pause",
    "unhold": "phone-call",
    "consult": "users",
    "three_way": "users",
    "recording_paused": "player-pause",
    "recording_resumed": "player-record",
    "monitor": "headset",
    "taken": "transfer",
    "given": "transfer",
    "voicemail": "record-mail",
    "hangup": "phone-off",
    "all_paused": "player-pause",
    "attempt": "phone-outgoing",
    "attempt_result": "phone-off",
    "attempt_amd": "user-check",
    "attempt_told": "volume",
    "attempt_abandoned": "alert-triangle",
    "attempt_dropped": "record-mail",
    "attempt_fax": "phone-off",
    "attempt_opted_out": "dialpad",
    "callback_offer": "speakerphone",
    "callback_asked": "phone-outgoing",
    "callback_turn": "hourglass",
    "callback_try": "phone-outgoing",
    "callback_reached": "phone-check",
    "callback_result": "phone-check",
}
_RESULTS = {
    "answered": N_("answered"),
    "missed": N_("missed"),
    "cancelled": N_("cancelled"),
    "abandoned": N_("abandoned"),
    "timeout": N_("waited too long"),
    "busy": N_("busy"),
}
# In which section each kind of step finds the names of its parts.
_SECTIONS = {
    "schedule": ("schedules", ""),
    "campaign": ("campaigns",),
    "prompt": ("prompts",),
    "menu": ("menus", ""),
    "key": ("menus", "", ""),
    "input": ("inputs", ""),
    "input_failed": ("inputs",),
    "lookup": ("lookups", ""),
    "lookup_failed": ("lookups", ""),
    "survey_begin": ("surveys",),
    "survey": ("surveys", "", ""),
    "queue_join": ("queues",),
    "queue_leave": ("queues", ""),
    "outbound": ("outbound_routes",),
    "trunk": ("trunks",),
    "trunk_failed": ("trunks",),
    "no_trunk": ("outbound_routes",),
    "agent_ring": ("agents", "queues"),
    "group": ("ring_groups",),
    "conference": ("conferences",),
    "answer": ("agents", ""),
    "transfer": ("", "agents", ""),
    "transfer_back": ("agents",),
    "hold": ("agents",),
    "unhold": ("agents",),
    "consult": ("agents", ""),
    "three_way": ("agents", ""),
    "recording_paused": ("agents",),
    "recording_resumed": ("agents",),
    "all_paused": ("queues",),
    "attempt": ("", "dialers"),
    "callback_offer": ("queues",),
    "callback_turn": ("", "queues"),
}


@dataclass(frozen=True)
class Bar:
    kind: str
    title: str
    icon: str
    detail: str
    result: str
    x: float
    width: float
    lane: int
    began_at: dt.datetime
    seconds: float


@dataclass(frozen=True)
class Line:
    at: dt.datetime
    after_s: float
    icon: str
    text: str


def make_timeline(story: InteractionStory, names: Names) -> list[Bar]:
    """Bars from left to right; those that overlap (an agent rings while the caller waits) go one lane down."""
    start, end = story.interaction.entered_at, story.interaction.ended_at
    whole_s = max((end - start).total_seconds(), 0.001)
    bars, free_at = [], [start, start, start]
    for segment in story.segments:
        lane = next((i for i, until in enumerate(free_at) if until <= segment.began_at), len(free_at) - 1)
        free_at[lane] = segment.ended_at
        seconds = (segment.ended_at - segment.began_at).total_seconds()
        who = names["agents"].get(segment.agent, segment.agent) or names["queues"].get(segment.queue, segment.queue)
        who = who or names["menus"].get(segment.party, segment.party)
        x = WIDTH * (segment.began_at - start).total_seconds() / whole_s
        bars.append(
            Bar(
                segment.kind,
                _(SEGMENT_KINDS.get(segment.kind, segment.kind)),
                SEGMENT_ICONS.get(segment.kind, "point"),
                who,
                _(_RESULTS.get(segment.result, segment.result)),
                min(x, WIDTH - NARROWEST),
                max(NARROWEST, WIDTH * seconds / whole_s),
                lane,
                segment.began_at,
                seconds,
            )
        )
    return bars


def tell_steps(steps: list[Step], names: Names) -> list[Line]:
    if not steps:
        return []
    start = steps[0].at
    return [
        Line(
            step.at,
            (step.at - start).total_seconds(),
            STEP_ICONS.get(step.kind, "point"),
            _text(step, names),
        )
        for step in steps
    ]


def _text(step: Step, names: Names) -> str:
    template, parts = sentence(step.kind, step.detail)
    return _(template).format(*(_part(step.kind, index, part, names) for index, part in enumerate(parts)))


def _part(kind: str, index: int, part: str, names: Names) -> str:
    """What people call it."""
    sections = _SECTIONS.get(kind, ())
    section = sections[index] if index < len(sections) else ""
    if section:
        return names.get(section, {}).get(part, part)
    place, key = split_destination(part)
    if key and place in DESTINATION_SECTIONS:
        return names.get(DESTINATION_SECTIONS[place], {}).get(key, key)
    return _(_RESULTS.get(part.lower(), CHOICE_TITLES.get(part, part)))
