"""The site of the call tests: a number for each way through the dialplan, and a tone for each prompt."""

import datetime as dt

from appliance.core.entities.callers import BlockedNumber
from appliance.core.entities.inbound import Campaign, InboundRoute
from appliance.core.entities.people import Agent, Extension
from appliance.core.entities.queues import Queue
from appliance.core.entities.schedules import DAYS, Holiday, Hours, Schedule
from appliance.core.entities.trunks import Trunk
from appliance.core.site import Site
from tests.sites import a_menu, a_prompt

CALLER, ANA, LUIS = 1000, 440, 500  # the voices
TRUNK = {"X_Trunk": "main"}
PROMPTS = {
    "welcome": 600,
    "menu": 700,
    "menu-2": 800,
    "menu-3": 900,
    "menu-4": 1100,
    "closed": 1200,
    "holiday": 1300,
    "too-late": 1400,
    "wrong": 1500,
    "goodbye": 1600,
    "bienvenida": 1700,
}


def schedules(today: dt.date) -> dict[str, Schedule]:
    always = [Hours(days=list(DAYS), start="00:00", end="24:00")]
    near = [Holiday(date=today + dt.timedelta(days=days), name="Near") for days in (-1, 0, 1)]
    found = [
        Schedule(key="always", name="Always", time_zone="America/Lima", hours=always),
        Schedule(key="never", name="Never"),
        Schedule(key="holiday", name="Holiday", time_zone="Asia/Tokyo", hours=always, holidays=near),
    ]
    return {schedule.key: schedule for schedule in found}


def menus() -> dict[str, object]:
    found = [
        a_menu(
            "main",
            ("1", "queue:sales"),
            ("2", "menu:two"),
            ("0", "operator"),
            ("*", "repeat"),
            ("#", "prompt:goodbye"),
            operator="extension:1002",
        ),
        a_menu("two", ("3", "menu:three"), ("9", "back"), prompt="menu-2"),
        a_menu("other", ("2", "menu:two"), ("9", "back"), prompt="menu-3"),
        a_menu("three", ("4", "menu:four"), ("9", "back"), prompt="menu-3"),
        a_menu("four", ("5", "prompt:goodbye"), ("9", "back"), prompt="menu-4"),
        a_menu(
            "strict",
            ("1", "hangup"),
            wait_s=1,
            tries=2,
            timeout_prompt="too-late",
            invalid_prompt="wrong",
            timeout_destination="prompt:goodbye",
            invalid_destination="prompt:closed",
        ),
    ]
    return {menu.key: menu for menu in found}


def queues() -> dict[str, Queue]:
    found = [
        Queue(key="sales", name="Sales", welcome_prompt="welcome", empty_destination="prompt:closed", wrapup_s=0),
        Queue(
            key="support",
            name="Support",
            recording=False,
            announce_position=False,
            empty_destination="prompt:closed",
        ),
        Queue(
            key="short",
            name="Short",
            max_wait_s=3,
            ring_s=3,
            timeout_destination="voicemail:1001",
            empty_destination="prompt:closed",
            announce_position=False,
        ),
        Queue(key="tiny", name="Tiny", max_callers=1, full_destination="prompt:goodbye", announce_every_s=15, ring_s=5),
        # A circle that a caller cannot leave: nobody is ever logged in here.
        Queue(key="circle", name="Circle", empty_destination="queue:circle"),
    ]
    return {queue.key: queue for queue in found}


def campaigns() -> dict[str, Campaign]:
    found = [
        Campaign(key="offers", name="Offers", queue="support", welcome_prompt="welcome", recording="always"),
        Campaign(key="late", name="Late", queue="support", schedule="never", closed_prompt="closed", recording="never"),
        Campaign(key="private", name="Private", queue="sales", schedule="always", recording="never"),
    ]
    return {campaign.key: campaign for campaign in found}


def a_route(number: str, destination: str, **fields: str) -> InboundRoute:
    return InboundRoute.model_validate({"key": number, "name": destination, "destination": destination, **fields})


def routes() -> dict[str, InboundRoute]:
    closed = {"closed_prompt": "closed", "closed_destination": "voicemail:1001", "holiday_prompt": "holiday"}
    found = [
        a_route("5550100", "menu:main", open_prompt="welcome", schedule="always", **closed),
        a_route("5550101", "menu:main", schedule="never", closed_prompt="closed"),
        a_route("5550102", "menu:main", schedule="holiday", **closed),
        a_route("5550103", "menu:strict"),
        a_route("5550104", "menu:other"),
        a_route("5550105", "queue:short"),
        a_route("5550106", "queue:sales"),
        a_route("5550107", "campaign:offers"),
        a_route("5550108", "agent:luis"),
        a_route("5550109", "queue:support"),
        a_route("5550110", "campaign:late"),
        a_route("5550111", "campaign:private"),
        a_route("5550112", "queue:tiny"),
        a_route("5550113", "queue:circle"),
        a_route("5550114", "extension:1001"),
        a_route("+5550115", "prompt:bienvenida", language="es"),
        a_route("77123*", "prompt:goodbye"),
    ]
    return {route.key: route for route in found}


def call_site(today: dt.date) -> Site:
    return Site.model_validate(
        {
            "trunks": {"main": Trunk(key="main", name="Main", match_header="X-Trunk: main", codecs=["ulaw"])},
            "extensions": {
                "1001": Extension(
                    key="1001", name="Ana", secret="secret-1001", voicemail=True, voicemail_pin="4711", ring_s=5
                ),
                "1002": Extension(key="1002", name='Luis "el jefe", <x>', secret="secret-1002", ring_s=5),
            },
            "agents": {
                "ana": Agent(key="ana", name="Ana", extension="1001"),
                "luis": Agent(key="luis", name="Luis", extension="1002"),
            },
            "schedules": schedules(today),
            "prompts": {key: a_prompt(key) for key in PROMPTS},
            "menus": menus(),
            "queues": queues(),
            "campaigns": campaigns(),
            "inbound_routes": routes(),
            "blacklist": {key: BlockedNumber(key=key) for key in ("+7000666", "79*")},
        }
    )
