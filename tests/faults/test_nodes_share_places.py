"""Two nodes on one PostgreSQL, as processes: places count once over both, a crash frees none and loses none."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from appliance.services.clock import now
from appliance.store.db import Database
from appliance.store.licenses import working_agents
from tests.faults.brains import Brain, a_team, a_token, brain_settings
from tests.house import furnish
from tests.licenses import install_license

pytestmark = pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
PLACES, AGENTS = 3, 8
FULL = "All 3 places are taken. Log in when somebody has logged out."
TEAM = [f"agent-{2000 + number}" for number in range(AGENTS)]


@pytest.fixture
async def nodes(tmp_path: Path, database_url: str) -> AsyncIterator[list[Brain]]:
    settings = [brain_settings(tmp_path / name, name, database_url) for name in ("one", "two")]
    for each in settings:
        each.data_dir.mkdir(exist_ok=True)
    await furnish(settings[0], a_team(AGENTS))
    database = Database(database_url)
    async with database.transaction() as tx:
        seats = tuple(f"seat-{number}" for number in range(PLACES))
        await install_license(tx, "L-2", replaces=("L-1",), seats=seats, exemptions=("sale",), issued_at=now())
    token = await a_token(database)
    await database.close()
    nodes = [Brain(each, token) for each in settings]
    async with AsyncExitStack() as stack:
        for node in nodes:
            stack.callback(node.daemon.stop)
        await asyncio.gather(*(node.start() for node in nodes))
        yield nodes


async def working(database_url: str) -> list[str]:
    database = Database(database_url)
    async with database.reading() as tx:
        found = await working_agents(tx)
    await database.close()
    return found


async def all_log_in(*nodes: Brain) -> list[str]:
    """At the same moment; with two nodes one here, the next there."""
    return await asyncio.gather(*(nodes[n % len(nodes)].log_in(agent) for n, agent in enumerate(TEAM)))


async def test_places_count_once_over_two_nodes_and_a_crash(nodes: list[Brain], database_url: str) -> None:
    one, two = nodes
    said = await all_log_in(one, two)
    assert sorted(said) == [""] * PLACES + [FULL] * (AGENTS - PLACES)
    inside = await working(database_url)
    assert sorted(inside) == [agent for agent, why in zip(TEAM, said, strict=True) if not why]
    for node in nodes:
        state = (await node.ask("GET", "/license"))[1]
        assert (state["seats_taken"], state["seats"]) == (PLACES, PLACES)
    for agent in inside:
        assert (await two.ask("POST", f"/agents/{agent}/logout"))[0] == 200

    asked = [asyncio.ensure_future(one.log_in(agent)) for agent in TEAM]
    await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
    one.daemon.kill()
    said = await asyncio.gather(*asked)
    before = await working(database_url)
    assert 1 <= said.count("") <= len(before) <= PLACES
    await all_log_in(
        two
    )  # who was logged in at the dead node still works at the phone, and what was begun there is over
    inside = await working(database_url)
    assert (set(before) - set(inside), len(inside)) == (set(), PLACES)

    await one.start()
    outside = [agent for agent in TEAM if agent not in inside]
    assert await one.log_in(outside[0]) == FULL
    assert (await one.ask("POST", f"/agents/{before[0]}/logout"))[0] == 200
    assert await two.log_in(outside[0]) == ""
    assert await one.log_in(outside[1]) == FULL
