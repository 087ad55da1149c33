"""Numbers on the do-not-call list, dialled by hand at the desk: asked about, refused or allowed, as the site says."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from appliance.adapters.ami import Ami
from appliance.core.do_not_call import SPOKEN
from appliance.core.live import State
from appliance.core.live.state import Phone
from appliance.core.site import Site
from appliance.services.calls.listed import Listed
from appliance.services.clock import now
from appliance.services.prompts import sources
from appliance.services.tokens import NewToken, create_token
from appliance.store.db import Database
from appliance.store.tables.configuration import AuditRow
from appliance.store.tables.dialing import DoNotCallRow
from appliance.store.work import Work, insert_work
from tests.ami_server import AmiServer, success
from tests.app.console import Browser, Console, a_console
from tests.sites import a_site

NUMBER, EMERGENCY = "+51987654321", "00116123"
ASKED = "This number is on the do-not-call list (by letter, since 2026-05-04). Call all the same?"
NEVER = "This number is on the do-not-call list (by letter, since 2026-05-04) and cannot be called from here."
ADDED = dt.datetime(2026, 5, 5, 2, tzinfo=dt.UTC)  # still the day before in Lima


def the_site(listed_calls: str) -> Site:
    site = a_site().model_dump(mode="json")
    site["general"]["main"]["listed_calls"] = listed_calls
    site["trunks"]["main-line"]["host"] = "198.51.100.7"
    route = site["outbound_routes"]["world"]
    site["outbound_routes"] |= {
        "line": {**route, "key": "line", "patterns": [{"pattern": "9X*", "strip": 1}]},
        "help": {**route, "key": "help", "patterns": [{"pattern": EMERGENCY}], "emergency": True},
    }
    return Site.model_validate(site)


@dataclass
class Floor:
    console: Console
    asterisk: AmiServer
    agent: Browser

    def dialled(self) -> list[str]:
        return [each["Exten"] for each in self.asterisk.received("Originate")]

    async def dial(self, number: str, **values: str) -> tuple[int, str, str]:
        headers = {"HX-Request": "true"}
        answer = await self.agent.post("/me/call/dial", {"number": number} | values, headers=headers)
        return answer.status, answer.headers.get("X-Question", ""), await answer.text()

    async def audited(self) -> list[tuple[str, str, str, Any]]:
        async with self.console.database.reading() as tx:
            rows = await tx.execute(select(AuditRow).where(AuditRow.action == "call listed number"))
            return [(row.by, row.section, row.entity_key, row.after) for row in rows.scalars()]


@asynccontextmanager
async def a_floor(database: Database, folder: Path, site: Site) -> AsyncIterator[Floor]:
    async with AmiServer() as server:
        server.answer("Originate", success())
        ami = Ami(server.host, server.port, server.username, "s3cret")
        job = asyncio.create_task(ami.run())
        await ami.wait_connected()
        async with a_console(database, folder, site, ami=ami) as console:
            console.live.state, console.live.is_connected = State(phones={"1001": Phone({"sip:x": True})}), True
            yield Floor(console, server, await console.signed_in("agent"))
        await ami.close()
        await job


async def bar(database: Database, number: str = NUMBER, **fields: Any) -> None:
    usual = {"source": "console", "created_at": ADDED, "reason": "by letter"}
    async with database.transaction() as tx:
        tx.add(DoNotCallRow(number=number, **usual | fields))


async def work_on(database: Database, campaign: str) -> None:
    told = dict.fromkeys(Work._fields, "") | {"guid": "a-guid", "agent": "ana", "campaign": campaign, "answers": {}}
    rest = {"contact_id": None, "is_marked": False, "began_at": now(), "ended_at": None, "completed_at": None}
    async with database.transaction() as tx:
        await insert_work(tx, Work(**told | rest | {"version": 1}))  # type: ignore[arg-type]


async def test_the_desk_asks_and_the_answer_is_in_the_audit_trail(database: Database, tmp_path: Path) -> None:
    async with a_floor(database, tmp_path, the_site("asked")) as floor:
        await bar(database)
        assert await floor.dial(f"9{NUMBER.removeprefix('+51')}") == (409, "yes", ASKED)
        assert await floor.dial("9987 654 322") == (204, "", "")
        assert (floor.dialled(), await floor.audited()) == (["9987654322"], [])
        assert (await floor.dial("9987 654 321", confirmed="yes"))[0] == 204
        assert floor.dialled() == ["9987654322", "9987654321"]
        [(by, *about, facts)] = await floor.audited()
        assert (by, about) == ("agent", ["agents", "ana"])
        assert facts == {"number": "9987654321", "entry": NUMBER, "reason": "by letter"}


async def test_what_is_refused_is_refused_also_where_it_is_confirmed(database: Database, tmp_path: Path) -> None:
    async with a_floor(database, tmp_path, the_site("refused")) as floor:
        await bar(database)
        for confirmed in ("", "yes"):
            assert await floor.dial("9987654321", confirmed=confirmed) == (409, "", NEVER)
        assert (floor.dialled(), await floor.audited()) == ([], [])


async def test_what_is_allowed_is_dialled(database: Database, tmp_path: Path) -> None:
    async with a_floor(database, tmp_path, the_site("allowed")) as floor:
        await bar(database)
        assert (await floor.dial("9987654321"))[0] == 204
        assert (floor.dialled(), await floor.audited()) == (["9987654321"], [])


@pytest.mark.parametrize(
    ("entry", "number", "is_asked"),
    [
        ({"number": NUMBER}, "0051987654321", True),
        ({"number": "987654321"}, "0051987654321", True),
        ({"number": "+5198", "is_prefix": True}, "9987654321", True),
        ({"number": "+5199", "is_prefix": True}, "9987654321", False),
        ({"reason": ""}, "9987654321", True),
        ({"expires_at": ADDED}, "9987654321", False),
        ({"campaign": "support"}, "9987654321", True),
        ({"campaign": "other"}, "9987654321", False),
        ({"number": EMERGENCY}, EMERGENCY, False),
        ({"number": "1002"}, "1002", False),
    ],
)
async def test_what_counts(
    database: Database, tmp_path: Path, entry: dict[str, Any], number: str, is_asked: bool
) -> None:
    async with a_floor(database, tmp_path, the_site("asked")) as floor:
        await work_on(database, "support")
        await bar(database, **entry)
        status, asks, text = await floor.dial(number)
        assert (status, asks) == ((409, "yes") if is_asked else (204, "")), text


async def test_an_entry_for_a_campaign_is_nothing_to_who_works_for_none(database: Database, tmp_path: Path) -> None:
    async with a_floor(database, tmp_path, the_site("asked")) as floor:
        await bar(database, campaign="support")
        assert (await floor.dial("9987654321"))[0] == 204


async def test_the_api_asks_too_and_a_stranger_dials_nothing(database: Database, tmp_path: Path) -> None:
    async with a_floor(database, tmp_path, the_site("asked")) as floor:
        await bar(database)
        stranger = floor.console.browser()
        for browser in (stranger, await floor.console.signed_in("auditor")):
            answer = await browser.client.post("/me/call/dial", data={"number": "9987654321", "confirmed": "yes"})
            assert answer.status in (401, 403)
        async with database.transaction() as tx:
            token = await create_token(tx, NewToken("crm", "supervisor", ("read", "operate")), by="administrator")
        body, path = {"number": "9987654321"}, "/api/v1/agents/ana/call/dial"
        headers = {"Authorization": f"Bearer {token}"}
        refused = await stranger.client.post(path, json=body, headers=headers)
        assert (refused.status, (await refused.json())["title"]) == (409, ASKED)
        assert floor.dialled() == []
        done = await stranger.client.post(path, json=body | {"confirmed": "yes"}, headers=headers)
        assert (done.status, [row[0] for row in await floor.audited()]) == (204, ["token crm"])


@pytest.mark.parametrize(
    ("listed_calls", "agent", "dialled", "is_refused"),
    [
        ("refused", "", "9987654321", True),
        ("refused", "", "9987654322", False),
        ("asked", "", "9987654321", False),
        ("allowed", "", "9987654321", False),
        ("refused", "ana", "9987654323", True),
        ("refused", "luis", "9987654323", False),
        ("refused", "", "", False),
    ],
)
async def test_what_the_dialplan_is_told(
    database: Database, tmp_path: Path, listed_calls: str, agent: str, dialled: str, is_refused: bool
) -> None:
    async with a_console(database, tmp_path, the_site(listed_calls)):
        await work_on(database, "support")
        await bar(database)
        await bar(database, "+51987654323", campaign="support")
        assert await Listed(database).is_refused("line", dialled, agent) == is_refused
        assert not await Listed(database).is_refused("help", dialled, agent), "an emergency route is nobody's"


@pytest.mark.parametrize(("listed_calls", "is_spoken"), [("refused", True), ("asked", False), ("allowed", False)])
def test_why_a_phone_is_refused_is_spoken_in_both_languages(listed_calls: str, is_spoken: bool) -> None:
    found = sources(the_site(listed_calls))
    assert [(language, SPOKEN) in found for language in ("en", "es")] == [is_spoken, is_spoken]
