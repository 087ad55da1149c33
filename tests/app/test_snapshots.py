"""The shared picture of the site: never older than what is committed, whoever committed it."""

import pytest

from appliance.core.links import links_of
from appliance.core.site import Site
from appliance.services.entities import create_entity, remove_entity, replace_site, save_entity
from appliance.store.configuration import raise_wanted
from appliance.store.db import Database
from appliance.store.site import load_entity, load_site, update_entity
from appliance.store.snapshots import Snapshot, load_snapshot
from tests.sites import a_prompt, a_site


async def seen(database: Database) -> Snapshot:
    async with database.reading() as tx:
        return await load_snapshot(tx)


async def rename(database: Database, key: str, name: str) -> None:
    async with database.transaction() as tx:
        found = await load_entity(tx, "queues", key)
        assert found is not None
        await save_entity(tx, "queues", found[0].model_copy(update={"name": name}), version=found[1], by="test")


async def give_up(database: Database) -> None:
    async with database.transaction() as tx:
        await create_entity(tx, "prompts", a_prompt("one"), by="test")
        await create_entity(tx, "prompts", a_prompt("two"), by="test")
        raise RuntimeError


@pytest.fixture
async def filled(database: Database) -> Database:
    async with database.transaction() as tx:
        await replace_site(tx, a_site(), by="test", summary="test")
    return database


async def test_a_picture_is_kept_until_something_changes(filled: Database) -> None:
    first = await seen(filled)
    assert first.site == a_site()
    assert (await seen(filled)).site is first.site


async def test_an_edit_of_another_process_is_seen(filled: Database) -> None:
    await seen(filled)
    other = Database(filled.url)
    await rename(other, "sales", "Sales north")
    async with other.transaction() as tx:
        await create_entity(tx, "prompts", a_prompt("bye"), by="test")
    async with other.transaction() as tx:
        await remove_entity(tx, "blacklist", "5550666", version=1, by="test")
    await other.close()
    snapshot = await seen(filled)
    async with filled.reading() as tx:
        assert snapshot.site == await load_site(tx)
    assert snapshot.site.queues["sales"].name == "Sales north"
    assert "bye" in snapshot.site.prompts
    assert not snapshot.site.blacklist


async def test_an_edited_site_has_the_order_of_one_that_is_read(filled: Database) -> None:
    """On PostgreSQL too, whose own order takes no notice of hyphens; files are rendered in this order."""
    await seen(filled)
    for key in ("a-b", "aa", "a-c", "ab"):
        async with filled.transaction() as tx:
            await create_entity(tx, "prompts", a_prompt(key), by="test")
    advanced = (await seen(filled)).site
    async with filled.reading() as tx:
        read = await load_site(tx)
    assert list(advanced.prompts) == list(read.prompts) == sorted(advanced.prompts)


async def test_only_what_changed_is_read_anew(filled: Database) -> None:
    before = await seen(filled)
    assert before.links
    await rename(filled, "sales", "Sales north")
    after = await seen(filled)
    assert after.site.queues["support"] is before.site.queues["support"]
    assert after.links == links_of(after.site)
    assert [spot for spot, _ref in after.links.users_of(("prompts", "closed"))] == [
        spot for spot, _ref in before.links.users_of(("prompts", "closed"))
    ]


async def test_what_was_deleted_and_made_again_is_the_new_one(filled: Database) -> None:
    """Its version is the same as before."""
    await seen(filled)
    async with filled.transaction() as tx:
        await remove_entity(tx, "blacklist", "5550666", version=1, by="test")
    async with filled.transaction() as tx:
        again = a_site().blacklist["5550666"].model_copy(update={"reason": "another"})
        await create_entity(tx, "blacklist", again, by="test")
    assert (await seen(filled)).site.blacklist["5550666"].reason == "another"


async def test_a_generation_that_the_audit_trail_does_not_tell_of_is_read_in_full(filled: Database) -> None:
    await seen(filled)
    async with filled.transaction() as tx:
        await raise_wanted(tx)
        found = await load_entity(tx, "queues", "sales")
        assert found is not None
        await update_entity(tx, "queues", found[0].model_copy(update={"name": "By hand"}), found[1])
    assert (await seen(filled)).site.queues["sales"].name == "By hand"


async def test_an_edit_that_was_undone_leaves_no_trace(filled: Database) -> None:
    before = await seen(filled)
    with pytest.raises(RuntimeError):
        await give_up(filled)
    await rename(filled, "sales", "Sales north")
    assert (await seen(filled)).site.prompts == before.site.prompts


async def test_an_import_is_seen_at_once(filled: Database) -> None:
    await seen(filled)
    async with filled.transaction() as tx:
        await replace_site(tx, Site.model_validate({}), by="test", summary="empty")
    assert (await seen(filled)).site.queues == {}


def test_links_say_who_names_whom() -> None:
    links = links_of(a_site())
    assert ("extensions", "1001") in {(ref.section, ref.key) for ref in links.out["queues", "sales"]}
    users = {(spot, ref.path) for spot, ref in links.users_of(("queues", "sales"))}
    assert (("menus", "main"), ("options", 0, "destination")) in users
