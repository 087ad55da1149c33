"""What agents do about their own session on their page: the routes of /me."""

from typing import Any

import pytest
from sqlalchemy import select

from appliance.services.agents.sessions import Place, log_in
from appliance.services.agents.trail import Act
from appliance.store.sessions import load_session
from appliance.store.tables.sessions import AgentSessionRow
from tests.app.console import Browser, Console

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
async def ana(console: Console) -> Browser:
    return await console.signed_in("agent")


async def session(console: Console, agent: str = "ana") -> AgentSessionRow | None:
    async with console.database.reading() as tx:
        return await load_session(tx, agent)


async def do(browser: Browser, action: str, status: int = 204, **values: Any) -> str:
    response = await browser.post(f"/me/{action}", values, headers={"HX-Request": "true"})
    assert response.status == status, await response.text()
    return await response.text()


async def test_a_shift_from_log_in_to_log_out(console: Console, ana: Browser) -> None:
    await do(ana, "log-in")
    found = await session(console)
    assert found
    assert (found.extension, found.device, found.way) == ("1001", "1001", "web")
    await do(ana, "pause", reason="lunch")
    paused = await session(console)
    assert paused
    assert (paused.paused_reason, paused.paused_by) == ("lunch", "")
    assert paused.paused_at is not None
    await do(ana, "ready")
    ready = await session(console)
    assert ready
    assert (ready.paused_reason, ready.paused_at) == (None, None)
    await do(ana, "log-out")
    assert await session(console) is None
    assert console.membership.count == 4
    async with console.database.reading() as tx:
        (row,) = (await tx.execute(select(AgentSessionRow))).scalars()
    assert (row.ended_by, row.ended_why) == ("", "")


async def test_a_plain_form_goes_back_to_the_desk(ana: Browser) -> None:
    response = await ana.post("/me/log-in")
    assert (response.status, response.headers["Location"]) == (303, "/me")


async def test_who_is_no_agent_is_told_so(console: Console) -> None:
    supervisor = await console.signed_in("supervisor")
    assert "not linked to an agent" in await do(supervisor, "log-in", 409)


async def test_an_unknown_reason_is_refused_and_nobody_pauses_without_a_session(ana: Browser) -> None:
    await do(ana, "pause", 404, reason="lunch")
    await do(ana, "log-in")
    await do(ana, "pause", 422, reason="missed")  # a rule's, not a person's
    await do(ana, "pause", 422, reason="nonsense")


async def test_the_browser_phone_is_a_device_of_its_own(console: Console, ana: Browser) -> None:
    await do(ana, "log-in", device="browser")
    found = await session(console)
    assert found
    assert (found.extension, found.device) == ("1001", "1001-web")
    await do(ana, "log-in", device="own")  # moves
    moved = await session(console)
    assert moved
    assert moved.device == "1001"
    async with console.database.reading() as tx:
        rows = list((await tx.execute(select(AgentSessionRow).order_by(AgentSessionRow.agent_session_id))).scalars())
    assert [(row.device, row.ended_why) for row in rows] == [("1001-web", "moved"), ("1001", "")]


async def test_a_phone_that_somebody_sits_at_is_refused_with_the_name(console: Console, ana: Browser) -> None:
    async with console.database.transaction() as tx:
        await log_in(tx, "luis", Place("local", "phone", "1001"), Act("luis", is_own=True))
    assert "Luis" in await do(ana, "log-in", 409)
    assert await session(console) is None


async def test_nobody_takes_the_phone_of_another_agent_from_the_page(ana: Browser) -> None:
    for device in ("1002", "1002-web"):  # who sits there steers its calls
        assert "Luis" in await do(ana, "log-in", 409, device=device)
    await do(ana, "log-in", 404, device="9999")


async def test_log_out_everywhere_signs_out_every_browser(console: Console, ana: Browser) -> None:
    other = await console.signed_in("agent")
    await do(ana, "log-in")
    await do(ana, "log-out", everywhere="yes")
    assert await session(console) is None
    response = await other.client.get("/me", allow_redirects=False)
    assert response.status == 303
