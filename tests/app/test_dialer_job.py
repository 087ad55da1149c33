"""The job of the dialers beside a scripted Asterisk: what is refused, lost, forbidden or full, and no database."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, text, update

from appliance.core.dialing.attempts import Attempt, Wish
from appliance.core.live.state import Agent, Call, Membership, State
from appliance.services.clock import now
from appliance.services.dialer.dialers import Dialers, Sources
from appliance.services.dialer.placing import Job, Placing
from appliance.services.dialer.status import NOBODY_LEFT
from appliance.services.entities import replace_site
from appliance.services.errors import Refused
from appliance.services.history import History
from appliance.services.hub import Hub
from appliance.services.live import Live
from appliance.services.taps import Taps
from appliance.services.trunk_states import TrunkStates
from appliance.store.configuration import NodeStatus, load_status, save_status
from appliance.store.db import Database
from appliance.store.dialing.previews import begin_preview, reserve_contact
from appliance.store.snapshots import load_snapshot
from appliance.store.tables.dialing import AttemptRow, DoNotCallRow, ListContactRow
from appliance.store.tables.licenses import LicenseFileRow
from appliance.store.tables.sessions import AgentSessionRow
from tests.ami_server import AmiServer, error, listing, silence, success
from tests.journal_node import a_node
from tests.pbx.dialer_site import add_contacts, dialer_site, number_of, set_state
from tests.pbx.pstn import Behaviour, Pstn
from tests.waiting import eventually

DIALER = {"mode": "power", "ratio_pct": 300, "abandoned_limit_tenths": 1000}


@dataclass
class Floor:
    dialers: Dialers
    live: Live
    server: AmiServer
    database: Database

    def why(self) -> str:
        return self.dialers.status("d").why

    async def attempts(self) -> list[AttemptRow]:
        async with self.database.reading() as tx:
            return list((await tx.execute(select(AttemptRow).order_by(AttemptRow.begun_at))).scalars())


@asynccontextmanager
async def a_floor(
    database: Database,
    folder: Path,
    *,
    agents: int = 2,
    dialer: Mapping[str, Any] | None = None,
    more: Mapping[str, Any] | None = None,
    **trunk: Any,
) -> AsyncIterator[Floor]:
    """Agents who are free, and ten contacts; nothing of it moves, for the live picture is not followed."""
    pstn = Pstn("192.0.2.1", lambda _number: Behaviour())
    site = dialer_site(pstn, {"d": {**DIALER, **(dialer or {})}}, trunk={"port": 5060, **trunk}, more=more)
    async with database.transaction() as tx:
        await replace_site(tx, site, by="test", summary="test")
        await add_contacts(tx, "d", range(10))
        await set_state(tx, "d", "running")
        wanted = (await load_status(tx, "local")).wanted
        await save_status(tx, "local", NodeStatus(wanted, wanted, wanted, ""))
    async with AmiServer() as server:
        server.answer("Originate", success())
        server.answer("Status", listing("Status"))
        node, hub = a_node(folder, server=server), Hub()
        live, history = Live(node.ami, hub), History(node, database, hub)
        live.state = a_state(agents)
        live.is_connected = True
        dialers = Dialers(node, database, Sources(live, history, TrunkStates(node.ami, database, Taps())))
        dialers.tick_s = 0.02
        jobs = [asyncio.create_task(each()) for each in (node.ami.run, history.run, dialers.run)]
        try:
            yield Floor(dialers, live, server, database)
        finally:
            await node.ami.close()
            for job in jobs:
                job.cancel()
            await asyncio.wait(jobs)


def a_state(agents: int) -> State:
    ready = Agent("PJSIP/1001", now(), "ready", memberships={"d": Membership("PJSIP/1001")})
    return State(agents={f"a{n}": ready for n in range(agents)})


async def test_attempts_are_committed_and_as_many_as_agents_and_ratio_allow(database: Database, tmp_path: Path) -> None:
    async with a_floor(database, tmp_path) as floor:
        await eventually(lambda: len(floor.server.received("Originate")) == 6)
        await eventually(lambda: "Calls under way: 6" in floor.why().format(**floor.dialers.status("d").values))
        told = {action["Variable"].split("\n")[0] for action in floor.server.received("Originate")}
        assert told == {f"__GUID={each.guid}" for each in await floor.attempts()}
        assert {action["Channel"][:8] for action in floor.server.received("Originate")} == {"Local/00"}
        assert floor.dialers.status("d").calls == 6


async def test_what_asterisk_refuses_was_no_try(database: Database, tmp_path: Path) -> None:
    async with a_floor(database, tmp_path) as floor:
        floor.server.answer("Originate", error("Extension does not exist."))
        found = await eventually(lambda: ended(floor))
        assert {each.outcome for each in found} == {"cancelled"}
        async with database.reading() as tx:
            assert set((await tx.execute(select(ListContactRow.tries))).scalars()) == {0}


async def ended(floor: Floor) -> list[AttemptRow]:
    return [each for each in await floor.attempts() if each.ended_at is not None]


async def test_of_what_was_lost_on_the_way_one_is_unknown_and_the_rest_was_never_sent(
    database: Database, tmp_path: Path
) -> None:
    async with a_floor(database, tmp_path) as floor:
        floor.server.answer("Originate", silence)
        await eventually(lambda: floor.server.received("Originate"))
        await floor.server.drop()
        found = await eventually(lambda: ended(floor))
        assert {each.outcome for each in found} == {"cancelled"}
        unknown = [each.guid for each in await floor.attempts() if each.ended_at is None]
        assert f"__GUID={unknown[0]}" in floor.server.received("Originate")[0]["Variable"]


async def test_who_is_under_way_when_the_daemon_ends_is_not_called_again(database: Database, tmp_path: Path) -> None:
    """Asterisk may have heard of that one; the rest was never sent."""
    async with a_floor(database, tmp_path) as floor:
        floor.server.answer("Originate", silence)
        await eventually(lambda: floor.server.received("Originate"))
    found = await floor.attempts()
    assert f"__GUID={found[0].guid}" in floor.server.received("Originate")[0]["Variable"]
    assert [each.outcome for each in found] == ["", *["cancelled"] * (len(found) - 1)]


async def test_who_is_paused_in_this_moment_calls_nobody(database: Database, tmp_path: Path) -> None:
    async with a_floor(database, tmp_path, agents=0) as floor:
        await eventually(lambda: "No agent" in floor.why())
        async with database.reading() as tx:
            site = (await load_snapshot(tx)).site
        job = Job(site.dialers["d"], Wish("local", now(), 5))
        async with database.transaction() as tx:
            await set_state(tx, "d", "paused")
        placing = Placing(a_node(tmp_path, server=floor.server).ami, database, floor.live)
        assert not await placing.place(site, job)
        assert await floor.attempts() == []


async def test_an_agents_own_contact_is_not_called_where_the_agent_has_just_left(
    database: Database, tmp_path: Path
) -> None:
    async with a_floor(database, tmp_path, agents=0) as floor:
        await eventually(lambda: "No agent" in floor.why())
        async with database.transaction() as tx:
            site = (await load_snapshot(tx)).site
            await tx.execute(update(ListContactRow).values(owner="a1001"))
            session = AgentSessionRow(agent="a1001", node="local", extension="1001", logged_in_at=now())
            session.paused_reason = "break"
            tx.add(session)
        placing = Placing(a_node(tmp_path, server=floor.server).ami, database, floor.live)
        job = Job(site.dialers["d"], Wish("local", now(), 5, kind="owned", ready=("a1001",)))
        assert await placing.place_for_agents(site, job, {"a1001": "1001"}) == 0
        assert await floor.attempts() == []
        async with database.transaction() as tx:
            await tx.execute(update(AgentSessionRow).values(paused_reason=None))
        await placing.place_for_agents(site, job, {"a1001": "1001"})
        assert [each.agent for each in await floor.attempts()] == ["a1001"]


async def test_who_is_in_a_call_already_is_not_called(database: Database, tmp_path: Path) -> None:
    """One waits in a queue, another talks to an agent who dialled by hand, each number written in a way of its own."""
    async with a_floor(database, tmp_path, agents=0) as floor:
        calls = {
            "w": Call(now(), now(), "queue", caller=number_of(1).removeprefix("+"), did="5550100"),
            "h": Call(now(), now(), "talking", caller="1001", did=f"9{number_of(2).replace('+', '00')}"),
        }
        floor.live.state = replace(a_state(3), calls=calls)
        await eventually(lambda: ended(floor))
        found = {each.number: each.outcome for each in await floor.attempts()}
        assert (found[number_of(1)], found[number_of(2)]) == ("cancelled", "cancelled")
        dialled = " ".join(each["Channel"] for each in floor.server.received("Originate"))
        assert number_of(0)[1:] in dialled
        assert number_of(1)[1:] not in dialled
        assert number_of(2)[1:] not in dialled


async def test_an_agents_own_call_keeps_to_the_caps(database: Database, tmp_path: Path) -> None:
    """Of the dialer, of its trunk; and each refusal has words."""
    async with a_floor(database, tmp_path, agents=2, dialer={"mode": "preview", "max_channels": 2}) as floor:
        await eventually(lambda: floor.dialers.status("d").is_running)
        for agent in ("a0", "a1"):
            attempt = await begin(database, agent)
            floor.dialers.take_line(attempt)
            await floor.dialers.call_with_agent(attempt, "1001")
        with pytest.raises(Refused, match="All lines that this dialer may use are taken"):
            floor.dialers.take_line(attempt)
        await eventually(lambda: floor.dialers.status("d").ringing == 2)
        with pytest.raises(Refused, match="All lines that this dialer may use are taken"):
            floor.dialers.take_line(attempt)
        with pytest.raises(Refused, match="about to begin"):
            floor.dialers.take_line(attempt._replace(dialer="another"))
        sent = floor.server.received("Originate")
        assert [(each["Channel"], "OUT_FIRST=main" in each["Variable"]) for each in sent] == [("PJSIP/1001", True)] * 2


async def test_an_agents_own_call_finds_its_trunk_full(database: Database, tmp_path: Path) -> None:
    async with a_floor(database, tmp_path, dialer={"mode": "preview"}, max_channels=1) as floor:
        await eventually(lambda: floor.dialers.status("d").is_running)
        await floor.dialers.call_with_agent(await begin(database, "a0"), "1001")
        with pytest.raises(Refused, match="All lines"):
            await floor.dialers.call_with_agent(await begin(database, "a1"), "1001")
        assert [each.outcome for each in await floor.attempts()] == ["", "cancelled"]
        assert len(floor.server.received("Originate")) == 1


async def begin(database: Database, agent: str) -> Attempt:
    """What a preview that was accepted leaves behind."""
    async with database.transaction() as tx:
        site = (await load_snapshot(tx)).site
        wish = Wish("local", now(), 1, kind="preview", ready=(agent,))
        await reserve_contact(tx, site, site.dialers["d"], wish)
        [attempt] = await begin_preview(tx, site, site.dialers["d"], wish)
    return attempt


async def test_a_trunk_has_no_more_calls_than_it_takes(database: Database, tmp_path: Path) -> None:
    async with a_floor(database, tmp_path, max_channels=2) as floor:
        await eventually(lambda: floor.dialers.status("d").calls == 2)
        await eventually(lambda: floor.why().startswith("No more calls at once") and floor.dialers.status("d").ringing)
        assert len(floor.server.received("Originate")) == 2


async def test_without_a_licence_nobody_is_called_and_the_dialer_says_so(database: Database, tmp_path: Path) -> None:
    async with database.transaction() as tx:
        await tx.execute(delete(LicenseFileRow))
    async with a_floor(database, tmp_path) as floor:
        await eventually(lambda: "license" in floor.why().lower())
        assert floor.server.received("Originate") == []


async def test_without_agents_nobody_is_called(database: Database, tmp_path: Path) -> None:
    async with a_floor(database, tmp_path, agents=0) as floor:
        await eventually(lambda: "No agent" in floor.why())
        assert await floor.attempts() == []


async def test_numbers_that_are_never_called_are_not(database: Database, tmp_path: Path) -> None:
    async with database.transaction() as tx:
        for n in range(9):
            tx.add(DoNotCallRow(number=number_of(n), source="console", created_at=now()))
    async with a_floor(database, tmp_path) as floor:
        await eventually(lambda: floor.server.received("Originate"))
        assert [each.number for each in await floor.attempts()] == [number_of(9)]


async def test_while_nobody_is_left_it_says_nothing_else(database: Database, tmp_path: Path) -> None:
    """As long as nobody is looked for again, too."""
    async with database.transaction() as tx:
        for n in range(10):
            tx.add(DoNotCallRow(number=number_of(n), source="console", created_at=now()))
    async with a_floor(database, tmp_path) as floor:
        await eventually(lambda: floor.why() == NOBODY_LEFT)
        async with database.transaction() as tx:
            await add_contacts(tx, "d", [10])
        told = set[str]()

        def is_called() -> bool:
            status = floor.dialers.status("d")
            told.update([] if status.calls else [status.why])
            return status.calls == 1

        await eventually(is_called)
        assert told == {NOBODY_LEFT}


async def test_while_the_database_is_gone_nobody_is_called_and_afterwards_it_goes_on(
    database: Database, tmp_path: Path
) -> None:
    async with a_floor(database, tmp_path) as floor:
        await eventually(lambda: len(floor.server.received("Originate")) == 6)
        await rename(database, "attempts", "attempts_gone")
        await eventually(lambda: floor.why().startswith("The database"))
        ready = floor.live.state.agents["a0"]
        floor.live.state = State(agents={f"a{n}": ready for n in range(4)})
        await rename(database, "attempts_gone", "attempts")
        await eventually(lambda: len(floor.server.received("Originate")) == 9)  # as many as the machine takes
        assert len({each.number for each in await floor.attempts()}) == 9


async def rename(database: Database, table: str, name: str) -> None:
    """As good as gone: each statement fails."""
    async with database.transaction() as tx:
        await tx.execute(text(f"ALTER TABLE {table} RENAME TO {name}"))
