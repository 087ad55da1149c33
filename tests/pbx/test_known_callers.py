"""Callers who are known by number, one-off closings and the emergency switch: where each call goes."""

import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from baresip import Runtime

from appliance.core.site import Site
from tests.pbx.centre import Centre, running
from tests.pbx.nodes import TestNode, asterisk_program, make_facts
from tests.pbx.phones import refusal
from tests.pbx.tones import write_tone
from tests.sites import Fields

OPEN, CLOSED, GOODBYE, CRISIS, SPECIAL = 600, 800, 1000, 1200, 1400
TONES = {"open": OPEN, "closed": CLOSED, "goodbye": GOODBYE, "crisis": CRISIS, "special": SPECIAL}
TRUNK = {"X_Trunk": "main"}
ZONE = "Asia/Tokyo"
ALWAYS = [{"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "start": "00:00", "end": "24:00"}]


def known_site(**general: object) -> Site:
    today = dt.datetime.now(ZoneInfo(ZONE)).date()
    yesterday, tomorrow = (str(today + dt.timedelta(days=days)) for days in (-1, 1))
    closed_now = {"name": "Move", "first_date": yesterday, "last_date": tomorrow, "start": "08:00", "end": "09:00"}
    sections: dict[str, dict[str, Fields]] = {
        "general": {"main": {"time_zone": ZONE, "blocked_destination": "prompt:goodbye", **general}},
        "trunks": {"main": {"name": "Main", "match_header": "X-Trunk: main", "codecs": ["ulaw"]}},
        "prompts": {key: {"name": key, "audio": {"en": {"text": key}}} for key in TONES},
        "schedules": {
            "moving": {"name": "Moving", "time_zone": ZONE, "hours": ALWAYS, "closings": [closed_now]},
            "moved": {
                "name": "Moved",
                "time_zone": ZONE,
                "hours": ALWAYS,
                "closings": [{"name": "Past", "first_date": "2020-01-01", "last_date": yesterday}],
            },
        },
        "inbound_routes": {
            "5550100": {"name": "Main", "destination": "prompt:open", "schedule": "moved"},
            "5550200": {
                "name": "Moving",
                "destination": "prompt:open",
                "schedule": "moving",
                "closed_destination": "prompt:closed",
            },
            "55503XX": {
                "name": "A block",
                "destination": "prompt:open",
                "callers": [{"caller": "81*", "destination": "prompt:special"}],
            },
        },
        "blacklist": {
            "8000001": {},
            "8000002": {"expires": yesterday},
            "8000003": {"expires": str(today)},
            "8000004": {"only_for": [{"route": "55503XX"}]},
        },
        "vips": {"8000005": {"name": "Best", "priority": 7}, "82*": {"name": "Board", "destination": "prompt:special"}},
    }
    return Site.model_validate(
        {name: {key: {"key": key, **row} for key, row in rows.items()} for name, rows in sections.items()}
    )


@pytest.fixture(scope="module")
async def known(tmp_path_factory: pytest.TempPathFactory, runtime: Runtime) -> AsyncIterator[Centre]:
    node = TestNode(make_facts(tmp_path_factory.mktemp("known")), asterisk_program())
    for key, frequency in TONES.items():
        write_tone(Path(node.facts.prompts, "en", f"{key}.wav"), frequency, 0.6)
    async with running(node, known_site(), runtime) as centre:
        yield centre


@pytest.mark.parametrize(
    ("caller", "number", "heard", "told"),
    [
        ("8000001", "5550100", GOODBYE, ["BLACKLISTED 8000001", "PROMPT goodbye"]),
        ("8000002", "5550100", OPEN, ["SCHEDULE moved|open", "PROMPT open"]),  # until yesterday
        ("8000003", "5550100", GOODBYE, ["BLACKLISTED 8000003"]),  # the last day counts
        ("8000004", "5550100", OPEN, ["PROMPT open"]),  # blocked on another number only
        ("+8000004", "5550342", GOODBYE, ["BLACKLISTED 8000004"]),
        ("8000005", "5550100", OPEN, ["VIP 8000005|7", "PROMPT open"]),
        ("8200001", "5550100", SPECIAL, ["VIP 82*|5", "PROMPT special"]),
        ("8100001", "5550342", SPECIAL, ["INTERACTION", "SPECIAL_CALLER 81*", "PROMPT special"]),
        ("8100002", "5550100", OPEN, ["PROMPT open"]),  # special on another number only
        ("8000006", "5550200", CLOSED, ["SCHEDULE moving|closed", "PROMPT closed"]),
    ],
)
async def test_where_a_known_caller_goes(known: Centre, caller: str, number: str, heard: int, told: list[str]) -> None:
    leg = await (await known.caller(caller)).dial(number, **TRUNK)
    await leg.hears(heard)
    await leg.over()
    await known.tells(caller, *told)


async def test_closed_for_an_emergency(known: Centre) -> None:
    assert await known.apply(known_site(emergency_closed=True, emergency_prompt="crisis")) == []
    leg = await (await known.caller("8000007")).dial("5550100", **TRUNK)
    await leg.hears(CRISIS)
    await leg.over()
    await known.tells("8000007", "EMERGENCY_CLOSED", "PROMPT crisis")
    assert await known.apply(known_site()) == []
    leg = await (await known.caller("8000008")).dial("5550100", **TRUNK)
    await leg.hears(OPEN)
    await leg.over()


async def test_a_blocked_caller_without_an_ending_is_refused(known: Centre) -> None:
    assert await known.apply(known_site(blocked_destination="hangup")) == []
    leg = await (await known.caller("8000001")).dial("5550100", **TRUNK)
    assert "403" in await refusal(leg)
    assert await known.apply(known_site()) == []
