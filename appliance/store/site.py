"""Reads and writes entities and the whole site; one read gives everything that Asterisk must know."""

from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.entities.fields import Entity
from appliance.core.site import SECTIONS, Site, key_of
from appliance.store.tables import Base
from appliance.store.tables.columns import EntityRow

_ROWS: dict[str, type[EntityRow]] = {
    mapper.class_.__tablename__: mapper.class_
    for mapper in Base.registry.mappers
    if issubclass(mapper.class_, EntityRow)
}


def row_type(section: str) -> type[EntityRow]:
    return _ROWS[section]


def _columns(entity: Entity) -> dict[str, Any]:
    return entity.model_dump(mode="json")


def _entity(section: str, row: dict[str, Any]) -> Entity:
    values = {name: value for name, value in row.items() if name != "version"}
    return SECTIONS[section].model_validate(values)


async def load_section(tx: AsyncSession, section: str) -> dict[str, Entity]:
    table = _ROWS[section].__table__
    rows = await tx.execute(select(table).order_by(table.c.key))
    return {row["key"]: _entity(section, dict(row)) for row in rows.mappings()}


async def load_site(tx: AsyncSession) -> Site:
    """The whole configuration in one consistent read."""
    sections: dict[str, Any] = {section: await load_section(tx, section) for section in SECTIONS}
    return Site.model_construct(**sections)


async def load_entity(tx: AsyncSession, section: str, key: str) -> tuple[Entity, int] | None:
    """The entity and its version."""
    table = _ROWS[section].__table__
    row = (await tx.execute(select(table).where(table.c.key == key))).mappings().first()
    return None if row is None else (_entity(section, dict(row)), row["version"])


async def load_versions(tx: AsyncSession, section: str) -> dict[str, int]:
    table = _ROWS[section].__table__
    return {row.key: row.version for row in await tx.execute(select(table.c.key, table.c.version))}


async def insert_entities(tx: AsyncSession, section: str, entities: list[Entity], version: int = 1) -> None:
    if entities:
        await tx.execute(insert(_ROWS[section]), [{**_columns(entity), "version": version} for entity in entities])


async def update_entity(tx: AsyncSession, section: str, entity: Entity, version: int) -> bool:
    """False where somebody else changed the entity since `version` was read."""
    row = _ROWS[section]
    done = await tx.execute(
        update(row)
        .where(row.key == key_of(entity), row.version == version)
        .values(**_columns(entity), version=version + 1)
        .returning(row.key)
    )
    return done.first() is not None


async def delete_entity(tx: AsyncSession, section: str, key: str, version: int) -> bool:
    """False where it is gone, or somebody else changed it since `version` was read."""
    row = _ROWS[section]
    done = await tx.execute(delete(row).where(row.key == key, row.version == version).returning(row.key))
    return done.first() is not None
