"""Hypothesis strategies for whole sites: everything that the schemas and check_site allow, traps preferred.

Strategies are made once, outside the functions: made for each draw they would cost more than all that they draw.
"""

import re
import string
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from hypothesis import strategies as st

from appliance.core.entities.fields import Entity
from appliance.core.entities.menus import MAX_MENU_LEVELS
from appliance.core.entities.schedules import DAYS
from appliance.core.entities.waiting import STRATEGY_HELP
from appliance.core.site import SECTIONS, Site

Fields = dict[str, Any]
Drawn = Any  # hypothesis' draw function

# Keys that YAML, Asterisk or SQL could take for something else.
TRAP_KEYS = ["general", "default", "globals", "on", "no", "y", "null", "true", "0123", "1e5", "0x1f", "hangup", "back"]
TRAP_TITLES = ["on", "null", "12:30", "1e5", "~", "- x", "a: b", "a #b", "'", '"', "\\", "%s", "{}", "&a", "*a", "!x"]
TRAP_TITLES += [
    "=cmd",
    "</script>",
    "' OR 1=1 --",
    "مرحبا",
    "José Ñandú",
    "\U0001f4de",
    "a,b|c(d)&e",
    "{{ x }}",
    "100%",
]
LANGUAGES = ["en", "es", "pt_BR", "no", "fr"]

DIGITS = string.digits
keys = st.one_of(
    st.text(string.ascii_lowercase + DIGITS + "-", min_size=1, max_size=40)
    .map(lambda text: re.sub("-+", "-", text).strip("-"))
    .filter(bool),
    st.sampled_from(TRAP_KEYS),
)
_line_characters = st.characters(
    exclude_categories=["Cs", "Cc", "Zl", "Zp"], exclude_characters="\x7f\x85;", max_codepoint=0x1FFFF
)


def _is_line(text: str) -> bool:
    return text == text.strip() and not ("${" in text or "$[" in text or text.startswith(("#", "[")))


def lines(max_size: int, min_size: int = 0) -> st.SearchStrategy[str]:
    """One line of text that passes as Line."""
    traps = [text for text in TRAP_TITLES if min_size <= len(text) <= max_size]
    return st.one_of(
        st.sampled_from(traps),
        st.text(string.ascii_letters + string.digits + " .-_'", min_size=min_size, max_size=min(20, max_size)),
        st.text(_line_characters, min_size=min_size, max_size=max_size),
    ).filter(lambda text: _is_line(text) and len(text) >= min_size)


titles, users, reasons = lines(80, 1), lines(80), lines(200)
secrets = titles
phone_secrets = lines(80, 10).filter(lambda text: len(set(text)) >= 4)
phone_numbers = st.text(DIGITS, min_size=2, max_size=6)
pins = st.text(DIGITS, min_size=4, max_size=10)
_digits = st.text(DIGITS, min_size=2, max_size=15)
numbers = st.one_of(_digits, _digits.map("+{}".format))
blocked_numbers = st.one_of(numbers, numbers.map("{}*".format))
clocks = st.integers(0, 24 * 60 - 1).map(lambda minute: f"{minute // 60:02}:{minute % 60:02}")
spoken = st.one_of(
    titles,
    st.text(st.one_of(_line_characters, st.sampled_from("\n\t;[]{}$#")), min_size=1, max_size=200)
    .map(str.strip)
    .filter(bool),
)
hosts = st.one_of(
    st.ip_addresses().map(str),
    st.from_regex(r"\A[a-z]([a-z0-9-]{0,20}[a-z0-9])?(\.[a-z]{2,10}){0,3}\Z"),
)


