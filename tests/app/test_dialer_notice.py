"""What the database knows ahead of agents, and the job that calls for fewer of them before they are gone."""

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select

from appliance.core.dialing.notice import Notice
from appliance.core.live.state import Agent, Membership, State
from appliance.core.site import Site
from appliance.services.clock import now
from appliance.services.dialer.ahead import load_notice
from appliance.services.entities import replace_site
from appliance.store.db import Database
from appliance.store.reminders import insert_reminder
from appliance.store.snapshots import load_snapshot
from appliance.store.tables.callbacks import CallbackRow
from appliance.store.tables.dialing import ListContactRow
from appliance.store.tables.floor import QueueMoveRow
from appliance.store.tables.sessions import AgentSessionRow
from tests.ami_server import Action, success
from tests.app.test_dialer_job import a_floor, ended
from tests.pbx.dialer_site import dialer_site
from tests.pbx.pstn import Behaviour, Pstn
from tests.waiting import eventually

HOUR = dt.timedelta(hours=1)
AGENT = Agent("PJSIP/1001", now(), "ready", memberships={"d": Membership("PJSIP/1001")})


def around(end: dt.datetime) -> dict[str, Any]:
    """A shift of two hours until then."""
    days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    hours = [{"days": days, "start": f"{end - 2 * HOUR:%H:%M}", "end": f"{end:%H:%M}"}]
    return {"schedules": {"day": {"time_zone": "UTC", "hours": hours}}, "agents": {"a1001": {"shift": "day"}}}


def near_end() -> dt.datetime:
    """The turn of a minute within 30 s from now, or as long ago."""
    return (now() + dt.timedelta(seconds=30)).replace(second=0, microsecond=0)


def session(agent: str) -> AgentSessionRow:
    return AgentSessionRow(agent=agent, node="local", extension=agent[1:], logged_in_at=now() - HOUR)


def a_site(**more: Any) -> Site:
    power = {"mode": "power", "ratio_pct": 300, "abandoned_limit_tenths": 1000}
    dialers: dict[str, dict[str, Any]] = {"d": power, "shown": {"mode": "preview"}}
    pstn = Pstn("192.0.2.1", lambda _number: Behaviour())
    return dialer_site(pstn, dialers, agents=("1001", "1002"), trunk={"port": 5060}, more=more)


async def noticed(database: Database, dialer: str = "d") -> Notice:
    async with database.reading() as tx:
        site = (await load_snapshot(tx)).site
        return await load_notice(tx, site, "local", [site.dialers[dialer]])


async def test_ends_of_shifts_are_known_of_who_is_logged_in(database: Database) -> None:
    end = (now() + HOUR).replace(second=0, microsecond=0)
    async with database.transaction() as tx:
        await replace_site(tx, a_site(**around(end)), by="test", summary="test")
    assert await noticed(database) == Notice()
    async with database.transaction() as tx:
        tx.add_all([session("a1001"), session("a1002")])
    assert await noticed(database) == Notice(shift_ends={"a1001": end})
    assert await noticed(database, "shown") == Notice()  # in preview nobody counts agents


async def test_a_move_ends_for_who_does_not_serve_the_queue_anyhow(database: Database) -> None:
    until = now() + HOUR
    move = {"is_member": True, "made_by": "eva", "made_at": now(), "until_at": until}
    site = a_site(queues={"care": {"members": [{"agent": "a1001"}]}})
    async with database.transaction() as tx:
        await replace_site(tx, site, by="test", summary="test")
        tx.add_all(QueueMoveRow(agent=agent, queue="care", **move) for agent in ("a1001", "a1002"))
        tx.add(QueueMoveRow(agent="a1001", queue="d", **move | {"is_member": False}))
    assert (await noticed(database)).move_ends == {("a1002", "care"): until}


