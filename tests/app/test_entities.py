"""Edits of the site: checked as a whole, audited, one generation each, and refused without a trace."""

import pytest
from sqlalchemy import select

from appliance.core.entities.people import Extension
from appliance.core.entities.queues import Queue
from appliance.core.problems import Invalid
from appliance.core.secret_fields import MASK
from appliance.core.site import Site
from appliance.services.entities import create_entity, parse_entity, remove_entity, replace_site, save_entity
from appliance.services.errors import InUse, NotFound, Stale
from appliance.store.configuration import load_status
from appliance.store.db import Database
from appliance.store.site import load_entity, load_site
from appliance.store.tables.configuration import AuditRow
from tests.sites import a_site


async def wanted(database: Database) -> int:
    async with database.reading() as tx:
        return (await load_status(tx, "local")).wanted


@pytest.fixture
async def site(database: Database) -> Site:
    async with database.transaction() as tx:
        await replace_site(tx, a_site(), by="test", summary="import")
    return a_site()


async def test_an_edit_raises_the_generation_and_leaves_an_audit_row(database: Database, site: Site) -> None:
    before = await wanted(database)
    queue = site.queues["sales"].model_copy(update={"name": "New name"})
    async with database.transaction() as tx:
        await save_entity(tx, "queues", queue, version=1, by="eva")
    async with database.reading() as tx:
        row = (await tx.execute(select(AuditRow).order_by(AuditRow.audit_id.desc()).limit(1))).scalar_one()
    assert await wanted(database) == before + 1
    assert (row.by, row.action, row.section, row.entity_key) == ("eva", "change", "queues", "sales")
    assert (row.before["name"], row.after["name"]) == ("Sales", "New name")


async def test_a_refused_edit_changes_nothing(database: Database, site: Site) -> None:
    before = await wanted(database)
    bad = site.queues["sales"].model_copy(update={"timeout_destination": "menu:nowhere"})
    with pytest.raises(Invalid, match="nowhere"):
        async with database.transaction() as tx:
            await save_entity(tx, "queues", bad, version=1, by="eva")
    with pytest.raises(Stale):
        async with database.transaction() as tx:
            await save_entity(tx, "queues", site.queues["sales"], version=7, by="eva")
    with pytest.raises(NotFound):
        async with database.transaction() as tx:
            await save_entity(tx, "queues", Queue(key="other", name="Other"), version=1, by="eva")
    with pytest.raises(Invalid, match="exists already"):
        async with database.transaction() as tx:
            await create_entity(tx, "queues", site.queues["sales"], by="eva")
    async with database.reading() as tx:
        assert await load_site(tx) == site
    assert await wanted(database) == before


async def test_what_is_in_use_stays(database: Database, site: Site) -> None:
    with pytest.raises(InUse) as refused:
        async with database.transaction() as tx:
            await remove_entity(tx, "prompts", "menu", version=1, by="eva")
    steps = {("inputs", "customer"), ("surveys", "happy")}
    assert {(place.section, place.key) for place in refused.value.places} == {
        ("menus", "main"),
        ("menus", "more"),
        *steps,
    }
    async with database.transaction() as tx:
        await remove_entity(tx, "blacklist", "5550666", version=1, by="eva")


async def test_secrets_are_made_kept_and_never_audited(database: Database) -> None:
    async with database.transaction() as tx:
        await create_entity(tx, "extensions", Extension(key="2001", name="New", voicemail=True), by="eva")
    async with database.transaction() as tx:
        found = await load_entity(tx, "extensions", "2001")
        assert found is not None
        made = found[0]
        assert isinstance(made, Extension)
        assert len(made.secret) >= 16
        assert made.voicemail_pin.isdigit()
        renamed = parse_entity("extensions", {"key": "2001", "name": "Renamed", "voicemail": True})
        await save_entity(tx, "extensions", renamed, version=1, by="eva")
        assert await load_entity(tx, "extensions", "2001") == (made.model_copy(update={"name": "Renamed"}), 2)
        rows = list((await tx.execute(select(AuditRow))).scalars())
    assert all(made.secret not in str((row.before, row.after)) for row in rows)
    assert rows[-1].after["secret"] == MASK


async def test_importing_the_same_site_again_changes_nothing(database: Database, site: Site) -> None:
    before = await wanted(database)
    async with database.transaction() as tx:
        assert not await replace_site(tx, site, by="test", summary="import")
    assert await wanted(database) == before


async def test_an_import_replaces_adds_and_removes(database: Database, site: Site) -> None:
    other = site.replaced("blacklist", "5550666", None).replaced("queues", "new", Queue(key="new", name="New"))
    other = other.replaced("agents", "luis", site.agents["luis"].model_copy(update={"name": "Luis P."}))
    async with database.transaction() as tx:
        changes = await replace_site(tx, other, by="test", summary="import")
    assert changes.added == [("queues", "new")]
    assert changes.changed == [("agents", "luis")]
    assert changes.removed == [("blacklist", "5550666")]
    async with database.reading() as tx:
        assert await load_site(tx) == other


def test_a_bad_value_says_where_and_what_is_allowed() -> None:
    with pytest.raises(Invalid) as refused:
        parse_entity("queues", {"key": "sales", "name": "", "strategy": "loudest"})
    assert [problem.path for problem in refused.value.problems] == [
        ("queues", "sales", "name"),
        ("queues", "sales", "strategy"),
    ]
    assert "leastrecent" in refused.value.problems[1].text()
