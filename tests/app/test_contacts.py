"""Customers' cards: made, found by number, changed by one at a time, deleted by few; pages and API alike."""

import datetime as dt
import random
from pathlib import Path

from sqlalchemy import select

from appliance.core.journal.cel import CelReading
from appliance.core.site import Site
from appliance.services.contacts import create_contact, find_by_number
from appliance.services.entities import replace_site
from appliance.store.calls import save_calls
from appliance.store.db import Database
from appliance.store.tables.configuration import AuditRow
from appliance.store.tables.contacts import ContactRow
from tests.app.api import an_api
from tests.app.console import Browser, Console
from tests.demo_data import a_call
from tests.sites import a_site

MARIA = [
    ("name", "María Quispe"), ("company", "Andes SAC"), ("email", "maria@andes.example"),
    ("notes", "Prefers mornings."),
    ("number_kind", "mobile"), ("number", "987 654 321"), ("number_kind", "work"), ("number", ""),
    ("field_name", "Customer"), ("field_value", "A-17"),
]  # fmt: skip


async def made(browser: Browser) -> str:
    """The path of Maria's card."""
    response = await browser.post("/contacts/new", MARIA)
    assert response.status == 303, await response.text()
    return response.headers["Location"]


async def audited(database: Database) -> list[tuple[str, str]]:
    async with database.reading() as tx:
        rows = (await tx.execute(select(AuditRow).where(AuditRow.section == "contacts"))).scalars()
        return [(row.action, row.by) for row in rows]


async def test_an_agent_makes_a_card_and_sees_it(console: Console) -> None:
    agent = await console.signed_in("agent")
    path = await made(agent)
    card = await agent.get(path)
    assert "María Quispe" in card
    assert 'href="tel:+51987654321"' in card  # written for the site's country
    assert "A-17" in card
    assert "/delete" not in card
    assert (await agent.client.get(f"{path}/delete")).status == 403
    assert (await agent.client.get("/contacts.csv")).status == 403
    assert await audited(console.database) == [("create", "agent")]


async def test_a_card_is_found_however_its_number_is_written(console: Console) -> None:
    await made(await console.signed_in("agent"))
    for number in ("+51987654321", "51987654321", "987654321", "0051987654321", "+51 (987) 654-321"):
        async with console.database.reading() as tx:
            assert [each.contact.name for each in await find_by_number(tx, number)] == ["María Quispe"], number
    async with console.database.reading() as tx:
        assert await find_by_number(tx, "7654321") == []
        assert await find_by_number(tx, "anonymous") == []


async def test_the_list_searches_sorts_and_exports(console: Console, admin: Browser) -> None:
    assert "No contact yet" in await admin.get("/contacts")
    await made(admin)
    for name in ("Zoe Zapata", "Anabel", "=1+1"):
        async with console.database.transaction() as tx:
            await create_contact(tx, {"name": name, "numbers": [{"number": "5550001"}]}, by="test")
    listed = await admin.get("/contacts")
    assert listed.index("Anabel") < listed.index("María") < listed.index("Zoe Z")
    turned = await admin.get("/contacts?sort=-name")
    assert turned.index("Zoe Z") < turned.index("Anabel")
    for words in ("quispe andes", "987654321", "654-321", "maria@"):
        found = await admin.get("/contacts", params={"q": words})
        assert "María Quispe" in found, words
        assert "Zoe Z" not in found, words
    assert "Nothing matches" in await admin.get("/contacts?q=nobody")
    response = await admin.client.get("/contacts.csv?q=1")
    text = await response.text()
    assert "'=1+1" in text
    assert "María" not in text


async def test_what_is_wrong_stands_at_its_field(console: Console, admin: Browser) -> None:
    bad = [("name", " "), ("email", "no address"), ("number_kind", "mobile"), ("number", "call me"),
           ("number_kind", "moon"), ("number", "5550001")]  # fmt: skip
    response = await admin.post("/contacts/new", bad)
    text = await response.text()
    assert response.status == 422
    for sentence in ("must be given", "must be an e-mail address", "must be 2 to 20 digits", 'value="call me"'):
        assert sentence in text, sentence
    twice = [("name", "Ann"), ("number_kind", "work"), ("number", "987654321"), ("number_kind", "home"),
             ("number", "+51987654321"), ("field_name", "A"),
             ("field_name", "a"), ("field_value", ""), ("field_value", "")]  # fmt: skip
    text = await (await admin.post("/contacts/new", twice)).text()
    assert text.count("is on this card already") == 2


