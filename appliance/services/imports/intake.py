"""A file as it comes in: kept, looked at, laid out; then started, stopped or taken up again by people."""

import asyncio
import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple

from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.adapters.contact_files import NO_TABLE, Found, Reading, read_rejects, read_rows
from appliance.core.lists.layout import NUMBER_USES, SAMPLE, Encoding, Layout, find_layout
from appliance.core.lists.rows import Candidate, Reject, RowReader
from appliance.core.problems import Invalid, Problem
from appliance.core.site import Site
from appliance.core.words import N_
from appliance.services.clock import now
from appliance.services.errors import NotFound, Refused
from appliance.services.imports.files import paths_of, plain_path, rejects_path
from appliance.services.imports.ground import ground_of, list_of
from appliance.services.imports.reading import look_at, make_plain
from appliance.services.users.trail import audit
from appliance.store.lists.imports import (
    Import,
    Mapping,
    insert_import,
    load_import,
    load_mappings,
    save_mapping,
    update_import,
)

MOST_BYTES = 512 << 20
EMPTY = N_("This file is empty.")
NO_NUMBERS = N_("one column must be a telephone number")


class Look(NamedTuple):
    """A file that waits for its layout to be confirmed."""

    layout: Layout
    rows: list[list[str]]  # the first ones as they stand
    read: list[Candidate | Reject]  # and what they would become


async def keep_file(
    folder: Path, source: IO[bytes], *, encoding: Encoding | None = None, separator: str | None = None
) -> tuple[str, Found]:
    """Its name in the folder, and what it is. Raises `Invalid` where it holds no rows."""
    path = f"{uuid.uuid4()}"
    try:
        await asyncio.to_thread(_keep, folder, path, source)
        return path, await _look_at(folder / path, encoding, separator)
    except BaseException as error:
        await forget_file(folder, path)
        if not isinstance(error, ValueError | OSError):
            raise
        raise Invalid([_why(str(error))]) from None


def _why(reason: str) -> Problem:
    if reason in (EMPTY, NO_TABLE):
        return Problem(("file",), reason)
    return Problem(("file",), N_("this file cannot be read: {reason}"), {"reason": reason[:200]})


def _keep(folder: Path, path: str, source: IO[bytes]) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / path).open("xb") as target:
        shutil.copyfileobj(source, target, 1 << 20)
        target.flush()
        os.fsync(target.fileno())


async def _look_at(path: Path, encoding: Encoding | None, separator: str | None) -> Found:
    found = await look_at(path, encoding, separator)
    if not any(any(row) for row in found.rows):
        raise ValueError(EMPTY)
    return found


async def forget_file(folder: Path, path: str) -> None:
    for each in paths_of(folder, path):
        await asyncio.to_thread(each.unlink, missing_ok=True)


class Kept(NamedTuple):
    """A file in the folder, under the name that it came with."""

    path: str
    file_name: str
    size_bytes: int
    found: Found
    country: str = ""  # of its numbers, if whoever sends it says so


async def open_import(tx: AsyncSession, site: Site, key: str, kept: Kept, *, by: str) -> int:
    """A draft: nothing is imported before its layout is confirmed. A layout that fits and was kept is taken."""
    list_of(site, key)
    layout = _found_layout(kept.found)
    saved = [_layout(each) for each in (await load_mappings(tx)).values()]
    fitting = next((each for each in saved if each is not None and each.looks_like(layout)), None)
    if fitting is not None:
        layout = layout.model_copy(update={"columns": fitting.columns})
    return await insert_import(
        tx,
        list=key,
        file_name=kept.file_name[:200],
        path=kept.path,
        state="draft",
        options={
            "layout": layout.model_copy(update={"country": kept.country}).model_dump(),
            "is_plain": kept.found.is_plain,
            "is_workbook": kept.found.is_workbook,
        },
        size_bytes=kept.size_bytes,
        created_at=now(),
        created_by=by[:80],
    )


def _layout(values: dict[str, Any]) -> Layout | None:
    try:
        return Layout.model_validate(values)
    except ValidationError:  # kept by another version
        return None


def _found_layout(found: Found) -> Layout:
    return find_layout([row for row in found.rows if any(row)], found.encoding, found.separator)


