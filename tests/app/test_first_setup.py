"""The first set-up: from an empty house to a number that reaches agents, on one page."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from appliance.core.problems import check_site
from appliance.core.site import Site
from appliance.store.db import Database
from tests.app.console import Browser, Console, a_console
from tests.app.test_console_entities import form_of, site_of
from tests.sites import a_site

ANSWERS = {
    "company": "Té & Café S.A.",
    "language": "es",
    "time_zone": "America/Lima",
    "country": "PE",
    "number": "+5115550100",
    "line": "register",
    "host": "sip.example",
    "username": "4711",
    "secret": "line-secret",
    "start": "8:30",
    "end": "18:00",
    "welcome": "Gracias por llamar.",
    "closed": "",
    "agents.0.name": "Ana López",
    "agents.0.extension": "1001",
    "agents.1.name": "Ana Lopez",
    "agents.1.extension": "1002",
    "agents.2.name": "",
    "agents.2.extension": "1003",
}
DAYS = [("days", "mon"), ("days", "tue")]


@pytest.fixture
async def console(database: Database, tmp_path: Path) -> AsyncIterator[Console]:
    async with a_console(database, tmp_path, Site()) as console:
        yield console


async def test_an_empty_house_becomes_a_number_that_reaches_agents(console: Console, admin: Browser) -> None:
    assert 'href="/setup"' in await admin.get("/")
    assert dict(form_of(await admin.get("/setup")))["agents.0.extension"] == "1001"
    response = await admin.post("/setup", [*ANSWERS.items(), *DAYS])
    assert (response.status, response.headers["Location"]) == (303, "/setup/done")
    site = await site_of(console)
    assert check_site(site) == []
    route = site.inbound_routes["+5115550100"]
    assert (route.destination, route.schedule, route.open_prompt) == ("queue:main", "office-hours", "welcome")
    assert (route.closed_prompt, route.language) == ("", "es")
    assert [each.agent for each in site.queues["main"].members] == ["ana-lopez", "ana-lopez-1002"]
    assert list(site.extensions) == ["1001", "1002"]
    assert all(len(phone.secret) >= 10 for phone in site.extensions.values())
    assert (site.trunks["main-line"].registration, site.trunks["main-line"].secret) == (True, "line-secret")
    assert site.schedules["office-hours"].hours[0].start == "08:30"
    done = await admin.get("/setup/done")
    assert "line-secret" not in done
    assert "+5115550100" in done
    assert "Agents log in with a license" not in done  # there is one
    assert console.applier.count == 1


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"host": ""}, "the line needs a host"),
        ({"username": ""}, "to sign in, the line needs a user name"),
        ({"agents.1.extension": "1001"}, "each agent needs an extension of their own"),
        ({"number": "no number"}, "must be 2 to 15 digits"),
        ({"agents.0.name": "", "agents.1.name": ""}, "needs at least 1"),
        ({"company": "x; Hangup()"}, "must not hold"),
    ],
)
async def test_what_is_missing_is_said_and_nothing_is_stored(
    console: Console, admin: Browser, changes: dict[str, str], sentence: str
) -> None:
    await admin.get("/setup")
    response = await admin.post("/setup", [*{**ANSWERS, **changes}.items(), *DAYS])
    assert response.status == 422
    text = await response.text()
    assert sentence in text
    assert "line-secret" not in text
    assert "agents.0.name" in dict(form_of(text))  # there is a row to write in
    assert await site_of(console) == Site()


async def test_a_row_is_added_without_losing_what_was_typed(admin: Browser) -> None:
    await admin.get("/setup")
    response = await admin.post("/setup", [*ANSWERS.items(), *DAYS, ("_add", "agents")])
    values = dict(form_of(await response.text()))
    assert values["company"] == "Té & Café S.A."
    assert "agents.3.name" in values


async def test_a_house_that_is_set_up_is_warned_and_keeps_the_rest(database: Database, tmp_path: Path) -> None:
    async with a_console(database, tmp_path, a_site()) as console:
        admin = await console.signed_in("administrator")
        assert "is set up already" in await admin.get("/setup")
        assert (await admin.post("/setup", [*ANSWERS.items(), *DAYS])).status == 422  # 1001 is Ana's phone already
        phones = {"agents.0.extension": "1101", "agents.1.extension": "1102"}
        assert (await admin.post("/setup", [*(ANSWERS | phones).items(), *DAYS])).status == 303
        site = await site_of(console)
        assert {"sales", "support", "main"} <= set(site.queues)
        assert check_site(site) == []


@pytest.mark.parametrize("role", ["supervisor", "auditor", "agent"])
async def test_only_administrators_set_up(console: Console, role: str) -> None:
    browser = await console.signed_in(role)  # type: ignore[arg-type]
    assert (await browser.client.get("/setup")).status == 403
