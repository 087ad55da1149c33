"""The tables of everything people edit: one for each section of a site, with a column for each field of its schema."""

import datetime as dt
from typing import Any, get_args, get_origin

from sqlalchemy import JSON, Boolean, Column, Integer, String, Table, Text
from sqlalchemy.types import TypeEngine

from appliance.core.entities.fields import Entity
from appliance.core.site import SECTIONS
from appliance.store.tables.columns import Base

_PLAIN: dict[Any, TypeEngine[Any]] = {bool: Boolean(), int: Integer(), dt.date: String(10)}


def _column_type(annotation: Any) -> TypeEngine[Any]:
    """Text for what is written as text; values without identity are JSON."""
    origin = get_origin(annotation)
    if origin in (list, dict):
        return JSON()
    kinds = [kind for kind in get_args(annotation) if kind is not type(None)] or [annotation]
    return _PLAIN.get(kinds[0], Text())


def _table(section: str, schema: type[Entity]) -> Table:
    columns = [
        Column(name, _column_type(field.annotation), nullable=type(None) in get_args(field.annotation))
        for name, field in schema.model_fields.items()
        if name != "key"
    ]
    key, version = Column("key", String(40), primary_key=True), Column("version", Integer, default=1, nullable=False)
    return Table(section, Base.metadata, key, version, *columns)


ENTITY_TABLES: dict[str, Table] = {section: _table(section, schema) for section, schema in SECTIONS.items()}
