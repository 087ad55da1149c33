"""Rows of a table in the order that people chose, from the place where an earlier reading stopped."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Select, literal, tuple_
from sqlalchemy.orm import InstrumentedAttribute


class Order(NamedTuple):
    """By the first column, then by the next; the last one is the table's key. Databases serve it from an index."""

    columns: Sequence[InstrumentedAttribute[Any]]
    descending: bool

    def apply(self, query: Select[Any], after: Sequence[Any] | None = None) -> Select[Any]:
        """`after`: values of these columns in the last row that was read; nothing is skipped or counted for it."""
        if after is not None:
            here = tuple_(*self.columns)
            there = tuple_(*(literal(value, each.type) for each, value in zip(self.columns, after, strict=True)))
            query = query.where(here < there if self.descending else here > there)
        return query.order_by(*(each.desc() if self.descending else each.asc() for each in self.columns))

    def place(self, row: Any) -> list[Any]:
        """Where `row` stands: what to go on after."""
        return [getattr(row, each.key) for each in self.columns]
