"""What selects offer: entities by name, destinations in groups, words of a schema, zones, languages."""

from collections.abc import Iterable
from dataclasses import dataclass

from babel import Locale
from babel.core import get_global

from appliance.core.entities.fields import BARE_DESTINATIONS, DESTINATION_SECTIONS, EXTERNAL, Entity
from appliance.core.entities.people import Extension
from appliance.core.entities.queues import Queue
from appliance.core.site import Site
from appliance.web.forms.schema import FieldSchema
from appliance.web.forms.words import (
    CHOICE_HELP,
    CHOICE_TITLES,
    DESTINATION_TITLES,
    DESTINATION_WORDS,
    PROMPT_LANGUAGES,
)
from appliance.web.language import _, language
from appliance.web.shown import ZONES

# More choices than that, of a field and of it in all rows of a list, are typed with suggestions: pages stay small.
MANY, MANY_IN_ROWS = 200, 500
_KNOWN_ZONES = frozenset(ZONES)


@dataclass(frozen=True)
class Choice:
    value: str
    title: str
    help: str = ""


@dataclass(frozen=True)
class ChoiceGroup:
    title: str
    choices: tuple[Choice, ...]


def choices_of(field: FieldSchema, site: Site, value: object) -> tuple[ChoiceGroup, ...]:
    match field.kind:
        case "reference":
            groups = _optional(field, [ChoiceGroup("", tuple(_entities(site, field.section)))])
        case "destination":
            groups = destinations(site, field.extra)
        case "select" | "radio" | "days" | "order":
            open_ = [Choice("", _("Choose …"))] if field.kind == "select" and field.default is None else []
            groups = [ChoiceGroup("", (*open_, *(_word(word, field.name) for word in field.choices)))]
        case "language":
            usual = _("That of the company") if field.extra else _("As the call came in")
            unchanged = [Choice("", usual)] if field.default == "" else []
            groups = [ChoiceGroup("", (*unchanged, *prompt_languages()))]
        case "zone":
            centres = [ChoiceGroup("", (Choice("", _("As the centre's")),))] if field.default == "" else []
            groups = [*centres, *_zones(site)]
        case _:
            return ()
    return _with_current(groups, value)


def count_of(field: FieldSchema, site: Site) -> int:
    """How many entities a field offers; told without making the choices, of which there may be thousands."""
    if field.kind == "reference":
        return len(site.section(field.section))
    if field.kind == "destination":
        return sum(len(site.section(section)) for section in DESTINATION_SECTIONS.values())
    return 0


def choice_title(word: str, field: str = "") -> str:
    """The field's own word before the one that others have too."""
    if not word:
        return _("None")
    return _(CHOICE_TITLES.get(f"{field}.{word}") or CHOICE_TITLES.get(word, word))


def _word(word: str, field: str = "") -> Choice:
    return Choice(word, choice_title(word, field), _(CHOICE_HELP.get(word, "")))


def _entities(site: Site, section: str) -> Iterable[Choice]:
    for key, entity in site.section(section).items():
        yield Choice(key, entity_title(entity, key))


def entity_title(entity: object, key: str) -> str:
    name = getattr(entity, "name", "")
    return f"{name} · {key}" if name and name != key else key


def _optional(field: FieldSchema, groups: list[ChoiceGroup]) -> list[ChoiceGroup]:
    return [ChoiceGroup("", (Choice("", _("Choose …") if field.is_required else _("None")),)), *groups]


def destinations(site: Site, extra: tuple[str, ...]) -> list[ChoiceGroup]:
    groups = [ChoiceGroup("", (Choice("", _("Choose …")), *(_word(word) for word in (*BARE_DESTINATIONS, *extra))))]
    for kind, section in DESTINATION_SECTIONS.items():
        found = tuple(
            Choice(f"{kind}:{key}", f"{_(DESTINATION_WORDS[kind])}: {entity_title(entity, key)}")
            for key, entity in site.section(section).items()
            if _is_reachable(kind, entity)
        )
        if found:
            groups.append(ChoiceGroup(_(DESTINATION_TITLES[kind]), found))
    return [*groups, ChoiceGroup(_("Outside"), (Choice(f"{EXTERNAL}:", _("Outside number …")),))]


def _is_reachable(kind: str, entity: Entity) -> bool:
    if kind == "voicemail":
        return isinstance(entity, Extension) and entity.voicemail
    return kind != "callback" or (isinstance(entity, Queue) and entity.callback_after_s > 0)


def prompt_languages() -> Iterable[Choice]:
    for code in PROMPT_LANGUAGES:
        name = Locale.parse(code).get_display_name(language()) or code
        yield Choice(code, f"{name[:1].upper()}{name[1:]} · {code}")


def _zones(site: Site) -> Iterable[ChoiceGroup]:
    """Those of this site and its country first, each only once."""
    regions: dict[str, list[Choice]] = {}
    near = _near_zones(site)
    for zone in ZONES:
        region, slash, _city = zone.partition("/")
        if zone not in near:
            regions.setdefault(region if slash else "", []).append(_zone(zone))
    first = ChoiceGroup(_("Here"), tuple(map(_zone, near)))
    return [first, *(ChoiceGroup(region, tuple(zones)) for region, zones in sorted(regions.items()))]


def _near_zones(site: Site) -> list[str]:
    used = [site.settings.time_zone, *(schedule.time_zone for schedule in site.schedules.values()), "UTC"]
    country = [zone for zone, territory in get_global("zone_territories").items() if territory == site.settings.country]
    return [zone for zone in dict.fromkeys([*used, *sorted(country)]) if zone in _KNOWN_ZONES]


def _zone(zone: str) -> Choice:
    return Choice(zone, zone.replace("_", " "))


def _with_current(groups: list[ChoiceGroup], value: object) -> tuple[ChoiceGroup, ...]:
    """What stands there is offered too, even if it no longer exists: the form must not change it silently."""
    if isinstance(value, str) and value and not value.startswith(f"{EXTERNAL}:"):
        known = {choice.value for group in groups for choice in group.choices}
        if value not in known:
            groups = [*groups, ChoiceGroup(_("No longer there"), (Choice(value, value),))]
    return tuple(groups)
