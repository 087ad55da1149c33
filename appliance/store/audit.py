"""The audit trail as people read it: who did what to what, newest first, filtered and in steps."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.store.ordering import Order
from appliance.store.tables.configuration import AuditRow

AUDIT_SORTS = ("audit_id", "by", "entity_key")


class AuditFilter(NamedTuple):
    """`sort` is one of AUDIT_SORTS, with a hyphen before it from the last to the first."""

    search: str = ""  # any part of who, what was done, or to what
    sort: str = "-audit_id"


async def find_audit(
    tx: AsyncSession, wanted: AuditFilter, *, limit: int, after: Sequence[Any] | None = None, offset: int = 0
) -> list[AuditRow]:
    query = select(AuditRow)
    for word in wanted.search.replace("\0", "").split():
        among = (AuditRow.by, AuditRow.action, AuditRow.section, AuditRow.entity_key)
        query = query.where(or_(*(each.icontains(word, autoescape=True) for each in among)))
    found = await tx.execute(_order(wanted.sort).apply(query, after).offset(offset).limit(limit))
    return list(found.scalars())


async def more_audit(tx: AsyncSession, wanted: AuditFilter, *, after: AuditRow | None, size: int) -> list[AuditRow]:
    """The next ones of all that are wanted."""
    place = _order(wanted.sort).place(after) if after else None
    return await find_audit(tx, wanted, limit=size, after=place)


def _order(sort: str) -> Order:
    name = sort.removeprefix("-")
    first = [getattr(AuditRow, name)] if name != "audit_id" else []
    return Order([*first, AuditRow.audit_id], sort.startswith("-"))
