"""An edit becomes what Asterisk runs, or is undone with Asterisk's own words; calls never notice."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from appliance.adapters.config_files import read_templates
from appliance.core.entities.queues import Queue
from appliance.services.entities import save_entity
from appliance.services.revisions import restore_revision
from appliance.store.configuration import list_revisions, load_revision
from appliance.store.db import Database
from appliance.store.site import load_entity
from appliance.store.tables.configuration import RevisionRow
from tests.house import House, a_house, furnish, house_settings
from tests.sites import a_site

# With a queue of this name, the templates below write a codec that no Asterisk knows.
BROKEN = "[broken]\ntype = endpoint\nallow = no-such-codec\n"


@pytest.fixture
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    settings = house_settings(tmp_path_factory.mktemp("house"))
    await furnish(settings, a_site())
    async with a_house(settings, templates=breakable_templates()) as house:
        yield house


def breakable_templates() -> dict[str, str]:
    templates = read_templates()
    pjsip = "asterisk_conf/pjsip.conf.j2"
    templates[pjsip] += '{% if "Broken" in site.queues.sales.name %}\n' + BROKEN + "{% endif %}\n"
    return templates


async def edit(house: House, **changes: object) -> RevisionRow:
    """Change the sales queue, wait until Asterisk has taken or refused it, and return the revision."""
    await store_edit(house.appliance.database, **changes)
    house.appliance.configuration.applier.poke()
    await house.settled()
    return await newest(house)


async def store_edit(database: Database, **changes: object) -> None:
    async with database.transaction() as tx:
        found = await load_entity(tx, "queues", "sales")
        assert found is not None
        queue, version = found
        await save_entity(tx, "queues", queue.model_copy(update=changes), version=version, by="eva")


async def newest(house: House) -> RevisionRow:
    async with house.appliance.database.reading() as tx:
        line = (await list_revisions(tx, "local", limit=1))[0]
        revision = await load_revision(tx, line.revision_id)
    assert revision is not None
    return revision


async def asterisk_says(house: House, command: str) -> str:
    return await house.appliance.node.ami.command(command)


def etc(house: House) -> dict[str, str]:
    return {path.name: path.read_text() for path in Path(house.appliance.node.facts.etc).glob("*.conf")}


async def test_an_edit_is_live_and_a_readable_revision(house: House) -> None:
    assert "leastrecent" in await asterisk_says(house, "queue show sales")
    revision = await edit(house, strategy="rrmemory")
    assert "rrmemory" in await asterisk_says(house, "queue show sales")
    assert (revision.by, revision.is_applied, revision.error) == ("eva", True, "")
    assert "queues.conf" in revision.diff
    assert "-strategy = leastrecent" in revision.diff
    assert "+strategy = rrmemory" in revision.diff
    assert "extensions.conf" not in revision.diff
    assert await house.status() == await house.settled()


async def test_what_asterisk_refuses_is_undone_and_told_in_its_words(house: House) -> None:
    before = etc(house)
    refused = await edit(house, name="Broken", strategy="random")
    assert not refused.is_applied
    assert "no-such-codec" in refused.error
    assert etc(house) == before
    assert "leastrecent" in await asterisk_says(house, "queue show sales")
    status = await house.status()
    assert status.applied < status.wanted == status.tried
    assert "no-such-codec" in status.error

    mended = await edit(house, name="Sales again", strategy="random")
    assert mended.is_applied
    assert "random" in await asterisk_says(house, "queue show sales")
    assert (await house.status()).error == ""


async def test_an_earlier_revision_can_be_put_back(house: House) -> None:
    first = await newest(house)
    files = etc(house)
    await edit(house, strategy="linear", ring_s=33)
    assert etc(house) != files
    async with house.appliance.database.transaction() as tx:
        await restore_revision(tx, first.revision_id, by="eva")
    house.appliance.configuration.applier.poke()
    await house.settled()
    assert etc(house) == files
    assert "leastrecent" in await asterisk_says(house, "queue show sales")
    restored = await newest(house)
    assert restored.revision_id > first.revision_id
    assert restored.site == first.site


async def test_applying_twice_writes_nothing(house: House) -> None:
    times = {path: path.stat().st_mtime_ns for path in Path(house.appliance.node.facts.etc).iterdir()}
    async with house.appliance.database.transaction() as tx:
        found = await load_entity(tx, "queues", "support")
        assert found is not None
        assert isinstance(found[0], Queue)
        await save_entity(tx, "queues", found[0], version=found[1], by="eva")
    house.appliance.configuration.applier.poke()
    status = await house.settled()
    assert status.applied == status.wanted
    assert {path: path.stat().st_mtime_ns for path in Path(house.appliance.node.facts.etc).iterdir()} == times


async def test_a_refused_configuration_stays_out_after_a_restart(tmp_path_factory: pytest.TempPathFactory) -> None:
    settings = house_settings(tmp_path_factory.mktemp("house"))
    await furnish(settings, a_site())
    async with a_house(settings, templates=breakable_templates()) as house:
        before = etc(house)
        await edit(house, name="Broken", strategy="random")
    async with a_house(settings, templates=breakable_templates()) as house:
        log = Path(house.appliance.node.facts.log, "messages.log").read_text()
        booted = log.rpartition("built by")[2].partition("sorcery.c")[0]
        assert "no-such-codec" not in booted
        assert etc(house) == before
        assert "leastrecent" in await asterisk_says(house, "queue show sales")
        assert not (await newest(house)).is_applied


async def test_what_asterisk_started_with_is_undone_too(tmp_path_factory: pytest.TempPathFactory) -> None:
    settings = house_settings(tmp_path_factory.mktemp("house"))
    await furnish(settings, a_site())
    async with a_house(settings, templates=breakable_templates()) as house:
        before = etc(house)
    database = Database(settings.database)
    await store_edit(database, name="Broken", strategy="random")  # nobody runs: as by the command line
    await database.close()
    async with a_house(settings, templates=breakable_templates()) as house:
        refused = await newest(house)
        assert not refused.is_applied
        assert "+strategy = random" in refused.diff
        assert etc(house) == before
        assert "leastrecent" in await asterisk_says(house, "queue show sales")


async def test_an_import_while_it_was_down_is_told_once(tmp_path_factory: pytest.TempPathFactory) -> None:
    settings = house_settings(tmp_path_factory.mktemp("house"))
    await furnish(settings, a_site())
    async with a_house(settings) as house:
        assert (await newest(house)).diff.count("+++ acl.conf") == 1
    queue = a_site().queues["sales"].model_copy(update={"strategy": "rrmemory"})
    await furnish(settings, a_site().replaced("queues", "sales", queue))
    async with a_house(settings) as house:
        assert (await newest(house)).diff.count("+strategy = rrmemory") == 1
        assert "rrmemory" in await asterisk_says(house, "queue show sales")
