"""Destinations and references as a page shows them: icon, title, and where a click leads."""

from collections.abc import Mapping
from dataclasses import dataclass

from appliance.core.entities.fields import DESTINATION_SECTIONS, Entity, split_destination
from appliance.core.site import SECTIONS, Site
from appliance.web.forms.words import CHOICE_TITLES, DESTINATION_ICONS, DESTINATION_WORDS
from appliance.web.language import _
from appliance.web.navigation import section_path


@dataclass(frozen=True)
class Target:
    """A destination or reference as a page shows it."""

    icon: str
    title: str
    path: str = ""
    kind: str = ""


def names_of(entities: Mapping[str, Entity]) -> dict[str, str]:
    return {key: str(getattr(entity, "name", "") or key) for key, entity in entities.items()}


def target_of(site: Site, destination: str) -> Target:
    kind, key = split_destination(destination)
    icon = DESTINATION_ICONS.get(kind, "arrow-right")
    if kind not in DESTINATION_SECTIONS:
        return Target(icon, _(CHOICE_TITLES.get(kind, kind)), kind=kind)
    found = reference_of(site, DESTINATION_SECTIONS[kind], key)
    title = f"{_(DESTINATION_WORDS[kind])}: {found.title}" if kind in ("voicemail", "prompt") else found.title
    return Target(icon, title, found.path, kind)


def reference_of(site: Site, section: str, key: str) -> Target:
    entity = site.section(section).get(key)
    if entity is None:
        return Target("alert-triangle", key)
    title = str(getattr(entity, "name", "") or key)
    return Target(SECTIONS[section].ICON, title, f"{section_path(section)}/{key}", section)