async def lay_out(folder: Path, found: Import, encoding: Encoding, separator: str) -> Layout:
    """As it looks with another encoding or separator than were found."""
    return _found_layout(await _sample(folder, found, encoding, separator))


async def _sample(folder: Path, found: Import, encoding: Encoding, separator: str) -> Found:
    try:
        return await look_at(folder / found.path, encoding, separator)
    except (OSError, ValueError):
        raise NotFound(f"imports.{found.import_id}") from None


async def import_of(tx: AsyncSession, key: str, import_id: int) -> Import:
    """Raises `NotFound` also where it belongs to another list."""
    found = await load_import(tx, import_id)
    if found is None or found.list != key:
        raise NotFound(f"imports.{import_id}")
    return found


async def look(site: Site, folder: Path, found: Import, layout: Layout | None = None) -> Look:
    """What the first rows become under this layout, or under the one that it has."""
    layout = layout or Layout.model_validate(found.options["layout"])
    sample = await _sample(folder, found, layout.encoding, layout.separator)
    rows = [row for row in sample.rows[: SAMPLE + 1] if any(row)]
    reader = RowReader(layout, ground_of(site, found.list, layout))
    body = rows[1:] if layout.has_header else rows
    return Look(layout, rows, [reader.read(number, row) for number, row in enumerate(body, 1 + layout.has_header)])


async def start_import(tx: AsyncSession, found: Import, layout: Layout, *, keep_as: str = "", by: str) -> None:
    """Raises `Invalid` where no column is a number, `Refused` where it was started already."""
    if layout.shape == "table" and not any(each.use in NUMBER_USES for each in layout.columns):
        raise Invalid([Problem(("columns",), NO_NUMBERS)])
    is_plain = found.options["is_plain"] and layout.encoding != "utf-16"
    options = found.options | {"layout": layout.model_dump(), "is_plain": is_plain}
    if not await update_import(tx, found.import_id, ("draft",), state="waiting", options=options):
        raise Refused(N_("This import was started already."))
    if keep_as:
        kept = Mapping(keep_as, found.list, layout.model_dump())
        await save_mapping(tx, kept, at=now(), by=by)
    after = {"import_id": found.import_id, "file": found.file_name, "size_bytes": found.size_bytes}
    await audit(tx, "import", found.list, by, section="lists", after=after)


async def cancel_import(tx: AsyncSession, found: Import, *, by: str) -> None:
    """What is in the list already stays there."""
    if not await update_import(tx, found.import_id, ("draft", "waiting", "running"), state="cancelled", ended_at=now()):
        raise Refused(N_("This import has ended already."))
    await audit(tx, "cancel", found.list, by, section="lists", after={"import_id": found.import_id})


async def resume_import(tx: AsyncSession, found: Import, *, by: str) -> None:
    """From the row where it stopped."""
    again = {"state": "waiting", "error": "", "ended_at": None}
    if found.started_at is None or not await update_import(tx, found.import_id, ("cancelled", "failed"), **again):
        raise Refused(N_("This import cannot go on."))
    await audit(tx, "resume", found.list, by, section="lists", after={"import_id": found.import_id})


def rejects(folder: Path, found: Import) -> Iterator[list[str]]:
    """Row, reason, what the reason is about, and the row as it stood."""
    path = rejects_path(folder, found)
    return read_rejects(path, found.rejects_bytes) if path.exists() else iter(())


def is_prepared(folder: Path, found: Import) -> bool:
    """False while a workbook is being unpacked, of which nobody knows how far that is."""
    return plain_path(folder, found).exists()


async def plain_rows(folder: Path, kept: Kept) -> Iterator[list[str]]:
    """All cells of a file, whatever it is; read as they are asked for."""
    found, path = kept.found, folder / kept.path
    encoding: Encoding = found.encoding
    if not found.is_plain:
        plain = folder / f"{kept.path}.rows"
        await make_plain(path, found.encoding, found.separator, plain)
        path, encoding = plain, "utf-8-sig"
    width = max(map(len, found.rows), default=1)
    return (row.cells for row in read_rows(path, Reading(encoding, found.separator, width)))
