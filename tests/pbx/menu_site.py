"""The site of the tests of menus and steps: a number for each way in, and a tone for each prompt."""

from typing import Any

from appliance.core.entities.groups import Conference, RingGroup
from appliance.core.entities.inbound import Campaign, InboundRoute
from appliance.core.entities.lookups import Lookup
from appliance.core.entities.people import Agent, Extension
from appliance.core.entities.queues import Queue
from appliance.core.entities.schedules import DAYS, Hours, Schedule
from appliance.core.entities.trunks import Trunk
from appliance.core.site import SECTIONS, Site
from tests.sites import a_menu, a_prompt

CALLER, ANA = 1000, 440
PROMPTS = {
    "one": 700,
    "two": 800,
    "three": 900,
    "four": 1100,
    "gold": 1200,
    "silver": 1300,
    "late": 1400,
    "wrong": 1500,
    "goodbye": 1600,
    "ask": 1700,
    "failed": 1800,
    "note": 1900,
}
# Every kind of destination, and what the journal tells when a call gets there.
KINDS = {
    "extension:1001": "EXTENSION 1001",
    "agent:ana": "EXTENSION 1001",
    "queue:sales": "QUEUE_JOIN sales",
    "campaign:offers": "CAMPAIGN offers",
    "voicemail:1001": "VOICEMAIL 1001|",
    "group:all": "GROUP all",
    "conference:board": "CONFERENCE board",
    "external:0051999888777": "NO_ROUTE 0051999888777",
    "directory": "DIRECTORY",
    "prompt:gold": "PROMPT gold",
    "announcement:note": "PROMPT note",
    "branch:always": "SCHEDULE always|open",
    "input:customer": "INPUT_FAILED customer",
    "lookup:level": "LOOKUP_FAILED level|down",
    "survey:happy": "SURVEY_BEGIN happy",
    "callback:later": "",
    "hangup": "",
}
DIGITS = "1234567890*#"
NUMBERS = {
    "5560001": "menu:one",
    "5560002": "input:customer",
    "5560003": "input:card",
    "5560004": "input:account",
    "5560005": "lookup:level",
    "5560006": "survey:happy",
    "5560007": "announcement:spanish",
    "5560008": "menu:strict",
    "5560009": "announcement:round-and-round",
    "5560010": "branch:always",
    "5560011": "branch:never",
    "5560020": "menu:kinds-0",
    "5560021": "menu:kinds-1",
}


def _menus() -> list[Any]:
    return [
        a_menu("one", ("2", "menu:two"), ("3", "announcement:note"), ("0", "operator"), prompt="one",
               operator="extension:1001", direct_dial=True),
        a_menu("two", ("3", "menu:three"), ("9", "back"), prompt="two"),
        a_menu("three", ("4", "menu:four"), ("5", "announcement:to-four"), ("6", "announcement:to-one"),
               ("9", "back"), prompt="three"),
        a_menu("four", ("5", "prompt:goodbye"), ("9", "back"), ("*", "repeat"), prompt="four"),
        a_menu("strict", ("1", "hangup"), prompt="one", wait_s=1, tries=2, timeout_prompt="late",
               invalid_prompt="wrong", timeout_destination="announcement:to-four",
               invalid_destination="input:account"),
    ]  # fmt: skip


def _menus_of_kinds() -> list[Any]:
    kinds = list(KINDS)
    halves = kinds[: len(DIGITS)], kinds[len(DIGITS) :]
    return [
        a_menu(f"kinds-{number}", *zip(DIGITS, half, strict=False), prompt="one") for number, half in enumerate(halves)
    ]