switches = st.booleans()
ports = st.integers(1, 65535)
headers = st.sampled_from(["", "X-Trunk: main", "X-A: b.c_d-9"])
codecs = st.lists(st.sampled_from(["alaw", "ulaw", "g722", "opus", "gsm"]), min_size=1, unique=True)
hosts_or_none = st.one_of(st.just(""), hosts)
secrets_or_none = st.one_of(st.just(""), secrets)
extensions = st.fixed_dictionaries(
    {
        "name": titles,
        "secret": phone_secrets,
        "ring_s": st.integers(5, 300),
        "voicemail": switches,
        "voicemail_pin": pins,
    }
)
hours = st.fixed_dictionaries(
    {
        "days": st.lists(st.sampled_from(DAYS), min_size=1, unique=True),
        "start": clocks,
        "end": st.one_of(clocks, st.just("24:00")),
    }
)
schedules = st.fixed_dictionaries(
    {
        "name": titles,
        "time_zone": st.sampled_from(sorted(available_timezones())),
        "hours": st.lists(hours, max_size=5),
        "holidays": st.lists(st.fixed_dictionaries({"date": st.dates(), "name": users}), max_size=4),
    }
)
languages = st.sampled_from(LANGUAGES)
prompts = st.fixed_dictionaries(
    {
        "name": titles,
        "audio": st.dictionaries(languages, st.fixed_dictionaries({"text": spoken}), min_size=1, max_size=3),
    }
)
menu_digits = st.lists(st.sampled_from("0123456789*#"), min_size=1, max_size=12, unique=True)
menu_numbers = st.fixed_dictionaries({"wait_s": st.integers(1, 60), "tries": st.integers(1, 10)})
menu_levels = st.integers(1, MAX_MENU_LEVELS)
penalties = st.integers(0, 9)
queue_numbers = st.fixed_dictionaries(
    {
        "strategy": st.sampled_from(list(STRATEGY_HELP)),
        "ring_s": st.integers(3, 300),
        "retry_s": st.integers(0, 60),
        "wrapup_s": st.integers(0, 3600),
        "weight": st.integers(0, 100),
        "max_wait_s": st.integers(0, 86400),
        "max_callers": st.integers(0, 1000),
        "announce_position": switches,
        "announce_wait": switches,
        "announce_every_s": st.integers(15, 3600),
        "service_level_s": st.integers(1, 3600),
        "recording": switches,
    }
)
campaign_recordings = st.sampled_from(["queue", "always", "never"])


@st.composite
def trunks(draw: Drawn) -> Fields:
    registration = draw(switches)
    header = "" if registration else draw(headers)
    needs_host = registration or not header
    return {
        "name": draw(titles),
        "host": draw(hosts if needs_host else hosts_or_none),
        "port": draw(ports),
        "registration": registration,
        "username": draw(titles if registration else users),
        "secret": draw(secrets_or_none),
        "match_header": header,
        "codecs": draw(codecs),
    }


trunk = trunks()


MADE = (
    "trunks", "extensions", "agents", "schedules", "prompts", "menus", "queues", "campaigns", "inbound_routes",
    "blacklist",
)  # fmt: skip


@cache
def _keys_of(section: str, size: int) -> st.SearchStrategy[list[str]]:
    special = {"extensions": phone_numbers, "inbound_routes": numbers, "blacklist": blocked_numbers}
    return st.lists(special.get(section, keys), max_size=size, unique=True)


