"""The condition that a column is one of thousands of texts: one parameter, where IN would have thousands."""

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, String, any_, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession


def among(tx: AsyncSession, column: Any, values: Collection[str]) -> ColumnElement[bool]:
    if tx.get_bind().dialect.name == "postgresql":
        is_one: ColumnElement[bool] = column == any_(literal(list(values), ARRAY(String)))
        return is_one
    found: ColumnElement[bool] = column.in_(select(func.json_each(json.dumps(list(values))).table_valued("value")))
    return found
