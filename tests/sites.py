"""Builders of sites for every ring of tests."""

import datetime as dt

from appliance.core.entities.callers import BlockedNumber
from appliance.core.entities.inbound import Campaign, InboundRoute
from appliance.core.entities.menus import Menu, MenuOption
from appliance.core.entities.people import Agent, Extension
from appliance.core.entities.prompts import Audio, Prompt
from appliance.core.entities.queues import Queue
from appliance.core.entities.schedules import DAYS, Holiday, Hours, Schedule
from appliance.core.entities.trunks import Trunk
from appliance.core.entities.waiting import Member
from appliance.core.site import Site


def a_prompt(key: str, text: str = "") -> Prompt:
    return Prompt(key=key, name=key.capitalize(), audio={"en": Audio(text=text or f"This is {key}.")})


def a_menu(key: str, *options: tuple[str, str], **fields: object) -> Menu:
    keys = [MenuOption(digit=digit, label=to, destination=to) for digit, to in options]
    return Menu.model_validate({"key": key, "name": key.capitalize(), "prompt": "menu", "options": keys, **fields})


def a_site() -> Site:
    """A small centre that uses every kind of entity."""
    return Site(
        trunks={"main-line": Trunk(key="main-line", name="Main line", match_header="X-Trunk: main")},
        extensions={
            "1001": Extension(key="1001", name="Ana", secret="secret-1001", voicemail=True, voicemail_pin="4711"),
            "1002": Extension(key="1002", name="Luis", secret="secret-1002", voicemail_pin="4712"),
        },
        agents={
            "ana": Agent(key="ana", name="Ana López", extension="1001"),
            "luis": Agent(key="luis", name="Luis Pérez", extension="1002"),
        },
        schedules={
            "office": Schedule(
                key="office",
                name="Office hours",
                time_zone="America/Lima",
                hours=[Hours(days=list(DAYS), start="00:00", end="24:00")],
                holidays=[Holiday(date=dt.date(2020, 12, 25), name="Christmas")],
            )
        },
        prompts={key: a_prompt(key) for key in ("closed", "menu", "welcome")},
        menus={
            "main": a_menu(
                "main", ("1", "queue:sales"), ("2", "menu:more"), ("0", "operator"), operator="extension:1002"
            ),
            "more": a_menu("more", ("1", "campaign:support"), ("9", "back"), ("*", "repeat")),
        },
        queues={
            "sales": Queue(
                key="sales",
                name="Sales",
                members=[Member(agent="ana"), Member(agent="luis", penalty=1)],
                timeout_destination="voicemail:1001",
                empty_destination="prompt:closed",
            ),
            "support": Queue(key="support", name="Support", strategy="rrmemory"),
        },
        campaigns={
            "support": Campaign(
                key="support", name="Support", queue="support", welcome_prompt="welcome", schedule="office"
            )
        },
        inbound_routes={
            "5550100": InboundRoute(
                key="5550100",
                name="Main number",
                open_prompt="welcome",
                destination="menu:main",
                schedule="office",
                closed_prompt="closed",
                closed_destination="voicemail:1001",
            )
        },
        blacklist={"5550666": BlockedNumber(key="5550666", reason="nuisance")},
    )
