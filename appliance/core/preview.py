"""Menus that are being edited, as dialplan of their own beside the applied one, in which no call goes anywhere."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment

from appliance.core import filters
from appliance.core.entities.fields import DESTINATION_SECTIONS, DIRECTORY, Entity, references, split_destination
from appliance.core.node import NodeFacts
from appliance.core.site import SECTIONS, Site

FILE = "preview.conf"
# Steps without an effect outside; every other destination is only told.
HEARD = ("menu", "announcement", "branch", "input", "survey")
FAMILIES = ("ivr", "steps")
LONGEST_S = 600


@dataclass(frozen=True)
class Preview:
    """`told` are the destinations that are spoken instead of called, in the order of their contexts."""

    token: str
    site: Site
    root: str
    told: tuple[str, ...]


def make_preview(site: Site, root: str, token: str) -> Preview:
    """What can be heard from `root`, under new keys that nothing else can name."""
    keys = {place: f"{token}-{number}" for number, place in enumerate(_heard(site, root))}
    draft, told = Site.model_validate({}), list[str]()
    for (kind, key), new in keys.items():
        section = DESTINATION_SECTIONS[kind]
        entity, others = _renamed(site.section(section)[key], keys)
        draft = draft.replaced(section, new, entity.model_copy(update={"key": new}))
        told += others
    return Preview(token, draft, keys["menu", root], tuple(dict.fromkeys(told)))


def _heard(site: Site, root: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    waiting = [("menu", root)]
    while waiting:
        kind, key = place = waiting.pop(0)
        if place in found or kind not in HEARD or key not in site.section(DESTINATION_SECTIONS[kind]):
            continue
        found.append(place)
        entity = site.section(DESTINATION_SECTIONS[kind])[key]
        waiting += [split_destination(ref.text) for ref in references(entity) if ":" in ref.text]
    return found


def _renamed(entity: Entity, keys: Mapping[tuple[str, str], str]) -> tuple[Entity, list[str]]:
    """The entity with the new keys in its destinations, and its destinations that have none."""
    values, told = entity.model_dump(), []
    for ref in references(entity):
        place = split_destination(ref.text)
        if place in keys:
            _put(values, ref.path, f"{place[0]}:{keys[place]}")
        elif ":" in ref.text or (not ref.section and ref.text == DIRECTORY):
            told.append(ref.text)
    told += [text for text in _words(values) if text.startswith("external:")]
    if "direct_dial" in values:
        values["direct_dial"] = False  # it would ring a phone
    return SECTIONS[_section_of(entity)].model_validate(values), told


def _section_of(entity: Entity) -> str:
    return next(section for section, kind in SECTIONS.items() if kind is type(entity))


def _put(values: Any, path: tuple[str | int, ...], value: str) -> None:
    for step in path[:-1]:
        values = values[step]
    values[path[-1]] = value


def _words(values: Any) -> list[str]:
    if isinstance(values, dict):
        return [word for each in values.values() for word in _words(each)]
    if isinstance(values, list):
        return [word for each in values for word in _words(each)]
    return [values] if isinstance(values, str) else []


def render_preview(
    preview: Preview, node: NodeFacts, environment: Environment, *, sounds: Mapping[str, str], language: str
) -> str:
    """`sounds` has the file, without its ending, that tells each destination."""
    go = _go(preview)
    facts = {"site": preview.site, "node": node, "go": go, "go_on": go}
    texts = [environment.get_template(f"dialplan_templates/{family}.conf.j2").render(facts) for family in FAMILIES]
    heads = [
        f"[preview-{filters.name(preview.token)}]",
        f"exten => s,1,MSet(TIMEOUT(absolute)={LONGEST_S},CHANNEL(language)={filters.arg(language)})",
        " same => n,Answer()",
        f" same => n,Goto(menu-{filters.name(preview.root)},s,1)",
    ]
    for number, destination in enumerate(preview.told):
        heads += [
            f"[preview-{filters.name(preview.token)}-{number}]",
            f"exten => s,1,Playback({filters.arg(sounds[destination])})",
            " same => n,Gosub(round,s,1)",
            " same => n,MSet(TRY=1)",
            " same => n,Goto(menu-${MENU${LEVEL}},s,enter)",
        ]
    # A trial is no call of a customer: the journal hears nothing of it.
    return "\n".join([*texts, *heads, ""]).replace("CELGenUserEvent(", "NoOp(")


def _go(preview: Preview) -> Callable[[str], str]:
    def go(destination: str) -> str:
        kind, key = split_destination(destination)
        if destination in preview.told:
            return f"Goto(preview-{filters.name(preview.token)}-{preview.told.index(destination)},s,1)"
        return f"Goto(menu-{filters.name(key)},step,1)" if kind == "menu" else filters.go(destination)

    return go
