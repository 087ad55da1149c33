"""What a whole site is refused for, and that the strategy of sites gives only good ones."""

import json
import re

import pytest
from hypothesis import HealthCheck, given, settings
from pydantic import ValidationError

from appliance.core.entities.fields import Entity, destination_words
from appliance.core.entities.people import Agent
from appliance.core.entities.queues import Queue
from appliance.core.entities.waiting import Member
from appliance.core.entities.work import Disposition
from appliance.core.problems import check_site, schema_problems
from appliance.core.refusals import FORMS
from appliance.core.site import SECTIONS, Site, key_of
from tests.site_strategy import sites
from tests.sites import a_menu, a_site


def test_a_good_site_has_no_problems() -> None:
    assert check_site(a_site()) == []


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(site=sites())
def test_every_site_of_the_strategy_is_good(site: Site) -> None:
    assert check_site(site) == []


def refused(section: str, key: str, **fields: object) -> list[str]:
    """What the schema says, as 'path: sentence'."""
    try:
        SECTIONS[section].model_validate({"key": key, **fields})
    except ValidationError as error:
        problems = schema_problems(error, (section, key))
        return [f"{'.'.join(map(str, problem.path[2:]))}: {problem.text()}" for problem in problems]
    return []


KEY = "key: may have small letters, digits and single hyphens between them, 40 at most"
KINDS = ", ".join(destination_words())
BACK = "use 'back' or 'repeat' to return"
HOUR = {"days": ["mon"], "start": "08:00", "end": "17:00"}
SECRET = "must have at least 10 characters, not all alike; left empty, a strong one is made"
LINE = "must be one line without control characters"
DIALPLAN = "must not hold ';' or a dollar sign before a bracket, nor begin with '#' or '['"


@pytest.mark.parametrize(
    ("section", "key", "fields", "expected"),
    [
        ("queues", "sales", {}, ["name: must be given"]),
        ("extensions", "1001", {"name": "A", "secret": "short"}, [f"secret: {SECRET}"]),
        ("extensions", "1001", {"name": "A", "secret": "1111111111111"}, [f"secret: {SECRET}"]),
        ("extensions", "1001", {"name": "A", "secret": ""}, []),
        ("queues", "sales", {"name": ""}, ["name: must be given"]),
        ("queues", "sales", {"name": "x" * 81}, ["name: must have at most 80 characters"]),
        ("queues", "sales", {"name": "a\r\nb"}, [f"name: {LINE}"]),
        ("queues", "sales", {"name": "a\0b"}, [f"name: {LINE}"]),
        ("queues", "sales", {"name": "a\u2028b"}, [f"name: {LINE}"]),
        ("queues", "sales", {"name": "${SHELL(id)}"}, [f"name: {DIALPLAN}"]),
        ("queues", "sales", {"name": "a;b"}, [f"name: {DIALPLAN}"]),
        ("queues", "sales", {"name": "\ud800"}, ["name: holds characters that are no text"]),
        ("queues", "sales", {"name": "\u202eمرحبا"}, []),
        ("queues", "sales", {"name": "📞 '); DROP TABLE queues --".replace(";", ",")}, []),
        ("queues", "Sales", {"name": "S"}, [KEY]),
        ("queues", "x" * 41, {"name": "S"}, [KEY]),
        ("queues", "sales", {"name": "S", "ring_s": 2}, ["ring_s: must be 3 or more"]),
        ("queues", "sales", {"name": "S", "ring_s": "301"}, ["ring_s: must be 300 or less"]),
        ("queues", "sales", {"name": "S", "ring_s": "soon"}, ["ring_s: must be a whole number"]),
        ("queues", "sales", {"name": "S", "ring_s": 3.5}, ["ring_s: must be a whole number"]),
        ("queues", "sales", {"name": "S", "recording": "maybe"}, ["recording: must be true or false"]),
        ("queues", "sales", {"name": "S", "recording": "on"}, []),
        ("queues", "sales", {"name": "S", "members": "ana"}, ["members: must be a list"]),
        ("queues", "sales", {"name": "S", "members": ["ana"]}, ["members.0: must hold values by name"]),
        ("queues", "sales", {"name": "S", "members": [{"agent": "ana", "level": 1}]},
         ["members.0.level: is not known here; allowed are agent, penalty"]),
        ("queues", "sales", {"name": "S", "members": [{"agent": "a"}, {"agent": "a"}]},
         ["members: agent a is in the list twice"]),
        ("queues", "sales", {"name": "S", "timeout_destination": "queu:x"},
         [f"timeout_destination: must be 'hangup' or one of {KINDS}"]),
        ("queues", "sales", {"name": "S", "strategy": "best"},
         ["strategy: must be one of leastrecent, fewestcalls, rrmemory, rrordered, ringall, linear, random, wrandom"]),
        ("extensions", "1", {"name": "A"}, ["key: must be 2 to 6 digits"]),
        ("extensions", "1001", {"name": "A", "voicemail_pin": "12"}, ["voicemail_pin: must be 4 to 10 digits"]),
        ("agents", "ana", {"name": "A", "extension": "1001", "color": "red"},
         ["color: is not known here; allowed are name, extension, shift, number, pin, skills"]),
        ("schedules", "office", {"name": "O", "time_zone": "Lima"},
         ["time_zone: is not a time zone; write it like America/Lima, Europe/Madrid or UTC"]),
        ("schedules", "office", {"name": "O", "hours": [{**HOUR, "start": "25:00"}]},
         ["hours.0.start: must be a time such as 08:30"]),
        ("schedules", "office", {"name": "O", "hours": [{**HOUR, "start": "8:30"}]}, []),
        ("schedules", "office", {"name": "O", "hours": [{**HOUR, "end": "24:01"}]},
         ["hours.0.end: must be a time such as 08:30"]),
        ("schedules", "office", {"name": "O", "hours": [{**HOUR, "days": ["monday"]}]},
         ["hours.0.days.0: must be one of mon, tue, wed, thu, fri, sat, sun"]),
        ("schedules", "office", {"name": "O", "holidays": [{"date": 86400, "name": "X"}]},
         ["holidays.0.date: must be a date that exists, such as 2026-12-25"]),
        ("schedules", "office", {"name": "O", "holidays": [{"date": "2026-02-30", "name": "X"}]},
         ["holidays.0.date: must be a date that exists, such as 2026-12-25"]),
        ("prompts", "hi", {"name": "H", "audio": {}}, ["audio: needs at least 1"]),
        ("prompts", "hi", {"name": "H", "audio": {"en": {}}}, ["audio.en: needs a text to speak or an uploaded file"]),
        ("prompts", "hi", {"name": "H", "audio": {"english": {"text": "x"}}},
         ["audio.english: must be a language such as en, es or pt_BR"]),
        ("prompts", "hi", {"name": "H", "audio": {"en": {"text": "a\0b"}}},
         ["audio.en.text: must not hold control characters"]),
        ("prompts", "hi", {"name": "H", "audio": {"en": {"upload": "../x"}}},
         ["audio.en.upload: must be the SHA-256 of an uploaded file"]),
        ("menus", "main", {"name": "M", "prompt": "p", "options": []}, ["options: needs at least 1"]),
        ("menus", "main",
         {"name": "M", "prompt": "p", "options": [{"digit": "A", "label": "x", "destination": "back"}]},
         ["options.0.digit: must be one of 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, *, #"]),
        ("trunks", "t", {"name": "T"}, [": a trunk needs a host, or a header that its calls are recognised by"]),
        ("trunks", "t", {"name": "T", "match_header": "X"},
         ["match_header: must be a header and its value, such as 'X-Trunk: main'"]),
        ("inbound_routes", "abc", {"name": "R", "destination": "hangup"},
         ["key: must be digits, X for any digit, with + before them and * after them for any further digits"]),
        ("blacklist", "*", {}, ["key: must be digits, with a * at the end for all numbers that begin so"]),
    ],
)  # fmt: skip
def test_the_sentences(section: str, key: str, fields: dict[str, object], expected: list[str]) -> None:
    assert refused(section, key, **fields) == expected


