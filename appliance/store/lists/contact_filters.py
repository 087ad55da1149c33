"""Contact filters as conditions on contacts in lists; whatever a person typed reaches the database as a parameter."""

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, Float, String, and_, case, cast, false, func, literal, not_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.entities.lists import Condition, ContactFilter
from appliance.store.tables.contacts import ContactRow
from appliance.store.tables.dialing import ListContactRow

_NUMBER = re.compile(r"[+-]?[0-9]{1,15}([.,][0-9]{1,6})?")
_NUMBERS: dict[str, Any] = {"priority": ListContactRow.priority, "tries": ListContactRow.tries}
_TEXTS: dict[str, Any] = {
    "result": ListContactRow.result,
    "disposition": ListContactRow.disposition,
    "owner": ListContactRow.owner,
    "zone": ListContactRow.zone,
    "key": ListContactRow.own_key,
}
_DAYS: dict[str, Any] = {"added_days": ListContactRow.added_at, "last_days": ListContactRow.last_at}
_CARD: dict[str, Any] = {"name": ContactRow.name, "company": ContactRow.company, "email": ContactRow.email}


BUILT_IN = (*_NUMBERS, *_TEXTS, *_DAYS, *_CARD)  # every other name is that of a field of the contact


def filter_condition(tx: AsyncSession, wanted: ContactFilter, at: dt.datetime) -> ColumnElement[bool]:
    """For a query of `ListContactRow`, joined to nothing else."""
    is_postgres = tx.get_bind().dialect.name == "postgresql"
    found = [_condition(each, at, is_postgres=is_postgres) for each in wanted.conditions]
    return and_(*found) if wanted.match == "all" else or_(*found)


async def count_contacts(tx: AsyncSession, key: str, condition: ColumnElement[bool]) -> int:
    query = select(func.count()).select_from(ListContactRow).where(ListContactRow.list == key, condition)
    return (await tx.execute(query)).scalar_one()


def _condition(each: Condition, at: dt.datetime, *, is_postgres: bool) -> ColumnElement[bool]:
    if each.field in _NUMBERS:
        return _of_number(_NUMBERS[each.field], each)
    if each.field in _DAYS:
        return _of_instant(_DAYS[each.field], each, at)
    if each.field in _TEXTS:
        return _of_text(_TEXTS[each.field], each, is_postgres=is_postgres)
    value = _CARD[each.field] if each.field in _CARD else _own_field(each.field, is_postgres=is_postgres)
    query = select(func.coalesce(value, "")).where(ContactRow.contact_id == ListContactRow.contact_id)
    return _of_text(func.coalesce(query.correlate(ListContactRow).scalar_subquery(), ""), each, is_postgres=is_postgres)


def _own_field(name: str, *, is_postgres: bool) -> ColumnElement[Any]:
    """Not as a path of SQLite's, which would be read as more than a name."""
    if is_postgres:
        return ContactRow.fields.op("->>", return_type=String())(literal(name, String))
    each = func.json_each(ContactRow.fields).table_valued("key", "value")
    return select(cast(each.c.value, String)).where(each.c.key == name).limit(1).scalar_subquery()


_COMPARED: dict[str, Callable[[Any, Any], ColumnElement[bool]]] = {
    "is": lambda left, right: left == right,
    "is_not": lambda left, right: left != right,
    "less": lambda left, right: left < right,
    "more": lambda left, right: left > right,
}


def _of_number(column: Any, each: Condition) -> ColumnElement[bool]:
    """What is no number is neither less nor more, and is no number either."""
    if each.operator in ("contains", "begins"):
        return _like(cast(column, String), each)
    if each.operator in ("empty", "not_empty"):
        return _truth(each.operator == "not_empty")
    number = _number(each.value)
    return _truth(each.operator == "is_not") if number is None else _COMPARED[each.operator](column, number)


def _of_instant(column: Any, each: Condition, at: dt.datetime) -> ColumnElement[bool]:
    """Days ago: more days are earlier. Who was never called was not called any number of days ago."""
    if each.operator in ("empty", "not_empty"):
        is_empty: ColumnElement[bool] = column.is_(None)
        return is_empty if each.operator == "empty" else not_(is_empty)
    days = _number(each.value)
    if days is None or not 0 <= days <= 36_500 or each.operator in ("contains", "begins"):
        return _truth(each.operator == "is_not")
    then, before = at - dt.timedelta(days=days), at - dt.timedelta(days=days + 1)
    within = and_(column.is_not(None), column <= then, column > before)
    found: dict[str, ColumnElement[bool]] = {
        "is": within,
        "is_not": or_(column.is_(None), column > then, column <= before),
        "less": and_(column.is_not(None), column > then),
        "more": and_(column.is_not(None), column <= then),
    }
    return found[each.operator]


def _of_text(value: Any, each: Condition, *, is_postgres: bool) -> ColumnElement[bool]:
    """Numbers are compared as numbers, everything else letter by letter, without regard to capitals."""
    if each.operator in ("empty", "not_empty"):
        return _COMPARED["is" if each.operator == "empty" else "is_not"](value, "")
    if each.operator in ("contains", "begins"):
        return _like(value, each)
    number = _number(each.value)
    if each.operator in ("less", "more") and number is not None:
        return func.coalesce(_COMPARED[each.operator](_as_number(value, is_postgres=is_postgres), number), false())
    compared = _COMPARED[each.operator](func.lower(value), func.lower(literal(each.value, String)))
    return and_(value != "", compared) if each.operator in ("less", "more") else compared


def _like(value: Any, each: Condition) -> ColumnElement[bool]:
    found: ColumnElement[bool] = (
        value.icontains(each.value, autoescape=True)
        if each.operator == "contains"
        else value.istartswith(each.value, autoescape=True)
    )
    return found


def _as_number(value: Any, *, is_postgres: bool) -> ColumnElement[Any]:
    """NULL where it is none; PostgreSQL would refuse the whole query."""
    plain = func.replace(value, ",", ".")
    if is_postgres:
        return case((plain.op("~")(r"^\s*[+-]?[0-9]{1,15}(\.[0-9]{1,9})?\s*$"), cast(plain, Float)))
    is_number = and_(plain.op("GLOB")("*[0-9]*"), not_(plain.op("GLOB")("*[^0-9.+-]*")))
    return case((is_number, cast(plain, Float)))


def _number(text: str) -> float | None:
    return float(text.replace(",", ".")) if _NUMBER.fullmatch(text.strip()) else None


def _truth(is_true: bool) -> ColumnElement[bool]:
    return literal(1) == literal(1 if is_true else 0)
