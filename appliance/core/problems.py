"""What is wrong with a site, said so that form, API and YAML show the same sentence at the right place."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from appliance.core.agents import RESERVED, doubled_log_in_numbers
from appliance.core.circles import MESSAGE, step_circles
from appliance.core.dialers import shared_parts, unlawful_parts, unordered_lists
from appliance.core.entities.fields import (
    BARE_DESTINATIONS,
    HANGUP,
    Entity,
    Reference,
    destination_words,
    references,
    split_destination,
)
from appliance.core.entities.menus import MAX_MENU_LEVELS, Menu
from appliance.core.numbers import TWICE, doubled_numbers
from appliance.core.refusals import place_of, sentence
from appliance.core.site import SECTIONS, Site, key_of
from appliance.core.words import N_


@dataclass(frozen=True)
class Problem:
    """`path` is where it stands: (section, key, field, index, ...). `message` is English with {placeholders}."""

    path: tuple[str | int, ...]
    message: str
    context: Mapping[str, Any] = field(default_factory=dict)

    def text(self) -> str:
        return self.message.format(**self.context) if self.context else self.message


class Invalid(Exception):
    """The site or entity was refused; nothing of it was stored."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("; ".join(f"{'.'.join(map(str, p.path))}: {p.text()}" for p in problems))


def schema_problems(error: ValidationError, path: tuple[str | int, ...] = ()) -> list[Problem]:
    """Pydantic's findings as problems; `path` is (section, key) of the entity."""
    schema = SECTIONS.get(str(path[0])) if path else None
    return [Problem((*path, *place_of(item)), *sentence(item, schema)) for item in error.errors()]


def check_site(site: Site) -> list[Problem]:
    """Everything that one entity alone cannot know: dangling references, circles and depth of menus, doubles."""
    return [
        *_check_keys(site),
        *_check_references(site),
        *_check_menus(site),
        *_check_steps(site),
        *_check_phones(site),
        *_check_numbers(site),
        *_check_agents(site),
        *_check_dispositions(site),
        *(Problem(path, message, context) for path, message, context in shared_parts(site)),
        *(Problem(path, message, context) for path, message, context in unlawful_parts(site)),
        *(Problem(path, message, context) for path, message, context in unordered_lists(site)),
    ]


def _check_keys(site: Site) -> Iterator[Problem]:
    for section, entity in site.entities():
        if key_of(entity) not in site.section(section):
            yield Problem((section, key_of(entity), "key"), N_("must be the same as the name it stands under"))


def _check_references(site: Site) -> Iterator[Problem]:
    for section, entity in site.entities():
        for problem in reference_problems(site, entity):
            yield Problem((section, key_of(entity), *problem.path), problem.message, problem.context)


def reference_problems(site: Site, entity: Entity) -> Iterator[Problem]:
    """Of one entity, with paths that begin at its field."""
    for ref in references(entity):
        message = _reference_message(site, ref)
        if message is not None:
            yield Problem(ref.path, *message)


def _reference_message(site: Site, ref: Reference) -> tuple[str, dict[str, str]] | None:
    if not ref.section or not ref.key:
        if ref.text in (*BARE_DESTINATIONS, *ref.extra):
            return None
        words = ", ".join((HANGUP, *ref.extra, *destination_words()))
        return N_("'{text}' is not a destination; allowed are {allowed}"), {"text": ref.text, "allowed": words}
    known = site.section(ref.section)
    if ref.key not in known:
        return N_("'{key}' does not exist in {section}; there are: {known}"), {
            "key": ref.key,
            "section": ref.section,
            "known": _shortened(list(known)),
        }
    if ref.text.startswith("voicemail:") and not site.extensions[ref.key].voicemail:
        return N_("extension {key} has no voicemail"), {"key": ref.key}
    if ref.text.startswith("callback:") and not site.queues[ref.key].callback_after_s:
        return N_("queue {key} offers no callback"), {"key": ref.key}
    return None


