"""Where an entity is used: each place as a link, with the names of the fields that hold it."""

from dataclasses import dataclass
from urllib.parse import quote

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
            fields.setdefault(spot, []).append(_field(spot[0], ref.path))
    return [_use(snapshot, spot, names) for spot, names in fields.items()]


def _use(snapshot: Snapshot, spot: tuple[str, str], names: list[str]) -> Use:
    section, key = spot
    kind, entity = SECTIONS[section], snapshot.site.section(section)[key]
    title = str(getattr(entity, "name", "") or key)
    return Use(f"{section_path(section)}/{quote(key)}", kind.SINGULAR, kind.ICON, title, tuple(dict.fromkeys(names)))


def _field(section: str, path: tuple[str | int, ...]) -> str:
    """The field's title; in a list, which row."""
    title = next((_(field.title) for field in fields_of(SECTIONS[section]) if field.name == path[0]), str(path[0]))
    return f"{title} {path[1] + 1}" if len(path) > 1 and isinstance(path[1], int) else title
