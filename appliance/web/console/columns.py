"""Tables of entities: which fields stand in a list, searching and paging; a section without a choice gets a default."""

from collections.abc import Mapping
from dataclasses import dataclass

from appliance.core.entities.fields import Entity
from appliance.core.site import SECTIONS, Site
from appliance.web.forms.schema import FieldSchema, fields_of
from appliance.web.numbers import whole_number

PAGE_SIZE = 25
COLUMNS: dict[str, tuple[str, ...]] = {
    "trunks": ("host", "registration", "username"),
    "extensions": ("ring_s", "voicemail"),
    "schedules": ("time_zone", "hours", "holidays"),
    "campaigns": ("queue", "schedule", "closed_destination", "recording"),
    "prompts": ("audio",),
}


@dataclass(frozen=True)
class Table:
    columns: list[FieldSchema]
    rows: list[tuple[str, Entity]]
    search: str
    page: int
    pages: int
    total: int  # without the search
    saved: str
    deleted: str


def make_table(site: Site, section: str, query: Mapping[str, str], names: tuple[str, ...] | None) -> Table:
    entities = site.section(section)
    search = query.get("q", "").strip()
    found = [(key, entity) for key, entity in entities.items() if _matches(key, entity, search)]
    pages = max(1, -(-len(found) // PAGE_SIZE))
    number = min(max(1, whole_number(query.get("page", "")) or 1), pages)
    rows = found[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
    saved, deleted = query.get("saved", ""), query.get("deleted", "")
    columns = [field for field in fields_of(SECTIONS[section]) if field.name in (names or _default(section))]
    return Table(columns, rows, search, number, pages, len(entities), saved if saved in entities else "", deleted[:40])


def _default(section: str) -> tuple[str, ...]:
    simple = [
        field.name
        for field in fields_of(SECTIONS[section])
        if field.name not in ("key", "name") and not field.shown.advanced and not field.shown.secret
    ]
    return tuple(simple[:3])


def _matches(key: str, entity: Entity, search: str) -> bool:
    text = f"{key} {getattr(entity, 'name', '')} {getattr(entity, 'reason', '')}".casefold()
    return all(word in text for word in search.casefold().split())