def test_every_pattern_of_a_schema_has_its_sentence() -> None:
    patterns = re.findall(r'"pattern": ("[^"]*")', json.dumps(Site.model_json_schema()))
    assert {json.loads(pattern) for pattern in patterns} <= FORMS.keys()


@pytest.mark.parametrize(
    ("section", "entity", "expected"),
    [
        ("queues", Queue(key="q", name="Q", members=[Member(agent="bob")]),
         "queues.q.members.0.agent: 'bob' does not exist in agents; there are: ana, luis"),
        ("queues", Queue(key="q", name="Q", timeout_destination="back"),
         f"queues.q.timeout_destination: 'back' is not a destination; allowed are hangup, {KINDS}"),
        ("queues", Queue(key="q", name="Q", timeout_destination="voicemail:1002"),
         "queues.q.timeout_destination: extension 1002 has no voicemail"),
        ("agents", Agent(key="zoe", name="Zoe", extension="1001"),
         "agents.ana.extension: extension 1001 belongs to agent 'zoe' already; "
         "agents.zoe.extension: extension 1001 belongs to agent 'ana' already"),
        ("dispositions", Disposition(key="now", name="Now", parent="later"),
         "dispositions.now.parent: disposition 'later' is not of the first level"),
        ("dispositions", Disposition(key="now", name="Now", parent="now"),
         "dispositions.now.parent: disposition 'now' is not of the first level"),
        ("menus", a_menu("more", ("1", "menu:main")),
         f"menus.more.options.0.destination: menus go in a circle: main > more > main; {BACK}"),
        ("menus", a_menu("more", ("1", "menu:more")),
         f"menus.more.options.0.destination: menus go in a circle: more > more; {BACK}"),
    ],
)  # fmt: skip
def test_what_only_the_whole_site_knows(section: str, entity: Entity, expected: str) -> None:
    problems = check_site(a_site().replaced(section, key_of(entity), entity))
    assert "; ".join(f"{'.'.join(map(str, problem.path))}: {problem.text()}" for problem in problems) == expected


def test_a_fifth_level_of_menus() -> None:
    site = a_site()
    for level in range(2, 6):
        onward = [("2", f"menu:m{level + 1}")] if level < 5 else [("1", "hangup")]
        site = site.replaced("menus", f"m{level}", a_menu(f"m{level}", *onward))
    assert check_site(site) == []
    site = site.replaced("menus", "m1", a_menu("m1", ("1", "menu:m2")))
    assert [problem.text() for problem in check_site(site)] == [
        "menu 'm5' would be on level 5; menus may be 4 levels deep"
    ]
