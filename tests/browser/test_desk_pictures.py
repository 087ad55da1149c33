"""The desk during a call as the guide shows it, in both themes; and every page around it without a barrier."""

import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect
from sqlalchemy import update

from appliance.core.live.state import Agent, Call, Channel, Membership, State
from appliance.core.site import Site
from appliance.services.contacts import create_contact
from appliance.services.entities import replace_site
from appliance.services.reminders import Promise, promise_call
from appliance.store.db import Database
from appliance.store.migrate import migrate
from appliance.store.tables.calls import OpenCallRow
from appliance.store.tables.floor import MessageReadingRow, MessageRow
from appliance.store.tables.users import UserRow
from appliance.store.tables.work import WorkRow
from tests.app.console import PASSWORD, Console, a_console
from tests.browser.conftest import a_page
from tests.browser.looks import AXE, LOOKS, RULES, VIOLATIONS, WIDER
from tests.demo_data import a_centre, a_live_state, fill
from tests.licenses import install_license

GUID = "11111111-2222-4333-8444-555555555555"
WAY = (("INTERACTION", f"{GUID}|inbound|+5116124477|es"), ("MENU", "main|1"), ("KEY", "main|1|campaign:fibre"),
       ("INPUT", "card|card|****4321"), ("QUEUE_JOIN", "sales"))  # fmt: skip

ROSA = {"name": "Rosa María Quispe", "company": "Andes SAC", "email": "rosa@andes.example",
        "numbers": [{"number": "987654321"}], "fields": [{"name": "Customer", "value": "A-1742"}]}  # fmt: skip

ROWS = """() => new Set([...document.querySelectorAll(".desk-buttons .btn")].filter(each => each.offsetParent)
    .map(each => each.getBoundingClientRect().top)).size"""  # of the buttons of a call
TALKING = {"state": "talking", "muted": False, "recording": "on"}


def the_site() -> Site:
    fields = a_centre().model_dump(mode="json")
    names = {"sold": "Sold", "fibre-100": "Fibre 100", "fibre-500": "Fibre 500", "not-now": "Not now",
             "later": "Call back", "wrong": "Wrong number", "never": "Do not call again"}  # fmt: skip
    fields["dispositions"] = {key: {"key": key, "name": name} for key, name in names.items()}
    for key in ("fibre-100", "fibre-500"):
        fields["dispositions"][key] |= {"parent": "sold", "success": True}
    fields["dispositions"]["later"]["callback"] = fields["dispositions"]["never"]["do_not_call"] = True
    plan = {"key": "plan", "label": "Plan", "kind": "list", "choices": "Fibre 100|Fibre 500", "required": True}
    moves = {"key": "moves", "label": "Moving house", "kind": "yes_no"}
    fields["forms"] = {"order": {"key": "order", "name": "Order", "fields": [plan, moves]}}
    page = {"title": "Greeting", "text": "Good day, {contact.name}. You are speaking with {agent.name}."}
    fields["scripts"] = {"hello": {"key": "hello", "name": "Hello", "pages": [page]}}
    fields["campaigns"]["fibre"] |= {"script": "hello", "form": "order", "disposition_required": True}
    fields["general"] = {"main": {"key": "main", "company": "Example", "country": "PE"}}
    return Site.model_validate(fields)


def the_state(at: dt.datetime) -> State:
    state, since = a_live_state(at), at - dt.timedelta(seconds=41)
    call = Call(at - dt.timedelta(seconds=95), since, where="talking", caller="+51987654321", did="+5116124477",
                guid=GUID, campaign="fibre", queue="sales", agent="ana-lopez", channels=("c9", "l9"))  # fmt: skip
    queues = {"sales": Membership("PJSIP/1001"), "billing": Membership("PJSIP/1001")}
    ana = Agent("PJSIP/1001", since, state="oncall", call_id="c9", queue="sales", memberships=queues, channels=("l9",))
    legs = {"c9": Channel("c9", "PJSIP/trunk", "up", since), "l9": Channel("c9", "PJSIP/1001", "up", since)}
    return replace(
        state,
        agents={**state.agents, "ana-lopez": ana},
        calls={**state.calls, "c9": call},
        channels={**state.channels, **legs},
    )


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Console]:
    at = dt.datetime.now(dt.UTC)
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'desk.db'}")
    await migrate(database)
    async with a_console(database, tmp_path, a_centre()) as console:
        async with database.transaction() as tx:
            await install_license(tx)
            await fill(tx, console.recordings, until=at)
            await replace_site(tx, the_site(), by="test", summary="test")
            await tx.execute(update(UserRow).where(UserRow.login == "agent").values(agent="ana-lopez"))
            await create_contact(tx, ROSA, by="agent")
            soon = at + dt.timedelta(minutes=25)
            await promise_call(tx, Promise("912345678", soon, "ana-lopez", "Wants an offer"), by="agent")
            tx.add(
                MessageRow(message_id=1, sent_by="Carla", sent_at=at, text="Fibre 500 is back in stock.", audience="")
            )
            await tx.flush()
            tx.add(MessageReadingRow(message_id=1, agent="ana-lopez", read_at=None))
            for n, (kind, extra) in enumerate(WAY, 1):
                began = f'"USER_DEFINED","{at.timestamp() - 95 + 4 * n:.6f}","+51987654321","","s","x"'
                text = f'{began},"PJSIP/trunk-1","","","c9","c9","{kind}","{{""extra"":""{extra}""}}"'
                tx.add(OpenCallRow(node="local", seq=n, call="c9", text=text))
        console.live.state, console.live.seq, console.live.is_connected = the_state(at), 1, True
        await console.desk.look()
        async with database.transaction() as tx:
            notes = "Moves to Miraflores in December, asks for fibre 500."
            await tx.execute(update(WorkRow).values(notes=notes, answers={"plan": "Fibre 500"}))
        yield console
    await database.close()


async def test_pictures_of_the_desk(desk: Console, chromium: Browser, pictures: Path) -> None:
    for look in ("light", "dark", "phone"):
        async with a_page(chromium, str(desk.server.make_url("")), reduced_motion="reduce", **LOOKS[look]) as page:
            await page.route("**/me/call", lambda route: route.fulfill(json=TALKING))  # there is no Asterisk here
            await page.goto("/sign-in")
            await page.fill("#login", "agent")
            await page.fill("#password", PASSWORD)
            await page.click("button[type=submit]")
            await expect(page.locator(".desk-bar .state-busy")).to_be_visible()
            await expect(page.locator(".call-way")).to_contain_text("Main menu")
            await expect(page.locator("[data-waiting-list] li")).to_have_count(2)
            await expect(page.locator(".control-hold button")).to_be_enabled()
            picture = pictures / f"desk-{look}.png"
            await page.screenshot(path=picture)
            assert picture.stat().st_size > 10_000
            if look != "dark":  # in both languages
                await page.set_viewport_size({"width": 1280, "height": 860})
                assert await page.evaluate(ROWS) == 1
                await expect(page.locator(".control-hold .icon")).to_be_visible()
                if look == "phone":
                    await page.screenshot(path=pictures / "desk-spanish.png")
                await page.set_viewport_size(LOOKS[look]["viewport"])
            for path in ("/me", "/contacts", "/contacts/new", "/contacts/1", "/contacts/1/edit"):
                if path != "/me":
                    await page.goto(path)
                await page.evaluate(AXE)
                assert await page.evaluate(VIOLATIONS, RULES[look]) == [], path
                assert await page.evaluate(WIDER) <= 0, path
