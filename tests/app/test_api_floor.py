"""The floor over the API: requests, messages, raised alarms, promised calls and wrap-up, each within one's sight."""

import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from appliance.services.agents.requests import ask
from appliance.services.agents.sessions import Place, log_in
from appliance.services.agents.trail import Act
from appliance.services.clock import now
from appliance.services.tokens import NewToken, create_token
from appliance.store.db import Database
from appliance.store.messages import mark_read
from appliance.store.tables.floor import AlarmRaiseRow, RequestRow
from tests.app.api import Api, an_api
from tests.app.console import a_user
from tests.unit.test_sight import a_grouped_site


@pytest.fixture
async def api(database: Database, tmp_path: Path) -> AsyncIterator[Api]:
    """Nora's token sees queue sales and agent ana; the one of the role supervisor sees everything."""
    async with an_api(database, tmp_path, a_grouped_site()) as api:
        async with database.transaction() as tx:
            tx.add(a_user("nora", "supervisor"))
            await tx.flush()
            api.tokens["agent"] = await create_token(
                tx, NewToken("noras", "supervisor", ("read", "operate")), by="nora"
            )
            for agent in ("ana", "luis"):
                await log_in(tx, agent, Place("local"), Act("test"))
        yield api


async def nora(api: Api, method: str, path: str, *, status: int = 200, **options: Any) -> Any:
    response = await api.ask(method, path, role="agent", **options)
    assert response.status == status, await response.text()
    return await response.json() if status in (200, 201) else None


async def test_help_is_taken_and_a_pause_refused(api: Api) -> None:
    async with api.database.transaction() as tx:
        await ask(tx, "ana", "help", "angry caller")
        await ask(tx, "luis", "pause", "lunch")
    [own] = (await nora(api, "GET", "/requests"))["items"]
    assert (own["agent"], own["kind"], own["detail"]) == ("ana", "help", "angry caller")
    await nora(api, "POST", f"/requests/{own['request_id']}/grant", status=204)
    await nora(api, "POST", f"/requests/{own['request_id']}/grant", status=409)
    [other] = (await api.json("GET", "/requests", role="supervisor"))["items"]
    for unknown in (other["request_id"], 99, "made-up"):
        await nora(api, "POST", f"/requests/{unknown}/refuse", status=404)
    refused = await api.ask(
        "POST", f"/requests/{other['request_id']}/refuse", role="supervisor", json={"note": "Later"}
    )
    assert refused.status == 204
    async with api.database.reading() as tx:
        rows = [await tx.get_one(RequestRow, each["request_id"]) for each in (own, other)]
    assert [(row.answer, row.decided_by) for row in rows] == [
        ("granted", "token noras"),
        ("refused", "token supervisor"),
    ]


async def test_a_message_is_sent_and_who_has_read_it_told(api: Api) -> None:
    sent = await nora(api, "POST", "/messages", json={"to": "queue:sales", "text": "Well done.\nGo on."}, status=201)
    assert sent == {"agents": ["ana"]}  # luis serves the queue too, out of her sight
    await nora(api, "POST", "/messages", json={"to": "agent:luis", "text": "Hello"}, status=409)
    await nora(api, "POST", "/messages", json={"text": ""}, status=422)
    assert (await api.ask("POST", "/messages", role="auditor", json={"text": "Hello"})).status == 403
    async with api.database.transaction() as tx:
        await mark_read(tx, 1, "ana", now())
    [message] = (await nora(api, "GET", "/messages"))["items"]
    assert (message["to"], message["text"], message["sent_by"]) == ("queue:sales", "Well done.\nGo on.", "token noras")
    assert [(each["agent"], each["read_at"] is not None) for each in message["readings"]] == [("ana", True)]
    await api.json("POST", "/messages", role="supervisor", json={"text": "To all"}, status=201)
    assert len((await nora(api, "GET", "/messages"))["items"]) == 1
    assert len((await api.json("GET", "/messages", role="auditor"))["items"]) == 2


async def test_notice_is_taken_of_an_alarm(api: Api) -> None:
    async with api.database.transaction() as tx:
        for queue in ("sales", "support"):
            tx.add(AlarmRaiseRow(alarm="slow", subject=f"queues:{queue}", value="99", raised_at=now()))
    [own] = (await nora(api, "GET", "/raised-alarms"))["items"]
    assert (own["alarm"], own["subject"], own["seen_by"], own["over_at"]) == ("slow", "queues:sales", "", None)
    await nora(api, "POST", f"/raised-alarms/{own['alarm_raise_id']}/seen", status=204)
    found = {each["subject"]: each for each in (await api.json("GET", "/raised-alarms"))["items"]}
    assert found["queues:sales"]["seen_by"] == "token noras"
    for unknown in (found["queues:support"]["alarm_raise_id"], 99, "made-up"):
        await nora(api, "POST", f"/raised-alarms/{unknown}/seen", status=404)


async def test_a_call_is_promised_and_cancelled(api: Api) -> None:
    soon = now() + dt.timedelta(hours=1)

    async def promise(agent: str, role: Any = "supervisor", status: int = 201) -> Any:
        body = {"number": "7000001", "due_at": soon.isoformat(), "agent": agent, "note": "Wants an offer"}
        return await api.json("POST", "/reminders", role=role, json=body, status=status)

    made = [await promise(agent) for agent in ("ana", "luis", "")]
    assert dt.datetime.fromisoformat(made[0]["due_at"]) == soon
    assert [each["agent"] for each in (await nora(api, "GET", "/reminders"))["items"]] == ["ana", ""]
    page = await nora(api, "GET", "/reminders?limit=1")
    assert (page["items"][0]["agent"], page["next"]) == ("ana", 2)
    assert len((await api.json("GET", "/reminders?agent=luis"))["items"]) == 1
    await promise("luis", role="agent", status=404)
    refused = await api.json(
        "POST", "/reminders", json={"number": "x", "due_at": "2020-01-01T00:00:00Z"}, role="supervisor", status=422
    )
    assert {tuple(each["path"]) for each in refused["errors"]} == {("body", "number"), ("body", "due_at")}
    await nora(api, "POST", f"/reminders/{made[1]['reminder_id']}/cancel", status=404)
    for _ in range(2):
        cancelled = await nora(api, "POST", f"/reminders/{made[0]['reminder_id']}/cancel")
        assert cancelled["result"] == "cancelled"
    assert [each["agent"] for each in (await nora(api, "GET", "/reminders"))["items"]] == [""]


async def test_a_wrapup_is_finished_but_none_made_longer_where_there_is_none(api: Api) -> None:
    assert (await nora(api, "POST", "/agents/ana/wrapup/finish"))["is_logged_in"]
    await nora(api, "POST", "/agents/ana/wrapup/longer", status=409)
    await nora(api, "POST", "/agents/luis/wrapup/finish", status=404)
