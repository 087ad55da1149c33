"""Hypothesis strategies for whole sites: everything that the schemas and check_site allow, traps preferred.

Strategies are made once, outside the functions: made for each draw they would cost more than all that they draw.
"""

import re
import string
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from hypothesis import reject
from hypothesis import strategies as st
from pydantic import ValidationError

from appliance.core.entities.fields import DESTINATION_SECTIONS, Entity
from appliance.core.entities.menus import MAX_MENU_LEVELS
from appliance.core.entities.schedules import DAYS
from appliance.core.entities.waiting import STRATEGY_HELP
from appliance.core.problems import Problem, check_site
from appliance.core.site import SECTIONS, Site
from tests.field_strategies import DIGITS, Pick, blocked_numbers, clocks, dids, hosts, phone_numbers, strategy_of

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
pins = st.text(DIGITS, min_size=4, max_size=10)
spoken = st.one_of(
    titles,
    st.text(st.one_of(_line_characters, st.sampled_from("\n\t;[]{}$#")), min_size=1, max_size=200)
    .map(str.strip)
    .filter(bool),
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


STEPS = ("announcements", "branches", "inputs", "lookups", "surveys")
SINGLES = ("general", "mail", "feature_codes", "agent_rules")
# What an entity of a section cannot be without.
NEEDS = {
    "outbound_routes": "trunks", "ring_groups": "extensions", "menus": "prompts", "inputs": "prompts",
    "surveys": "prompts", "branches": "schedules", "campaigns": "queues",
}  # fmt: skip
WIDE = ("trunks", "extensions", "agents", "prompts", "menus", "queues", "inbound_routes")  # of the others one will do
LEFT_OUT = ("music",)  # its files are uploads


@cache
def _keys_of(section: str, size: int) -> st.SearchStrategy[list[str]]:
    special = {
        "extensions": phone_numbers, "inbound_routes": dids, "blacklist": blocked_numbers, "vips": blocked_numbers,
    }  # fmt: skip
    if section in SINGLES:
        return st.sampled_from([[], ["main"]])
    if section in LEFT_OUT:
        return st.just([])
    return st.lists(special.get(section, keys), max_size=size, unique=True)


class Draft:
    """The keys of every section, drawn first, so that references can point at what is there."""

    def __init__(self, draw: Drawn, size: int) -> None:
        self.draw = draw
        self.keys: dict[str, list[str]] = {section: [] for section in SECTIONS}
        for section in SECTIONS:
            self.keys[section] = sorted(draw(_keys_of(section, size if section in WIDE else 1)))
        self.keys["queues"] = [key for key in self.keys["queues"] if key != "general"]
        for section, needed in NEEDS.items():
            if not self.keys[needed]:
                self.keys[section] = []
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

    def fields(self, section: str, made: Fields) -> Fields:
        """All fields of an entity: those that were `made` with care, the rest from their types."""
        schema = SECTIONS[section]
        rest = [name for name in schema.model_fields if name not in made and name != "key"]
        drawn = {name: self.draw(strategy_of(schema, name)) for name in rest}
        return _repaired(section, {**self.picked(section, drawn), **made})

    def picked(self, section: str, value: Any) -> Any:
        """With every reference to something that is there; what would refer to nothing is left out."""
        if isinstance(value, dict):
            found = {name: self.picked(section, inner) for name, inner in value.items()}
            return {name: inner for name, inner in found.items() if inner is not None}
        if isinstance(value, list):
            rows = [self.picked(section, inner) for inner in value]
            return [
                row
                for row, drawn in zip(rows, value, strict=True)
                if not isinstance(drawn, dict) or len(row) == len(drawn)
            ]
        if isinstance(value, Pick):
            return value.among(self.keys[value.section] if value.section else self.destinations(_kinds_beside(section)))
        return value

    def destinations(self, kinds: tuple[str, ...]) -> list[str]:
        found = [f"{kind}:{key}" for kind in kinds for key in self.keys[DESTINATION_SECTIONS[kind]]]
        return ["hangup", "directory", "external:5551234", *found]

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


def _kinds_beside(section: str) -> tuple[str, ...]:
    """Steps lead to no menu and to no step: so there is no circle. A callback's queue must offer one."""
    circles = ("menu", "announcement", "branch", "input", "lookup", "survey") if section in STEPS else ()
    return tuple(kind for kind in DESTINATION_SECTIONS if kind not in ("callback", "voicemail", *circles))


def _repaired(section: str, fields: Fields) -> Fields:
    """Fields that do not go together have their defaults; a list that must not be empty keeps its first row."""
    schema = SECTIONS[section].model_fields
    for _ in range(5):
        try:
            SECTIONS[section].model_validate({"key": _A_KEY.get(section, "main"), **fields})
        except ValidationError as error:
            wrong = {str(item["loc"][0]) for item in error.errors() if item["loc"]} or {*fields}
            kept = {name: value for name, value in fields.items() if name not in wrong or schema[name].is_required()}
            short = {name: kept[name][:1] for name in wrong & kept.keys() if isinstance(kept[name], list)}
            fields = kept | short
        else:
            return fields
    return reject()


_A_KEY = {"extensions": "1001", "inbound_routes": "5550100", "blacklist": "5550100", "vips": "5550100"}


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
    }
    made = {
        section: {key: draft.fields(section, values.get(section, {}).get(key, {})) for key in draft.keys[section]}
        for section in SECTIONS
    }
    site = Site.model_validate({section: _entities(section, found) for section, found in made.items()})
    return _without(site, check_site(site))


def _without(site: Site, problems: list[Problem]) -> Site:
    """What only the whole site knows to be wrong has its default instead, such as an internal number used twice."""
    for problem in problems:
        section, key, name = str(problem.path[0]), str(problem.path[1]), str(problem.path[2])
        entity = site.section(section)[key]
        field = SECTIONS[section].model_fields[name]
        if field.is_required():
            reject()
        default = field.get_default(call_default_factory=True)
        site = site.replaced(section, key, entity.model_copy(update={name: default}))
    if check_site(site):
        reject()
    return site
