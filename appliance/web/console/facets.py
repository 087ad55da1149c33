"""Filters of a list: fields with a choice, offered with the values that occur; made from the schema."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from appliance.core.entities.fields import Entity
from appliance.core.site import SECTIONS, Site
from appliance.web.forms.schema import FieldSchema, fields_of
from appliance.web.shown_text import shown_text

KINDS = ("select", "radio", "check", "reference", "destination", "language", "zone")
FEW_VALUES = ("select", "radio", "check")
MOST_FACETS, MOST_VALUES = 4, 100
PREFIX = "f_"


@dataclass(frozen=True)
class Facet:
    """A field to filter by; `choices` are stored values with what people read."""

    name: str
    title: str
    value: str
    choices: list[tuple[str, str]]


def filterable(section: str) -> list[FieldSchema]:
    return [each for each in fields_of(SECTIONS[section]) if each.kind in KINDS and not each.shown.is_hidden]


def asked_filters(section: str, query: Mapping[str, str]) -> dict[str, str]:
    asked = {each.name: query.get(PREFIX + each.name, "")[:80] for each in filterable(section)}
    return {name: value for name, value in asked.items() if value}


def passes(section: str, entity: Entity, filters: Mapping[str, str]) -> bool:
    return all(_stored(getattr(entity, name)) == value for name, value in filters.items())


def make_facets(site: Site, section: str, asked: Mapping[str, str], columns: Iterable[FieldSchema]) -> list[Facet]:
    """Those in use, then those that tell entities apart: with few values first, and columns before other fields."""
    shown = {column.name for column in columns}
    fields = filterable(section)
    fields.sort(key=lambda each: (each.name not in asked, each.kind not in FEW_VALUES, each.name not in shown))
    facets: list[Facet] = []
    for field in fields:
        if len(facets) < max(MOST_FACETS, len(asked)):
            facets += _facet(site, section, field, asked.get(field.name, ""))
    return facets


def _facet(site: Site, section: str, field: FieldSchema, asked: str) -> list[Facet]:
    """None for a field that is the same everywhere, or different in nearly every entity."""
    entities = site.section(section).values()
    values = {_stored(getattr(entity, field.name)): getattr(entity, field.name) for entity in entities}
    most = MOST_VALUES if field.kind in FEW_VALUES else min(MOST_VALUES, 1 + len(entities) // 2)
    if not asked and not 2 <= len(values) <= most:
        return []
    choices = [(stored, shown_text(field, value, site)) for stored, value in values.items() if stored]
    if asked and asked not in values:
        choices.append((asked, asked))
    choices.sort(key=lambda choice: choice[1].casefold())
    return [Facet(PREFIX + field.name, field.title, asked, choices)] if len(choices) <= MOST_VALUES or asked else []


def _stored(value: object) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value or "")
