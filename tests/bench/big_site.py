"""The site that figures are measured with: 1,000 agents, 100 queues, 200 menus, 100 schedules, 500 routes."""

import datetime as dt

from appliance.core.entities.inbound import InboundRoute
from appliance.core.entities.menus import Menu, MenuOption
from appliance.core.entities.people import Agent, Extension
from appliance.core.entities.prompts import Audio, Prompt
from appliance.core.entities.queues import Queue
from appliance.core.entities.schedules import DAYS, Holiday, Hours, Schedule
from appliance.core.entities.trunks import Trunk
from appliance.core.entities.waiting import Member
from appliance.core.site import Site
from appliance.store.db import Database
from appliance.store.tables.sessions import AgentSessionRow

AGENTS, QUEUES, MEMBERS, MENUS, SCHEDULES, PROMPTS, ROUTES = 1000, 100, 10, 200, 100, 500, 500
MENU_TREES = 50  # each of four menus, one below the other
SPOKEN = 5  # distinct texts: speech is made once for each


def big_site() -> Site:
    """Everything refers to something: routes to menus, menus to queues, queues to agents and prompts."""
    return Site(
        trunks={"line": Trunk(key="line", name="Line", match_header="X-Trunk: main")},
        extensions={key: Extension(key=key, name=f"Phone {key}", secret=f"secret-{key}") for key in _phones()},
        agents={
            f"agent-{n:04}": Agent(key=f"agent-{n:04}", name=f"Agent {n}", extension=phone)
            for n, phone in enumerate(_phones())
        },
        schedules={f"hours-{n:03}": _schedule(n) for n in range(SCHEDULES)},
        prompts={f"say-{n:03}": _prompt(n) for n in range(PROMPTS)},
        menus={f"menu-{n:03}": _menu(n) for n in range(MENUS)},
        queues={f"queue-{n:03}": _queue(n) for n in range(QUEUES)},
        inbound_routes={f"555{n:04}": _route(n) for n in range(ROUTES)},
    )


def _phones() -> list[str]:
    return [str(2000 + n) for n in range(AGENTS)]


def _schedule(n: int) -> Schedule:
    holidays = [Holiday(date=dt.date(2030, 1 + month, 1 + n % 28), name=f"Holiday {month}") for month in range(12)]
    weekdays = Hours(days=list(DAYS[:5]), start="08:00", end="20:00")
    saturday = Hours(days=["sat"], start="09:00", end="13:00")
    always = Hours(days=list(DAYS), start="00:00", end="24:00")
    hours = [always] if n % 2 == 0 else [weekdays, saturday]
    return Schedule(key=f"hours-{n:03}", name=f"Hours {n}", time_zone="America/Lima", hours=hours, holidays=holidays)


def _prompt(n: int) -> Prompt:
    return Prompt(key=f"say-{n:03}", name=f"Prompt {n}", audio={"en": Audio(text=f"Prompt {n % SPOKEN}.")})


def _menu(n: int) -> Menu:
    level, tree = divmod(n, MENU_TREES)
    options = [
        MenuOption(digit=digit, label=f"Queue {digit}", destination=f"queue:queue-{(n * 8 + index) % QUEUES:03}")
        for index, digit in enumerate("12345678")
    ]
    down = f"menu:menu-{n + MENU_TREES:03}" if n + MENU_TREES < MENUS else "back"
    return Menu(
        key=f"menu-{n:03}",
        name=f"Menu {tree}, level {level + 1}",
        prompt=f"say-{n:03}",
        options=[*options, MenuOption(digit="9", label="More", destination=down)],
        wait_s=60,
        tries=10,
        timeout_prompt=f"say-{MENUS + n:03}",
        timeout_destination=f"queue:queue-{n % QUEUES:03}",
    )


def _queue(n: int) -> Queue:
    members = [Member(agent=f"agent-{(n * MEMBERS + each) % AGENTS:04}", penalty=each % 3) for each in range(MEMBERS)]
    return Queue(
        key=f"queue-{n:03}",
        name=f"Queue {n}",
        members=members,
        welcome_prompt=f"say-{n + 400:03}",
        timeout_destination=f"prompt:say-{n + 400:03}",
    )


def _route(n: int) -> InboundRoute:
    return InboundRoute(
        key=f"555{n:04}",
        name=f"Number {n}",
        open_prompt=f"say-{n:03}",
        destination=f"menu:menu-{n % MENU_TREES:03}",
        schedule=f"hours-{n % SCHEDULES:03}",
        closed_prompt=f"say-{n:03}",
        closed_destination=f"queue:queue-{n % QUEUES:03}",
    )


async def log_in_all(database: Database, site: Site) -> None:
    """Every agent sits at the own phone."""
    now = dt.datetime.now(dt.UTC)
    async with database.transaction() as tx:
        tx.add_all(
            AgentSessionRow(agent=agent.key, node="local", extension=agent.extension, logged_in_at=now)
            for agent in site.agents.values()
        )