def _steps() -> dict[str, list[dict[str, Any]]]:
    failed = {"failed_destination": "prompt:failed", "tries": 2, "wait_s": 2}
    return {
        "announcements": [
            {"key": "note", "prompt": "note", "destination": "menu:one"},
            {"key": "to-four", "prompt": "note", "destination": "menu:four"},
            {"key": "to-one", "prompt": "note", "destination": "menu:one"},
            {"key": "spanish", "language": "es", "prompt": "one", "destination": "prompt:goodbye"},
            {"key": "round-and-round", "destination": "announcement:round-and-round"},
        ],
        "branches": [
            {"key": key, "schedule": key, "open_destination": "prompt:gold", "closed_destination": "prompt:silver"}
            for key in ("always", "never")
        ],
        "inputs": [
            {"key": "customer", "prompt": "ask", "variable": "customer", "min_digits": 4, "max_digits": 8,
             "destination": "queue:sales", "invalid_prompt": "wrong", **failed},
            {"key": "card", "prompt": "ask", "variable": "card", "min_digits": 13, "max_digits": 16,
             "check_digit": "luhn", "masked": True, "destination": "lookup:level", "invalid_prompt": "wrong", **failed},
            {"key": "account", "prompt": "ask", "variable": "account", "mask": "2XXXXXXXXXX", "max_digits": 11,
             "check_digit": "mod11", "destination": "prompt:goodbye", "invalid_prompt": "wrong", **failed},
        ],
        "surveys": [
            {"key": "happy", "questions": [{"prompt": "one"}, {"prompt": "two", "lowest": 0, "highest": 1}],
             "tries": 2, "thanks_prompt": "note", "destination": "prompt:goodbye"},
        ],
    }  # fmt: skip


def level(url: str) -> Lookup:
    return Lookup.model_validate(
        {
            "key": "level",
            "name": "Level",
            "url": url,
            "token": "open-sesame",
            "timeout_s": 1,
            "answers": [{"answer": "gold", "destination": "prompt:gold"}],
            "other_destination": "prompt:silver",
            "failed_destination": "prompt:failed",
        }
    )


def menu_site(lookup_url: str = "http://127.0.0.1:9/") -> Site:
    hours = [Hours(days=list(DAYS), start="00:00", end="24:00")]
    steps = {
        section: {row["key"]: SECTIONS[section].model_validate({"name": row["key"], **row}) for row in rows}
        for section, rows in _steps().items()
    }
    return Site.model_validate(
        {
            "trunks": {"main": Trunk(key="main", name="Main", match_header="X-Trunk: main", codecs=["ulaw"])},
            "extensions": {"1001": Extension(key="1001", name="Ana", secret="secret-1001", ring_s=5, voicemail=True)},
            "agents": {"ana": Agent(key="ana", name="Ana", extension="1001")},
            "schedules": {
                "always": Schedule(key="always", name="Always", hours=hours),
                "never": Schedule(key="never", name="Never"),
            },
            "prompts": {key: a_prompt(key) for key in PROMPTS},
            "menus": {menu.key: menu for menu in (*_menus(), *_menus_of_kinds())},
            "queues": {
                "sales": Queue(key="sales", name="Sales", recording=False, wrapup_s=0),
                "later": Queue(
                    key="later", name="Later", callback_after_s=30, callback_prompt="ask", callback_typed=True
                ),
            },
            "campaigns": {"offers": Campaign(key="offers", name="Offers", queue="sales")},
            "ring_groups": {
                "all": RingGroup.model_validate({"key": "all", "name": "All", "members": [{"extension": "1001"}]})
            },
            "conferences": {"board": Conference(key="board", name="Board")},
            "lookups": {"level": level(lookup_url)},
            "inbound_routes": {
                number: InboundRoute(key=number, name=to, destination=to) for number, to in NUMBERS.items()
            },
            **steps,
        }
    )


def lookup_only(url: str) -> Site:
    """What the daemon must know to answer Asterisk: no phone, no route."""
    site = menu_site(url)
    steps = {"prompts": site.prompts, "lookups": site.lookups, "menus": {}, "inputs": site.inputs}
    inputs = {key: each.model_copy(update={"destination": "hangup"}) for key, each in steps["inputs"].items()}
    return Site.model_validate({**steps, "inputs": inputs})