async def test_two_who_edit_do_not_undo_each_other(console: Console, admin: Browser) -> None:
    path = await made(admin)
    assert 'name="version" value="1"' in await admin.get(f"{path}/edit")
    changed = [("version", "1"), ("name", "María Q."), ("number_kind", "mobile"), ("number", "912345678")]
    assert (await admin.post(f"{path}/edit", changed)).status == 303
    late = await admin.post(f"{path}/edit", [("version", "1"), ("name", "Mary")])
    assert late.status == 409
    assert "Somebody else changed this" in await late.text()
    card = await admin.get(path)
    assert "María Q." in card
    assert "+51912345678" in card
    assert "+51987654321" not in card
    assert (await admin.post(f"{path}/edit", [("version", "2"), ("name", "")])).status == 422
    assert await audited(console.database) == [("create", "administrator"), ("change", "administrator")]


async def test_an_administrator_deletes_a_card_and_the_calls_stay(console: Console, admin: Browser) -> None:
    path = await made(admin)
    assert "gone for good" in await admin.get(f"{path}/delete")
    assert (await admin.post(f"{path}/delete", {"version": "7"})).status == 409
    assert (await admin.post(f"{path}/delete", {"version": "1"})).status == 303
    assert (await admin.client.get(path)).status == 404
    async with console.database.reading() as tx:
        assert (await tx.execute(select(ContactRow.contact_id))).first() is None
    for gone in ("/contacts/1", "/contacts/1/edit", "/contacts/999999999999"):
        assert (await admin.client.get(gone)).status == 404


async def test_the_card_shows_what_happened_before(console: Console, admin: Browser) -> None:
    path = await made(admin)
    call = a_call(1, dt.datetime.now(dt.UTC), random.Random(1))
    mine = call._replace(interaction=call.interaction._replace(caller="987654321"))
    other = a_call(2, dt.datetime.now(dt.UTC), random.Random(2))
    async with console.database.transaction() as tx:
        await save_calls(tx, "local", CelReading(finished=[mine, other]))
    text = await admin.get(path)
    assert f"/interactions/{mine.interaction.guid}" in text
    assert other.interaction.guid not in text
    seen = await (await console.signed_in("agent")).get(path)
    assert "No call with this customer" not in seen
    assert "/interactions/" not in seen


async def test_a_supervisor_sees_of_it_what_is_theirs(console: Console, admin: Browser) -> None:
    path = await made(admin)
    site = a_site().model_dump(mode="json")
    site["security_groups"]["north"]["supervisors"] = [{"login": "supervisor"}]
    calls = [a_call(n, dt.datetime.now(dt.UTC), random.Random(n)) for n in (1, 2)]
    theirs, others = (
        call._replace(interaction=call.interaction._replace(caller="987654321", queue=queue, agent=""), segments=[])
        for call, queue in zip(calls, ("sales", "support"), strict=True)
    )
    async with console.database.transaction() as tx:
        await replace_site(tx, Site.model_validate(site), by="test", summary="test")
        await save_calls(tx, "local", CelReading(finished=[theirs, others]))
    text = await (await console.signed_in("supervisor")).get(path)
    assert f"/interactions/{theirs.interaction.guid}" in text
    assert others.interaction.guid not in text


async def test_the_api(database: Database, tmp_path: Path) -> None:
    async with an_api(database, tmp_path, a_site()) as api:
        body = {"name": "Ann", "numbers": [{"kind": "work", "number": "01 612 4455"}]}
        made = await api.json("POST", "/contacts", status=201, role="supervisor", json=body)
        assert made["contact"]["numbers"] == [{"kind": "work", "number": "+5116124455"}]
        path = f"/contacts/{made['contact_id']}"
        assert (await api.json("GET", "/contacts?number=6124455", role="auditor"))["items"] == []
        found = await api.json("GET", "/contacts", params={"number": "016124455"}, role="auditor")
        assert [each["contact"]["name"] for each in found["items"]] == ["Ann"]
        assert (await api.ask("POST", "/contacts", role="auditor", json=body)).status == 403
        assert (await api.ask("PUT", path, json={"name": "Anne"})).status == 428
        assert (await api.json("PUT", path, version=1, json={"name": "Anne"}))["version"] == 2
        assert (await api.ask("PUT", path, version=1, json={"name": "Late"})).status == 412
        refused = await api.json("PUT", path, status=422, version=2, json={"name": "", "moon": 1})
        assert {tuple(each["path"]) for each in refused["errors"]} == {("body", "name"), ("body", "moon")}
        assert (await api.json("GET", "/contacts?search=ann&limit=1"))["next"] is None
        assert (await api.ask("DELETE", path, role="supervisor", version=2)).status == 403
        assert (await api.ask("DELETE", path, version=2)).status == 204
        assert (await api.ask("GET", path)).status == 404