class Draft:
    """The keys of every section, drawn first, so that references can point at what is there."""

    def __init__(self, draw: Drawn, size: int) -> None:
        self.draw = draw
        self.keys: dict[str, list[str]] = {section: [] for section in SECTIONS}
        for section in SECTIONS:
            self.keys[section] = sorted(draw(_keys_of(section, size))) if section in MADE else []
        self.keys["queues"] = [key for key in self.keys["queues"] if key != "general"]
        if not self.keys["prompts"]:  # a menu cannot be without one
            self.keys["menus"] = []
        if not self.keys["queues"]:
            self.keys["campaigns"] = []
        self.keys["agents"] = self.keys["agents"][: len(self.keys["extensions"])]
        self.mailboxes: list[str] = []

    def one(self, section: str, *also: str) -> str:
        return self.draw(st.sampled_from([*self.keys[section], *also]))

    def destination(self, *extra: str, menus: list[str] | None = None) -> str:
        kinds = {
            "queue": self.keys["queues"],
            "menu": self.keys["menus"] if menus is None else menus,
            "extension": self.keys["extensions"],
            "agent": self.keys["agents"],
            "campaign": self.keys["campaigns"],
            "voicemail": self.mailboxes,
            "prompt": self.keys["prompts"],
        }
        named = [f"{kind}:{key}" for kind, found in kinds.items() for key in found]
        return self.draw(st.sampled_from(["hangup", *extra, *named]))

    def menu(self, deeper: list[str]) -> Fields:
        digits = self.draw(menu_digits)
        return {
            "name": self.draw(titles),
            "prompt": self.one("prompts"),
            "options": [
                {
                    "digit": digit,
                    "label": self.draw(titles),
                    "destination": self.destination("back", "repeat", "operator", menus=deeper),
                }
                for digit in digits
            ],
            **self.draw(menu_numbers),
            "timeout_prompt": self.one("prompts", ""),
            "invalid_prompt": self.one("prompts", ""),
            "timeout_destination": self.destination(),
            "invalid_destination": self.destination(),
            "operator": self.destination(),
        }

    def menus(self) -> dict[str, Fields]:
        """Each menu gets a level and leads only to deeper ones: so there is no circle and no fifth level."""
        levels = {key: self.draw(menu_levels) for key in self.keys["menus"]}
        return {key: self.menu([other for other, at in levels.items() if at > level]) for key, level in levels.items()}

    def queue(self) -> Fields:
        agents = self.draw(st.lists(st.sampled_from(self.keys["agents"]), unique=True)) if self.keys["agents"] else []
        return {
            "name": self.draw(titles),
            "members": [{"agent": agent, "penalty": self.draw(penalties)} for agent in agents],
            "timeout_destination": self.destination(),
            "empty_destination": self.destination(),
            "full_destination": self.destination(),
            "welcome_prompt": self.one("prompts", ""),
            **self.draw(queue_numbers),
        }

    def campaign(self) -> Fields:
        return {
            "name": self.draw(titles),
            "queue": self.one("queues"),
            "welcome_prompt": self.one("prompts", ""),
            "schedule": self.one("schedules", ""),
            "closed_prompt": self.one("prompts", ""),
            "closed_destination": self.destination(),
            "recording": self.draw(campaign_recordings),
        }

    def route(self) -> Fields:
        return {
            "name": self.draw(titles),
            "language": self.draw(languages),
            "open_prompt": self.one("prompts", ""),
            "destination": self.destination(),
            "schedule": self.one("schedules", ""),
            "closed_prompt": self.one("prompts", ""),
            "closed_destination": self.destination(),
            "holiday_prompt": self.one("prompts", ""),
            "holiday_destination": self.destination(),
        }


def _entities(section: str, values: dict[str, Fields]) -> dict[str, Entity]:
    return {key: SECTIONS[section].model_validate({"key": key, **fields}) for key, fields in values.items()}


@st.composite
def sites(draw: Drawn, size: int = 4) -> Site:
    """A site with at most `size` entities in each section; it passes every check."""
    draft = Draft(draw, size)
    phones = {key: draw(extensions) for key in draft.keys["extensions"]}
    draft.mailboxes = [key for key, fields in phones.items() if fields["voicemail"]]
    taken = draw(st.permutations(list(phones)))
    values: dict[str, dict[str, Fields]] = {
        "trunks": {key: draw(trunk) for key in draft.keys["trunks"]},
        "extensions": phones,
        "agents": {
            key: {"name": draw(titles), "extension": phone}
            for key, phone in zip(draft.keys["agents"], taken, strict=False)
        },
        "schedules": {key: draw(schedules) for key in draft.keys["schedules"]},
        "prompts": {key: draw(prompts) for key in draft.keys["prompts"]},
        "menus": draft.menus(),
        "queues": {key: draft.queue() for key in draft.keys["queues"]},
        "campaigns": {key: draft.campaign() for key in draft.keys["campaigns"]},
        "inbound_routes": {key: draft.route() for key in draft.keys["inbound_routes"]},
        "blacklist": {key: {"reason": draw(reasons)} for key in draft.keys["blacklist"]},
    }
    return Site.model_validate({section: _entities(section, found) for section, found in values.items()})
