"""Where an entity is used: each place as a link, with the names of the fields that hold it."""

from dataclasses import dataclass
from urllib.parse import quote

from pydantic import BaseModel

from appliance.core.call_map import is_on_way
from appliance.core.entities.fields import Entity
from appliance.core.site import SECTIONS
from appliance.store.snapshots import Snapshot
from appliance.web.forms.schema import fields_of
from appliance.web.language import _
from appliance.web.navigation import section_path


@dataclass(frozen=True)
class Use:
    path: str
    kind: str
    icon: str
    title: str
    fields: tuple[str, ...]


def used_in(snapshot: Snapshot, section: str, key: str, *, by_others: bool = False) -> list[Use]:
    """Each entity once; `by_others` leaves out the entity itself, which may be deleted although it names itself."""
    fields: dict[tuple[str, str], list[str]] = {}
    for spot, ref in snapshot.links.users_of((section, key)):
        if not by_others or spot != (section, key):
            fields.setdefault(spot, []).append(field_of(snapshot.links.entities[spot], ref.path))
    return [_use(snapshot, spot, names) for spot, names in fields.items()]


def map_link(snapshot: Snapshot, section: str, key: str) -> str:
    """Empty for what is no part of a call's way."""
    spot = section, key
    return f"/map?at={section}:{quote(key)}" if spot in snapshot.links.out and is_on_way(snapshot.links, spot) else ""


def _use(snapshot: Snapshot, spot: tuple[str, str], names: list[str]) -> Use:
    section, key = spot
    kind, entity = SECTIONS[section], snapshot.site.section(section)[key]
    title = str(getattr(entity, "name", "") or key)
    return Use(f"{section_path(section)}/{quote(key)}", kind.SINGULAR, kind.ICON, title, tuple(dict.fromkeys(names)))


def field_of(entity: Entity, path: tuple[str | int, ...]) -> str:
    """The field's title; in a list, which row: by its own words, such as the key of a menu, else by its number."""
    schema = next((field for field in fields_of(type(entity)) if field.name == path[0]), None)
    title = _(schema.title) if schema is not None else str(path[0])
    if len(path) < 2 or not isinstance(path[1], int):
        return title
    row = getattr(entity, str(path[0]))[path[1]]
    return f"{title} {_words(row) or path[1] + 1}"


def _words(row: object) -> str:
    if not isinstance(row, BaseModel):
        return ""
    names = [
        field.name for field in fields_of(type(row)) if field.kind in ("text", "select") and not field.shown.is_hidden
    ]
    return " ".join(str(getattr(row, name)) for name in names[:2] if getattr(row, name))[:60]
