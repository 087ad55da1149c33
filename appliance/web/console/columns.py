"""Tables of entities: which fields stand in a list, and what a list's address asks for: words, filters, order, page."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, ClassVar
from urllib.parse import urlencode

from appliance.core.entities.fields import Entity
from appliance.core.search import plain
from appliance.core.site import SECTIONS, Site
from appliance.core.words import N_
from appliance.web.console.facets import PREFIX, Facet, asked_filters, make_facets, passes
from appliance.web.forms.schema import FieldSchema, fields_of
from appliance.web.language import _
from appliance.web.numbers import whole_number
from appliance.web.shown_text import shown_text

SIZES = (25, 50, 100, 200)
SIZE = 50
SMALLER = {"agents": 25}  # each of their rows has buttons and a menu
COLUMNS: dict[str, tuple[str, ...]] = {
    "trunks": ("host", "registration", "username"),
    "extensions": ("ring_s", "voicemail"),
    "schedules": ("time_zone", "hours", "holidays"),
    "campaigns": ("queue", "schedule", "closed_destination", "recording"),
    "prompts": ("audio",),
}
Row = tuple[str, Entity]
# Further orders that a page of its own offers, by what no field holds.
Orders = Mapping[str, Callable[[str], Any]]
NO_ORDERS: Orders = MappingProxyType({})


@dataclass(frozen=True)
class Asked:
    """What the address asks for."""

    search: str
    filters: Mapping[str, str]
    sort: str  # a field's name, with a hyphen before it from the last to the first
    page: int
    size: int
    usual_size: int
    usual_sort: str = ""
    prefix: str = PREFIX

    @property
    def is_narrowed(self) -> bool:
        return bool(self.search or self.filters or self.sort != self.usual_sort)

    def link(self, **changes: Any) -> str:
        """The same list, asked for differently; whatever is left as it is by default is left out."""
        asked = replace(self, **{"page": 1, **changes})
        filters = {f"{self.prefix}{name}": value for name, value in asked.filters.items()}
        values = {"q": asked.search, "sort": asked.sort if asked.sort != self.usual_sort else "", **filters}
        values |= {"size": str(asked.size) if asked.size != self.usual_size else ""}
        values |= {"page": str(asked.page) if asked.page > 1 else ""}
        return "?" + urlencode({name: value for name, value in values.items() if value})

    def sorted_by(self, name: str) -> str:
        """As `aria-sort` says it."""
        return {name: "ascending", f"-{name}": "descending"}.get(self.sort, "")

    def sort_link(self, name: str) -> str:
        return self.link(sort=f"-{name}" if self.sort == name else name)


@dataclass(frozen=True)
class Table:
    columns: list[FieldSchema]
    rows: list[Row]
    asked: Asked
    pages: int
    found: int
    total: int  # without search and filters
    facets: list[Facet]
    saved: str
    deleted: str
    sizes: ClassVar[tuple[int, ...]] = SIZES

    @property
    def sort_choices(self) -> list[tuple[str, str]]:
        """For where there is no room for a table's head."""
        first = ("name", N_("Name")), ("key", N_("Key"))
        return [(name, _(title)) for name, title in (*first, *((each.name, each.title) for each in self.columns))]


def read_asked(section: str, query: Mapping[str, str]) -> Asked:
    size, usual = whole_number(query.get("size", "")), SMALLER.get(section, SIZE)
    return Asked(
        query.get("q", "").strip()[:80],
        asked_filters(section, query),
        query.get("sort", "")[:40],
        whole_number(query.get("page", "")) or 1,
        size if size in SIZES else usual,
        usual,
    )


def make_table(site: Site, section: str, query: Mapping[str, str], orders: Orders) -> Table:
    asked, entities = read_asked(section, query), site.section(section)
    found = find_rows(site, section, asked, orders)
    pages = max(1, -(-len(found) // asked.size))
    asked = replace(asked, page=min(asked.page, pages))
    saved, deleted = query.get("saved", ""), query.get("deleted", "")
    return Table(
        columns_of(section),
        found[(asked.page - 1) * asked.size : asked.page * asked.size],
        asked,
        pages,
        len(found),
        len(entities),
        make_facets(site, section, asked.filters, columns_of(section)),
        saved if saved in entities else "",
        deleted[:40],
    )


def find_rows(site: Site, section: str, asked: Asked, orders: Orders) -> list[Row]:
    words, columns = plain(asked.search).split(), columns_of(section)
    rows = [row for row in site.section(section).items() if passes(section, row[1], asked.filters)]
    if words:
        rows = [row for row in rows if _matches(site, columns, row, words)]
    name = asked.sort.removeprefix("-")
    order = _order(site, section, name, orders)
    return sorted(rows, key=order, reverse=asked.sort.startswith("-")) if order is not None else rows


def columns_of(section: str) -> list[FieldSchema]:
    names = COLUMNS.get(section) or _default(section)
    return [field for field in fields_of(SECTIONS[section]) if field.name in names and not field.shown.is_hidden]


def _default(section: str) -> tuple[str, ...]:
    simple = [
        field.name
        for field in fields_of(SECTIONS[section])
        if field.name not in ("key", "name") and not field.shown.advanced and not field.shown.is_hidden
    ]
    return tuple(simple[:3])


def _matches(site: Site, columns: Iterable[FieldSchema], row: Row, words: list[str]) -> bool:
    key, entity = row
    own = (key, str(getattr(entity, "name", "")), str(getattr(entity, "reason", "")))
    text = plain(" ".join([*own, *(shown_text(each, getattr(entity, each.name), site) for each in columns)]))
    return all(word in text for word in words)


def _order(site: Site, section: str, name: str, orders: Orders) -> Callable[[Row], Any] | None:
    if name in orders:
        by_key = orders[name]
        return lambda row: by_key(row[0])
    field = next((each for each in fields_of(SECTIONS[section]) if each.name == name), None)
    if field is None or field.shown.is_hidden:
        return None
    match field.kind:
        case "number" | "check":
            return lambda row: (getattr(row[1], name) is not None, getattr(row[1], name) or 0)
        case "rows":
            return lambda row: len(getattr(row[1], name))
        case _:
            return lambda row: natural(shown_text(field, getattr(row[1], name), site))


def natural(text: str) -> list[tuple[int, int, str]]:
    """Queue 9 comes before Queue 10."""
    parts = re.split(r"([0-9]{1,18})", plain(text))
    return [(0, int(part), "") if index % 2 else (1, 0, part) for index, part in enumerate(parts) if part]
