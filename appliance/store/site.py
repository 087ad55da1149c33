"""Reads and writes entities and the whole site; one read gives everything that Asterisk must know."""

from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.entities.fields import Entity
from appliance.core.site import SECTIONS, Site, key_of
from appliance.store.tables.dialing import DialerStateRow
from appliance.store.tables.entities import ENTITY_TABLES


def _columns(entity: Entity) -> dict[str, Any]:
    return entity.model_dump(mode="json")


def _entity(section: str, row: dict[str, Any]) -> Entity:
    values = {name: value for name, value in row.items() if name != "version"}
    return SECTIONS[section].model_validate(values)


async def load_section(tx: AsyncSession, section: str) -> dict[str, Entity]:
    table = ENTITY_TABLES[section]
    rows = (await tx.execute(select(table))).mappings().all()
    # Sorted here: databases differ in how they do it, and files are rendered in this order.
    return {row["key"]: _entity(section, dict(row)) for row in sorted(rows, key=lambda row: str(row["key"]))}


async def load_site(tx: AsyncSession) -> Site:
    """The whole configuration in one consistent read."""
    sections: dict[str, Any] = {section: await load_section(tx, section) for section in SECTIONS}
    return Site.model_construct(**sections)


async def load_entity(tx: AsyncSession, section: str, key: str) -> tuple[Entity, int] | None:
    """The entity and its version."""
    table = ENTITY_TABLES[section]
    row = (await tx.execute(select(table).where(table.c.key == key))).mappings().first()
    return None if row is None else (_entity(section, dict(row)), row["version"])


async def load_versions(tx: AsyncSession, section: str) -> dict[str, int]:
    table = ENTITY_TABLES[section]
    return {row.key: row.version for row in await tx.execute(select(table.c.key, table.c.version))}


async def insert_entities(tx: AsyncSession, section: str, entities: list[Entity], version: int = 1) -> None:
    if entities:
        await tx.execute(
            insert(ENTITY_TABLES[section]), [{**_columns(entity), "version": version} for entity in entities]
        )


async def update_entity(tx: AsyncSession, section: str, entity: Entity, version: int) -> bool:
    """False where somebody else changed the entity since `version` was read."""
    table = ENTITY_TABLES[section]
    done = await tx.execute(
        update(table)
        .where(table.c.key == key_of(entity), table.c.version == version)
        .values(**_columns(entity), version=version + 1)
        .returning(table.c.key)
    )
    return done.first() is not None


async def delete_entity(tx: AsyncSession, section: str, key: str, version: int) -> bool:
    """False where it is gone, or somebody else changed it since `version` was read."""
    table = ENTITY_TABLES[section]
    gone = delete(table).where(table.c.key == key, table.c.version == version)
    is_gone = (await tx.execute(gone.returning(table.c.key))).first() is not None
    if is_gone and section == "dialers":  # one that is made or put back by this name calls nobody until it is started
        await tx.execute(delete(DialerStateRow).where(DialerStateRow.dialer == key))
    return is_gone
