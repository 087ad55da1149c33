"""Agents are moved into queues and out of them for some time; then all is as it was."""

import datetime as dt

import pytest
from sqlalchemy import select, update

from appliance.services.agents.moves import NewMove, move
from appliance.services.agents.sessions import Place, log_in
from appliance.services.agents.trail import Act
from appliance.services.clock import now
from appliance.services.membership import Membership
from appliance.store.db import Database
from appliance.store.moves import load_moves
from appliance.store.tables.configuration import AuditRow
from appliance.store.tables.floor import QueueMoveRow
from tests.ami_server import AmiServer
from tests.app.api import an_api
from tests.app.console import Browser, Console
from tests.app.test_people import ami, do, membership, told  # noqa: F401 - fixtures
from tests.sites import a_site
from tests.waiting import eventually


async def actions(database: Database, agent: str) -> list[str]:
    async with database.reading() as tx:
        query = select(AuditRow.action).where(AuditRow.entity_key == agent, AuditRow.action != "create")
        found = await tx.execute(query.order_by(AuditRow.audit_id))
        return list(found.scalars())


async def test_a_move_ends_by_itself(
    database: Database,
    membership: Membership,  # noqa: F811
    ami: AmiServer,  # noqa: F811
) -> None:
    await do(database, membership, lambda tx: log_in(tx, "ana", Place("local"), Act("eva")))
    await eventually(lambda: told(ami) == [("QueueAdd", "sales", "PJSIP/1001")])
    await do(database, membership, lambda tx: move(tx, "ana", NewMove("support", True, 30, 3), by="eva"))
    await eventually(lambda: ("QueueAdd", "support", "PJSIP/1001") in told(ami))
    assert ami.received("QueueAdd")[-1]["Penalty"] == "3"
    async with database.transaction() as tx:
        await tx.execute(update(QueueMoveRow).values(until_at=now() - dt.timedelta(seconds=1)))
    membership.poke()

    async def is_over() -> bool:
        async with database.reading() as tx:
            return not await load_moves(tx)

    await eventually(is_over)
    assert await actions(database, "ana") == ["log in", "move into queue", "move is over"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_supervisor_moves_and_ends_it(console: Console) -> None:
    supervisor: Browser = await console.signed_in("supervisor")
    values = {"queue": "support", "is_member": "yes", "minutes": "30", "penalty": "2"}
    assert (await supervisor.post("/agents/ana/moves", values)).status == 303
    async with console.database.reading() as tx:
        (row,) = await load_moves(tx)
    assert (row.agent, row.queue, row.is_member, row.penalty, row.made_by) == ("ana", "support", True, 2, "supervisor")
    assert dt.timedelta(minutes=29) < row.until_at - now() <= dt.timedelta(minutes=30)
    assert (await supervisor.post("/agents/ana/moves", {**values, "is_member": "no"})).status == 303  # instead
    async with console.database.reading() as tx:
        assert [each.is_member for each in await load_moves(tx)] == [False]
    for wrong, status in [({"minutes": "0"}, 422), ({"minutes": "x"}, 400), ({"queue": "none"}, 404)]:
        assert (await supervisor.post("/agents/ana/moves", {**values, **wrong})).status == status
    assert (await supervisor.post("/agents/ana/moves/support/end")).status == 303
    assert (await supervisor.post("/agents/ana/moves/support/end")).status == 404


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_the_api_does_the_same(database: Database, tmp_path: object) -> None:
    async with an_api(database, tmp_path, a_site()) as api:  # type: ignore[arg-type]
        body = {"queue": "support", "is_member": False, "minutes": 5}
        made = await api.json("POST", "/agents/ana/moves", role="supervisor", json=body)
        assert [(each["queue"], each["is_member"]) for each in made["items"]] == [("support", False)]
        assert (await api.json("GET", "/agents/ana/moves"))["items"] == made["items"]
        assert await api.json("DELETE", "/agents/ana/moves/support") == {"items": []}
        await api.json("POST", "/agents/ana/wrapup/longer", status=409)
        await api.json("POST", "/agents/ana/pause/grant", status=404)  # not logged in
