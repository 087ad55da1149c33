"""The process that reads one file: `python -m appliance.services.imports.reader`, told what by stdin.

It knows neither the database nor its password, whatever the file does to it.
"""

import gc
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from appliance.adapters.contact_files import FileRow, Reading, look_at, read_rows, write_plain
from appliance.adapters.reader_process import answer
from appliance.core.lists.layout import Layout
from appliance.core.lists.rows import Candidate, Ground, Reject, RowReader
from appliance.core.words import N_

MOST_ROWS, MOST_BYTES = 500, 1 << 20  # of the file, in one answer
BROKEN = N_("a quotation mark is never closed")


def look(order: Mapping[str, Any]) -> Iterator[Any]:
    """The first rows, and what kind of file it is."""
    yield tuple(look_at(Path(order["path"]), order["encoding"], order["separator"]))


def make_plain(order: Mapping[str, Any]) -> Iterator[Any]:
    write_plain(Path(order["path"]), order["encoding"], order["separator"], Path(order["target"]))
    yield None


def read(order: Mapping[str, Any]) -> Iterator[Any]:
    """Contacts and rejects, with the place in the file after them."""
    layout = Layout.model_validate(order["layout"])
    reader = RowReader(layout, Ground(order["country"], order["owners"]))
    reading = Reading(order["encoding"], layout.separator, len(layout.columns), order["start"], order["number"])
    rows = read_rows(Path(order["path"]), reading)
    if layout.has_header and not reading.number:
        next(rows, None)
    gc.disable()  # nothing here refers to itself, and there is a great deal of it
    while some := _some(rows):
        found = [_read(reader, row) for row in some]
        candidates = [(each.row, (), *each[2:]) for each in found if isinstance(each, Candidate)]
        yield some[-1].number, some[-1].end, candidates, [tuple(each) for each in found if isinstance(each, Reject)]


def _some(rows: Iterator[FileRow]) -> list[FileRow]:
    some = list[FileRow]()
    for row in rows:
        some.append(row)
        if len(some) == MOST_ROWS or row.end - some[0].end > MOST_BYTES:
            break
    return some


def _read(reader: RowReader, row: FileRow) -> Candidate | Reject | None:
    if row.is_broken:
        return Reject(row.number, row.cells, BROKEN)
    return reader.read(row.number, row.cells) if any(row.cells) else None


_WORK = {"look": look, "make_plain": make_plain, "read": read}

if __name__ == "__main__":
    answer(lambda order: _WORK[order["work"]](order))
