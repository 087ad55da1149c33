"""Who has neither a page nor a phone is logged out after the set time."""

import datetime as dt

import pytest

from appliance.core.live import State
from appliance.core.live.state import Agent, Phone
from appliance.services.agents.presence import AutoLogout, Presence
from appliance.services.agents.sessions import Place, log_in, log_out
from appliance.services.agents.trail import Act
from appliance.services.clock import now
from appliance.store.sessions import load_last_session, load_session
from appliance.web.keys import PRESENCE
from tests.app.console import Console
from tests.sites import a_site
from tests.waiting import eventually

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
LIMIT_MIN = a_site().rules.auto_logout_min
HERE = {"1001": Phone(contacts={"sip:1001@phone": True})}


async def test_who_was_logged_out_is_told_by_whom_and_why(console: Console) -> None:
    agent = await console.signed_in("agent")
    for act, told in (
        (Act("eva", note="Go home"), "Logged out by eva. „Go home“"),
        (Act("policy"), "You were logged out"),
    ):
        async with console.database.transaction() as tx:
            await log_in(tx, "ana", Place("local"), Act("eva"))
            await log_out(tx, "ana", act)
        assert told in await agent.get("/me")
    async with console.database.transaction() as tx:
        await log_in(tx, "ana", Place("local"), Act("eva"))
        await log_out(tx, "ana", Act("ana", is_own=True))
    assert "ogged out by" not in await agent.get("/me")


class Watch:
    """The rule at work, with a clock of its own."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.presence = Presence(console.hub)
        self.done = 0
        self._rule = AutoLogout(console.database, console.live, self.presence, self._count)
        self._at = now()

    def _count(self) -> None:
        self.done += 1

    async def after(self, minutes: float) -> bool:
        """Whether Ana is still logged in."""
        self._at += dt.timedelta(minutes=minutes)
        await self._rule.look(self._at)
        async with self.console.database.reading() as tx:
            return await load_session(tx, "ana") is not None


@pytest.fixture
async def watch(console: Console) -> Watch:
    console.live.is_connected = True
    async with console.database.transaction() as tx:
        await log_in(tx, "ana", Place("local"), Act("ana", is_own=True))
    return Watch(console)


async def test_without_phone_and_page_the_session_ends_after_the_time(watch: Watch) -> None:
    assert await watch.after(0)
    assert await watch.after(LIMIT_MIN - 1)
    assert not await watch.after(1)
    assert watch.done == 1
    async with watch.console.database.reading() as tx:
        row = await load_last_session(tx, "ana")
    assert row
    assert (row.ended_by, row.ended_why) == ("policy", "no_phone")


async def test_a_page_a_phone_or_a_call_keeps_the_session_and_gives_the_time_anew(watch: Watch) -> None:
    live = watch.console.live
    assert await watch.after(0)
    with watch.presence.open_page("ana"):
        assert await watch.after(40)
    assert await watch.after(0)
    live.state = State(phones=HERE)
    assert await watch.after(40)
    in_call = Agent("PJSIP/1001", now(), state="oncall", channels=("1.1",))
    live.state = State(phones={"1001": Phone()}, agents={"ana": in_call})
    assert await watch.after(40)
    live.state = State()
    assert await watch.after(40)
    live.is_connected = False  # nobody knows where the phones are
    assert await watch.after(40)
    live.is_connected = True
    assert await watch.after(40)
    assert not await watch.after(LIMIT_MIN)


async def test_every_page_says_that_the_agent_is_there_but_only_desks_are_counted_as_such(console: Console) -> None:
    presence, agent = console.server.app[PRESENCE], await console.signed_in("agent")
    async with agent.client.get("/stream"), agent.client.get("/stream?desk"):
        await eventually(lambda: (presence.pages("ana"), presence.desks("ana")) == (2, 1))
    await eventually(lambda: (presence.pages("ana"), presence.desks("ana")) == (0, 0))
