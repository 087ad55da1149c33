"""Lists of rows that nobody edits, as calls and sessions: what stands in each column, its order, its CSV file."""

import csv
import datetime as dt
import io
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Generic, TypeVar

from aiohttp import web

from appliance.core.csv_rows import harmless
from appliance.core.search import plain
from appliance.store.db import Database
from appliance.web.console.columns import SIZE, SIZES, Asked, natural
from appliance.web.console.exports import csv_headers, stored_text
from appliance.web.console.facets import Facet
from appliance.web.language import _
from appliance.web.numbers import whole_number
from appliance.web.shown import zone

Row = TypeVar("Row")

BATCH = 1000  # rows that are in memory at a time
LAST_PAGE = 2000  # who wants to see more than that narrows the list, or takes the file


@dataclass(frozen=True)
class Column(Generic[Row]):
    """`name` is what an address sorts by; `value` is what is sorted in memory, and written into the file."""

    name: str
    title: str
    value: Callable[[Row], Any]


@dataclass(frozen=True)
class RowTable(Generic[Row]):
    """What the shared parts of lists draw from."""

    rows: Sequence[Row]
    columns: Sequence[Column[Row]]
    asked: Asked
    pages: int
    found: int
    total: int
    facets: Sequence[Facet] = ()
    sizes: ClassVar[tuple[int, ...]] = SIZES

    @property
    def sort_choices(self) -> list[tuple[str, str]]:
        return [(each.name, _(each.title)) for each in self.columns]


def read_rows_asked(
    query: Mapping[str, str], filters: Mapping[str, str], sorts: Iterable[str], *, usual_sort: str = ""
) -> Asked:
    """The filters of these lists have their own names in the address."""
    sort, size = query.get("sort", "")[:40], whole_number(query.get("size", ""))
    return Asked(
        search=query.get("q", "").strip()[:80],
        filters={name: value for name, value in filters.items() if value},
        sort=sort if sort.removeprefix("-") in set(sorts) else usual_sort,
        page=max(1, min(whole_number(query.get("page", "")) or 1, LAST_PAGE)),
        size=size if size in SIZES else SIZE,
        usual_size=SIZE,
        usual_sort=usual_sort,
        prefix="",
    )


def sorted_rows(rows: Iterable[Row], columns: Iterable[Column[Row]], sort: str) -> list[Row]:
    """As they come where no column is asked for."""
    column = next((each for each in columns if each.name == sort.removeprefix("-")), None)
    if column is None:
        return list(rows)
    return sorted(rows, key=lambda row: _order(column.value(row)), reverse=sort.startswith("-"))


def _order(value: Any) -> tuple[bool, Any]:
    if isinstance(value, str | list | tuple):
        return True, natural(stored_text(value))
    return value is not None, 0 if value is None else value.timestamp() if isinstance(value, dt.datetime) else value


def searched_rows(rows: Iterable[Row], columns: Sequence[Column[Row]], search: str) -> list[Row]:
    words = plain(search).split()
    return [row for row in rows if all(word in plain(_text(row, columns)) for word in words)]


def _text(row: Row, columns: Iterable[Column[Row]]) -> str:
    return " ".join(stored_text(each.value(row)) for each in columns)


def row_table(
    rows: list[Row], columns: Sequence[Column[Row]], asked: Asked, *, total: int, facets: Sequence[Facet] = ()
) -> RowTable[Row]:
    """A page of rows that are all in memory."""
    found = sorted_rows(rows, columns, asked.sort)
    pages = max(1, -(-len(found) // asked.size))
    asked = replace(asked, page=min(asked.page, pages))
    shown = found[(asked.page - 1) * asked.size : asked.page * asked.size]
    return RowTable(shown, columns, asked, pages, len(found), total, facets)


async def send_csv(
    request: web.Request, name: str, columns: Sequence[Column[Row]], batches: AsyncIterator[Sequence[Row]]
) -> web.StreamResponse:
    """Batch by batch: a file of millions of rows takes no more memory than one of a thousand."""
    response = web.StreamResponse(headers=csv_headers(name))
    try:
        await response.prepare(request)
        await response.write(_lines([[harmless(_(each.title)) for each in columns]]).encode("utf-8-sig"))
        async for rows in batches:
            await response.write(_lines([_cells(row, columns) for row in rows]).encode())
        await response.write_eof()
    except ConnectionResetError:
        pass  # the browser went away
    return response


async def in_batches(
    database: Database, read: Callable[..., Awaitable[Sequence[Row]]], *, size: int = BATCH
) -> AsyncIterator[Sequence[Row]]:
    """Each is read by itself, after the last row of the one before: a slow download holds nothing open."""
    last: Row | None = None
    while True:
        async with database.reading() as tx:
            rows = await read(tx, after=last, size=size)
        if rows:
            yield rows
        if len(rows) < size:
            return
        last = rows[-1]


async def one_batch(rows: Sequence[Row]) -> AsyncIterator[Sequence[Row]]:
    yield rows


def _cells(row: Row, columns: Iterable[Column[Row]]) -> list[str]:
    return [harmless(_written(each.value(row))) for each in columns]


def _written(value: Any) -> str:
    """Instants as spreadsheets read them, where the reader is."""
    if isinstance(value, dt.datetime):
        return value.astimezone(zone()).strftime("%Y-%m-%d %H:%M:%S")
    return f"{value:.0f}" if isinstance(value, float) else stored_text(value)


def _lines(rows: Iterable[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()
