"""Imports of files into lists: what was asked for, how far each has come, and layouts kept for the next file."""

import datetime as dt
from typing import Any, NamedTuple

from sqlalchemy import CursorResult, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.sight import EVERYTHING, Sight
from appliance.store.tables.dialing import ImportMappingRow, ImportRow

OPEN = ("waiting", "running")
_KEPT_FOR = "kept_for"  # the list, beside the layout


class Import(NamedTuple):
    import_id: int
    list: str
    file_name: str
    path: str
    state: str  # draft (its layout is not confirmed), waiting, running, cancelled, done or failed
    options: dict[str, Any]
    size_bytes: int
    done_bytes: int
    done_rows: int
    added: int
    doubles: int
    rejected: int
    never: int
    rejects_bytes: int
    error: str
    created_at: dt.datetime
    created_by: str
    started_at: dt.datetime | None
    ended_at: dt.datetime | None


class Step(NamedTuple):
    """By how much an import moves on."""

    done_bytes: int
    done_rows: int
    rejects_bytes: int  # all of the file of rejects
    added: int
    doubles: int
    rejected: int
    never: int


_COLUMNS = [getattr(ImportRow, name) for name in Import._fields]


async def insert_import(tx: AsyncSession, **values: Any) -> int:
    row = ImportRow(**values)
    tx.add(row)
    await tx.flush()
    return row.import_id


async def load_import(tx: AsyncSession, import_id: int) -> Import | None:
    row = (await tx.execute(select(*_COLUMNS).where(ImportRow.import_id == import_id))).first()
    return Import._make(row) if row else None


async def load_imports(tx: AsyncSession, key: str, most: int = 50) -> list[Import]:
    """Of a list, the newest first."""
    query = select(*_COLUMNS).where(ImportRow.list == key).order_by(ImportRow.import_id.desc()).limit(most)
    return [Import._make(row) for row in await tx.execute(query)]


async def next_import(tx: AsyncSession) -> Import | None:
    """One that was interrupted goes on before another begins."""
    query = select(*_COLUMNS).where(ImportRow.state.in_(OPEN)).order_by(ImportRow.state, ImportRow.import_id).limit(1)
    row = (await tx.execute(query)).first()
    return Import._make(row) if row else None


async def update_import(tx: AsyncSession, import_id: int, states: tuple[str, ...], **values: Any) -> bool:
    """False where it is in another state by now."""
    query = update(ImportRow).where(ImportRow.import_id == import_id, ImportRow.state.in_(states)).values(**values)
    return _is_one(await tx.execute(query))


async def advance_import(tx: AsyncSession, seen: Import, step: Step) -> bool:
    """In the transaction that stores the rows. False where it was stopped, or others moved it since it was seen."""
    values = {
        "done_bytes": step.done_bytes,
        "done_rows": step.done_rows,
        "rejects_bytes": step.rejects_bytes,
        **{name: getattr(ImportRow, name) + getattr(step, name) for name in ("added", "doubles", "rejected", "never")},
    }
    is_where_seen = (ImportRow.done_bytes == seen.done_bytes, ImportRow.done_rows == seen.done_rows)
    query = update(ImportRow).where(ImportRow.import_id == seen.import_id, ImportRow.state == "running", *is_where_seen)
    return _is_one(await tx.execute(query.values(**values)))


async def delete_imports(tx: AsyncSession, states: tuple[str, ...], before: dt.datetime) -> list[str]:
    """Forgets those of `states` that were created before; the files that they leave."""
    is_old = (ImportRow.state.in_(states), ImportRow.created_at < before)
    paths = list((await tx.execute(select(ImportRow.path).where(*is_old))).scalars())
    await tx.execute(delete(ImportRow).where(*is_old))
    return paths


async def load_paths(tx: AsyncSession) -> set[str]:
    """Files that an import knows of."""
    return set((await tx.execute(select(ImportRow.path))).scalars())


def _is_one(done: Any) -> bool:
    return isinstance(done, CursorResult) and done.rowcount == 1


class Mapping(NamedTuple):
    """A layout that was kept, and the list whose file it was kept for."""

    name: str
    list: str
    layout: dict[str, Any]


async def load_mappings(tx: AsyncSession, sight: Sight = EVERYTHING) -> dict[str, dict[str, Any]]:
    """Name and layout, of lists in sight; the newest first."""
    query = select(ImportMappingRow.name, ImportMappingRow.options).order_by(ImportMappingRow.changed_at.desc())
    found = {name: dict(options) for name, options in await tx.execute(query.limit(200))}
    lists = {name: str(layout.pop(_KEPT_FOR, "")) for name, layout in found.items()}
    return {name: layout for name, layout in found.items() if sight.may_see("lists", lists[name])}


async def save_mapping(tx: AsyncSession, kept: Mapping, *, at: dt.datetime, by: str) -> None:
    values = {"options": kept.layout | {_KEPT_FOR: kept.list}, "changed_at": at, "changed_by": by[:80]}
    done = await tx.execute(update(ImportMappingRow).where(ImportMappingRow.name == kept.name).values(**values))
    if not _is_one(done):
        await tx.execute(insert(ImportMappingRow).values(name=kept.name, **values))


async def delete_mapping(tx: AsyncSession, name: str) -> None:
    await tx.execute(delete(ImportMappingRow).where(ImportMappingRow.name == name))