def _shortened(keys: list[str]) -> str:
    return ", ".join(keys[:12]) + (", ..." if len(keys) > 12 else "") if keys else "-"


def submenus(menu: Menu) -> Iterator[tuple[int, str]]:
    """The options of `menu` that lead to another menu: (index, key of that menu)."""
    for index, option in enumerate(menu.options):
        kind, key = split_destination(option.destination)
        if kind == "menu":
            yield index, key


def menu_levels(site: Site) -> dict[str, int]:
    """The deepest level at which each menu can stand; only for a site whose menus go in no circle."""
    levels: dict[str, int] = {}
    parents: dict[str, list[str]] = {key: [] for key in site.menus}
    for key, menu in site.menus.items():
        for _, child in submenus(menu):
            parents.setdefault(child, []).append(key)

    def level(key: str) -> int:
        if key not in levels:
            levels[key] = 1 + max((level(parent) for parent in parents[key]), default=0)
        return levels[key]

    return {key: level(key) for key in site.menus}


def _check_menus(site: Site) -> Iterator[Problem]:
    circles = list(_circles(site))
    yield from circles
    if circles:
        return
    for key, level in menu_levels(site).items():
        for index, child in submenus(site.menus[key]):
            if child in site.menus and level >= MAX_MENU_LEVELS:
                path = ("menus", key, "options", index, "destination")
                yield Problem(
                    path,
                    N_("menu '{child}' would be on level {level}; menus may be {limit} levels deep"),
                    {"child": child, "level": level + 1, "limit": MAX_MENU_LEVELS},
                )


def _check_steps(site: Site) -> Iterator[Problem]:
    for path, context in step_circles(site):
        yield Problem(path, MESSAGE, context)


def _circles(site: Site) -> Iterator[Problem]:
    done: set[str] = set()

    def visit(key: str, trail: tuple[str, ...]) -> Iterator[Problem]:
        if key in done or key not in site.menus:
            return
        for index, child in submenus(site.menus[key]):
            if child in (*trail, key):
                circle = " > ".join((*(*trail, key)[(*trail, key).index(child) :], child))
                yield Problem(
                    ("menus", key, "options", index, "destination"),
                    N_("menus go in a circle: {circle}; use 'back' or 'repeat' to return"),
                    {"circle": circle},
                )
            else:
                yield from visit(child, (*trail, key))
        done.add(key)

    for key in site.menus:
        yield from visit(key, ())


def _check_phones(site: Site) -> Iterator[Problem]:
    """Said at each of those who share a phone, for either may be the one that is being edited."""
    users: dict[str, list[str]] = {}
    for key, agent in site.agents.items():
        users.setdefault(agent.extension, []).append(key)
    for extension, keys in users.items():
        for key in keys if len(keys) > 1 else ():
            other = keys[1] if key == keys[0] else keys[0]
            yield Problem(
                ("agents", key, "extension"),
                N_("extension {extension} belongs to agent '{other}' already"),
                {"extension": extension, "other": other},
            )


def _check_numbers(site: Site) -> Iterator[Problem]:
    for place, context in doubled_numbers(site):
        yield Problem(place, TWICE, context)


def _check_agents(site: Site) -> Iterator[Problem]:
    for key, other, number in doubled_log_in_numbers(site):
        if site.agents[key].number or site.agents[other].number:  # a shared phone is said already
            context = {"number": number, "other": other}
            yield Problem(("agents", key, "number"), N_("agent '{other}' logs in with {number} already"), context)
    for key in set(RESERVED) & site.pause_reasons.keys():
        yield Problem(("pause_reasons", key, "key"), N_("'{key}' is kept for the appliance itself"), {"key": key})


def _check_dispositions(site: Site) -> Iterator[Problem]:
    """There are two levels."""
    for key, disposition in site.dispositions.items():
        parent = site.dispositions.get(disposition.parent)
        if parent is not None and (parent.parent or disposition.parent == key):
            text = N_("disposition '{parent}' is not of the first level")
            yield Problem(("dispositions", key, "parent"), text, {"parent": disposition.parent})
