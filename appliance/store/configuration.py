"""What is wanted and applied, the audit trail, and revisions."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.store.ordering import Order
from appliance.store.tables.configuration import AuditRow, ConfigState, NodeState, RevisionRow


@dataclass(frozen=True)
class NodeStatus:
    """Generations of the configuration: wanted by people, applied by this node, last tried; `error` of the last try."""

    wanted: int
    applied: int
    tried: int
    error: str


async def raise_wanted(tx: AsyncSession) -> int:
    """The new generation. Its row lock puts edits in line, so that checks of the whole site hold until commit."""
    done = await tx.execute(update(ConfigState).values(wanted=ConfigState.wanted + 1).returning(ConfigState.wanted))
    generation: int = done.scalar_one()
    return generation


async def lock_wanted(tx: AsyncSession) -> None:
    """Wait in line with the edits as `raise_wanted` does, for who does not know yet whether there is one."""
    await tx.execute(select(ConfigState.wanted).with_for_update())


async def load_status(tx: AsyncSession, node: str) -> NodeStatus:
    wanted = (await tx.execute(select(ConfigState.wanted))).scalar_one()
    state = await tx.get(NodeState, node)
    if state is None:
        return NodeStatus(wanted, 0, 0, "")
    return NodeStatus(wanted, state.applied, state.tried, state.error)


async def save_status(tx: AsyncSession, node: str, status: NodeStatus) -> None:
    state = await tx.get(NodeState, node)
    if state is None:
        state = NodeState(node=node)
        tx.add(state)
    state.applied, state.tried, state.error = status.applied, status.tried, status.error


async def insert_audit(tx: AsyncSession, entries: list[dict[str, Any]]) -> None:
    if entries:
        await tx.execute(insert(AuditRow), entries)


async def load_changes(tx: AsyncSession, after: int, until: int) -> list[AuditRow]:
    """What people changed in the generations (after, until], oldest first."""
    found = await tx.execute(
        select(AuditRow)
        .where(AuditRow.generation > after, AuditRow.generation <= until)
        .order_by(AuditRow.audit_id)
        .limit(1000)
    )
    return list(found.scalars())


async def load_trail(tx: AsyncSession, section: str, key: str, most: int = 200) -> list[AuditRow]:
    """What was done to one thing, newest first."""
    own = AuditRow.section == section, AuditRow.entity_key == key
    found = await tx.execute(select(AuditRow).where(*own).order_by(AuditRow.audit_id.desc()).limit(most))
    return list(found.scalars())


async def insert_revision(tx: AsyncSession, revision: RevisionRow) -> int:
    tx.add(revision)
    await tx.flush()
    return revision.revision_id


@dataclass(frozen=True)
class RevisionLine:
    """A revision in a list: everything but its site and its difference."""

    revision_id: int
    generation: int
    at: dt.datetime
    by: str
    summary: str
    is_applied: bool
    error: str


_LINE: tuple[Any, ...] = (
    RevisionRow.revision_id,
    RevisionRow.generation,
    RevisionRow.at,
    RevisionRow.by,
    RevisionRow.summary,
    RevisionRow.is_applied,
    RevisionRow.error,
)


REVISION_SORTS = ("revision_id", "summary", "by")


class RevisionFilter(NamedTuple):
    """`sort` is one of REVISION_SORTS, with a hyphen before it from the last to the first."""

    node: str
    search: str = ""  # any part of who or what
    sort: str = "-revision_id"


async def list_revisions(
    tx: AsyncSession, node: str, *, limit: int = 50, before: int | None = None
) -> list[RevisionLine]:
    """Newest first; `before` is a revision_id to go on from."""
    return await find_revisions(tx, RevisionFilter(node), limit=limit, after=(before,) if before is not None else None)


async def find_revisions(
    tx: AsyncSession, wanted: RevisionFilter, *, limit: int, after: Sequence[Any] | None = None, offset: int = 0
) -> list[RevisionLine]:
    query = select(*_LINE).where(RevisionRow.node == wanted.node)
    for word in wanted.search.replace("\0", "").split():
        among = (RevisionRow.by, RevisionRow.summary)
        query = query.where(or_(*(each.icontains(word, autoescape=True) for each in among)))
    query = _order(wanted.sort).apply(query, after).offset(offset).limit(limit)
    return [RevisionLine(*row) for row in await tx.execute(query)]


async def more_revisions(
    tx: AsyncSession, wanted: RevisionFilter, *, after: RevisionLine | None, size: int
) -> list[RevisionLine]:
    """The next ones of all that are wanted."""
    place = _order(wanted.sort).place(after) if after else None
    return await find_revisions(tx, wanted, limit=size, after=place)


def _order(sort: str) -> Order:
    name = sort.removeprefix("-")
    first = [getattr(RevisionRow, name)] if name != "revision_id" else []
    return Order([*first, RevisionRow.revision_id], sort.startswith("-"))


async def load_revision(tx: AsyncSession, revision_id: int) -> RevisionRow | None:
    return await tx.get(RevisionRow, revision_id)


async def newest_applied(tx: AsyncSession, node: str) -> int | None:
    """The revision_id that is in force on the node."""
    query = select(func.max(RevisionRow.revision_id)).where(RevisionRow.node == node, RevisionRow.is_applied)
    found: int | None = (await tx.execute(query)).scalar()
    return found
