"""The condition that a column is one of thousands of values: one parameter, where IN would have thousands."""

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy import BigInteger, BindParameter, ColumnElement, String, any_, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession


def among(tx: AsyncSession, column: Any, values: Collection[Any]) -> ColumnElement[bool]:
    return _is_in(column, bindparam(None, packed(tx, values), _kind(tx, column), unique=True))


def among_named(tx: AsyncSession, column: Any, name: str) -> ColumnElement[bool]:
    """For a statement that is executed many times: the values come `packed` with each, by this name."""
    return _is_in(column, bindparam(name, type_=_kind(tx, column)))


def packed(tx: AsyncSession, values: Collection[Any]) -> Any:
    return list(values) if _has_arrays(tx) else json.dumps(list(values))


def _has_arrays(tx: AsyncSession) -> bool:
    return tx.get_bind().dialect.name == "postgresql"


def _kind(tx: AsyncSession, column: Any) -> Any:
    if not _has_arrays(tx):
        return String()
    return ARRAY(BigInteger() if column.type.python_type is int else String())


def _is_in(column: Any, values: BindParameter[Any]) -> ColumnElement[bool]:
    is_array = isinstance(values.type, ARRAY)
    found: ColumnElement[bool] = (
        column == any_(values) if is_array else column.in_(select(func.json_each(values).table_valued("value")))
    )
    return found