async def test_promised_calls_that_are_due_hold_their_agent_or_anyone(database: Database) -> None:
    async with database.transaction() as tx:
        await replace_site(tx, a_site(), by="test", summary="test")
        for agent, campaign, in_s in [
            ("a1001", "d", 20),
            ("a1002", "", 600),
            ("", "d", -10),
            ("", "d", -90),
            ("", "shown", 5),
        ]:
            due_at = now() + dt.timedelta(seconds=in_s)
            await insert_reminder(
                tx, agent=agent, campaign=campaign, number="+442079400001", note="", guid="", result="",
                due_at=due_at, created_at=due_at, created_by="test",
            )  # fmt: skip
    notice = await noticed(database)
    assert (notice.owing, notice.promised) == ({"a1001"}, {"d": 1})


async def test_callbacks_that_are_due_take_an_agent(database: Database) -> None:
    usual = {"node": "local", "queue": "care", "caller": "", "language": "en", "waited_s": 9, "tries": 0}
    usual |= {"last_guid": "", "result": "", "asked_at": now()}
    async with database.transaction() as tx:
        await replace_site(
            tx,
            a_site(queues={"care": {"callback_after_s": 10, "callback_prompt": "sorry", "callback_key": "1"}}),
            by="test",
            summary="test",
        )
        for number, values in enumerate(({}, {"queue": "d"}, {"in_s": 600}, {"last_guid": "under way", "in_s": 29})):
            next_try_at = now() + dt.timedelta(seconds=int(values.pop("in_s", 0)))
            row = (
                usual | values | {"number": f"0044207940000{number}", "guid": f"g{number}", "next_try_at": next_try_at}
            )
            await tx.execute(insert(CallbackRow).values(**row))
    assert (await noticed(database)).callbacks == ("care",)  # the other queue makes none


async def test_nobody_is_called_when_the_shift_of_the_last_agent_ends(database: Database, tmp_path: Path) -> None:
    async with database.transaction() as tx:
        tx.add(session("a1001"))
    end, just_ready = near_end(), replace(AGENT, since=now() + HOUR)  # so nobody is taken for working on
    async with a_floor(database, tmp_path, agents=0, more=around(end)) as floor:
        await eventually(floor.why)
        floor.live.state = State(agents={"a1001": just_ready})
        await eventually(lambda: floor.dialers.status("d").leaving == 1)
        status = floor.dialers.status("d")
        assert (status.agents, status.ready, status.why[:9], status.leave_at) == (0, 0, "No agent ", end)
        assert floor.server.received("Originate") == []


@pytest.mark.parametrize(
    "after",
    [
        {},
        {"a0": Agent("PJSIP/1001", now(), "paused", memberships={"d": Membership("PJSIP/1001", "lunch")})},
        {"a0": Agent("PJSIP/1001", now(), "oncall", memberships={"d": Membership("PJSIP/1001")})},
    ],
    ids=["logged out", "paused", "with a caller from outside"],
)
async def test_who_was_chosen_when_the_last_agent_goes_is_not_called(
    database: Database, tmp_path: Path, after: dict[str, Agent]
) -> None:
    """Six attempts are committed, and the agents go as Asterisk hears of the first: the others used no try."""
    async with a_floor(database, tmp_path, agents=0) as floor:

        def they_go(action: Action) -> Any:
            floor.live.state = State(agents=after)
            return success()(action)

        floor.server.answer("Originate", they_go)
        await eventually(floor.why)
        floor.live.state = State(agents={"a0": AGENT, "a1": AGENT})
        found = await eventually(lambda: ended(floor))
        assert [each.outcome for each in found] == ["cancelled"] * 5
        assert len(floor.server.received("Originate")) == 1
        async with database.reading() as tx:
            assert set((await tx.execute(select(ListContactRow.tries))).scalars()) == {0}


async def test_fewer_are_called_where_one_of_two_agents_goes(database: Database, tmp_path: Path) -> None:
    """Six attempts are committed, three for each agent."""
    after = {"a1": AGENT}
    async with a_floor(database, tmp_path, agents=0) as floor:

        def one_goes(action: Action) -> Any:
            floor.live.state = State(agents=after)
            return success()(action)

        floor.server.answer("Originate", one_goes)
        await eventually(floor.why)
        floor.live.state = State(agents={"a0": AGENT, "a1": AGENT})
        found = await eventually(lambda: ended(floor))
        assert [each.outcome for each in found] == ["cancelled"] * 3
        assert len(floor.server.received("Originate")) == 3
