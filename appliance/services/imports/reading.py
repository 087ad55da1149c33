"""Files of contacts are read by a process of its own, within limits: what it looks like, and contact by contact."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from pathlib import Path
from typing import Any, NamedTuple

from appliance.adapters.contact_files import Found, Reading
from appliance.adapters.reader_process import answers
from appliance.core.lists.layout import Encoding, Layout
from appliance.core.lists.rows import Candidate, Ground, Reject

_READER = "appliance.services.imports.reader"


class Order(NamedTuple):
    path: Path
    layout: Layout
    ground: Ground
    reading: Reading


class Part(NamedTuple):
    """Of a file, up to its row `number`, which ends at `end`."""

    number: int
    end: int
    candidates: list[Candidate]
    rejects: list[Reject]


async def look_at(path: Path, encoding: Encoding | None = None, separator: str | None = None) -> Found:
    """Raises ValueError with the reason where it is no file of rows at all."""
    order = {"work": "look", "path": str(path), "encoding": encoding, "separator": separator}
    return Found(*await _one(order))


async def make_plain(path: Path, encoding: Encoding, separator: str, target: Path) -> None:
    """A workbook, or a file that cannot be read from the middle, becomes plain rows."""
    order = {"work": "make_plain", "path": str(path), "encoding": encoding, "separator": separator}
    await _one(order | {"target": str(target)})


async def _one(order: Mapping[str, Any]) -> Any:
    async with aclosing(answers(_READER, order)) as found:
        return await anext(found)


async def read_contacts(order: Order) -> AsyncGenerator[Part]:
    """While one part is stored, the next is read."""
    reading = order.reading
    asked = {
        "work": "read",
        "path": str(order.path),
        "layout": order.layout.model_dump(),
        "country": order.ground.country,
        "owners": dict(order.ground.owners),
        "encoding": reading.encoding,
        "start": reading.start,
        "number": reading.number,
    }
    async with aclosing(answers(_READER, asked)) as parts:
        async for number, end, candidates, rejects in parts:
            yield Part(number, end, [*map(Candidate._make, candidates)], [*map(Reject._make, rejects)])
