"""Pauses that need approval, what is left of an allowance, and what an agent is told."""

import datetime as dt

import pytest
from sqlalchemy import insert, select

from appliance.core.entities.work import PauseReason
from appliance.services.agents.pauses import grant_pause, load_left_s, pause, refuse_pause, unpause, withdraw_pause
from appliance.services.agents.sessions import Place, log_in, log_out
from appliance.services.agents.trail import Act
from appliance.services.clock import now
from appliance.services.entities import replace_site
from appliance.services.errors import Refused
from appliance.store.db import Database
from appliance.store.sessions import load_session
from appliance.store.tables.calls import AgentIntervalRow, OpenAgentRow
from appliance.store.tables.floor import RequestRow
from tests.sites import a_site

OWN, EVA = Act("ana", is_own=True), Act("eva")


@pytest.fixture
async def centre(database: Database) -> Database:
    """Ana is logged in; training needs approval, lunch may last 45 minutes a day."""
    training = PauseReason(key="training", name="Training", needs_approval=True)
    async with database.transaction() as tx:
        await replace_site(tx, a_site().replaced("pause_reasons", "training", training), by="test", summary="test")
        await log_in(tx, "ana", Place("local"), EVA)
    return database


async def paused(database: Database) -> tuple[str | None, str, str]:
    async with database.reading() as tx:
        session = await load_session(tx, "ana")
    assert session
    return session.paused_reason, session.paused_by, session.pause_note


async def answers(database: Database) -> list[tuple[str, str, str]]:
    async with database.reading() as tx:
        rows = (await tx.execute(select(RequestRow).order_by(RequestRow.request_id))).scalars()
        return [(row.detail, row.answer, row.decided_by) for row in rows]


async def test_a_pause_begins_once_a_supervisor_has_agreed(centre: Database) -> None:
    async with centre.transaction() as tx:
        assert await pause(tx, "ana", "training", OWN) == "asked"
        assert await pause(tx, "ana", "training", OWN) == "asked"  # once is enough
    assert await paused(centre) == (None, "", "")
    async with centre.transaction() as tx:
        await grant_pause(tx, "ana", Act("eva", note="Room 2"))
    assert await paused(centre) == ("training", "", "Room 2")
    assert await answers(centre) == [("training", "granted", "eva")]
    async with centre.transaction() as tx:
        with pytest.raises(Refused):
            await grant_pause(tx, "ana", EVA)


async def test_a_request_is_refused_withdrawn_or_replaced(centre: Database) -> None:
    async with centre.transaction() as tx:
        await pause(tx, "ana", "training", OWN)
        await refuse_pause(tx, "ana", EVA)
        await pause(tx, "ana", "training", OWN)
        await withdraw_pause(tx, "ana", OWN)
        await pause(tx, "ana", "training", OWN)
        await pause(tx, "ana", "lunch", OWN)  # one that needs no approval
    assert await paused(centre) == ("lunch", "", "")
    assert [answer for _, answer, _ in await answers(centre)] == ["refused", "withdrawn", "withdrawn"]


async def test_who_logs_out_asks_for_nothing_any_more(centre: Database) -> None:
    async with centre.transaction() as tx:
        await pause(tx, "ana", "training", OWN)
        await log_out(tx, "ana", OWN)
    assert await answers(centre) == [("training", "withdrawn", "")]


async def test_a_supervisor_needs_no_approval_and_leaves_a_note(centre: Database) -> None:
    async with centre.transaction() as tx:
        await pause(tx, "ana", "training", Act("eva", note="Now, please"))
    assert await paused(centre) == ("training", "eva", "Now, please")
    async with centre.transaction() as tx:
        await unpause(tx, "ana", Act("eva", note="We need you"))
    assert await paused(centre) == (None, "", "We need you")


async def test_what_is_left_of_the_allowance_counts_today_only(centre: Database) -> None:
    midnight = now() - dt.timedelta(hours=1)

    def stretch(reason: str, began_min: float, ended_min: float, state: str = "paused") -> dict[str, object]:
        return {
            "node": "local", "agent": "ana", "session_at": midnight, "state": state, "reason": reason,
            "began_at": midnight + dt.timedelta(minutes=began_min),
            "ended_at": midnight + dt.timedelta(minutes=ended_min),
        }  # fmt: skip

    yesterday, today = stretch("lunch", -10, 5), stretch("lunch", 6, 16)
    others = [stretch("break", 20, 30), stretch("", 30, 40, "oncall"), stretch("lunch", -90, -60)]
    open_since = now() - dt.timedelta(minutes=2)
    state = {"state": "paused", "reason": "lunch", "since_s": int(open_since.timestamp())}
    async with centre.transaction() as tx:
        await tx.execute(insert(AgentIntervalRow), [yesterday, today, *others])
        await tx.execute(insert(OpenAgentRow), [{"node": "local", "agent": "ana", "state": state}])
    async with centre.reading() as tx:
        left = await load_left_s(tx, "ana", midnight)
    assert set(left) == {"lunch"}
    assert abs(left["lunch"] - (45 - 5 - 10 - 2) * 60) <= 2
