"""Advice about menus while they are edited: dead ends that may be stored, but that callers would not like."""

from collections.abc import Iterator

from appliance.core.entities.fields import HANGUP, references, split_destination
from appliance.core.entities.menus import Menu, MenuOption
from appliance.core.problems import Problem
from appliance.core.site import Site
from appliance.core.words import N_

STAYS = ("back", "repeat")


def advise(site: Site, key: str) -> list[Problem]:
    """For the menu `key` and every menu below it."""
    return [advice for each in menus_below(site, key) for advice in _advise(site, site.menus[each])]


def menus_below(site: Site, key: str) -> list[str]:
    """This menu and those that its keys lead to, at any depth; each once."""
    found: list[str] = []
    waiting = [key]
    while waiting:
        here = waiting.pop(0)
        if here in site.menus and here not in found:
            found.append(here)
            targets = (split_destination(option.destination) for option in site.menus[here].options)
            waiting += [target for kind, target in targets if kind == "menu"]
    return found


def _advise(site: Site, menu: Menu) -> Iterator[Problem]:
    if all(option.destination in STAYS for option in menu.options):
        yield Problem(("menus", menu.key, "options"), N_("no key of this menu leads on: callers cannot leave it"))
    users = users_of(site, menu.key)
    if not users:
        yield Problem(("menus", menu.key), N_("nothing leads to this menu yet"))
    for index, option in enumerate(menu.options):
        message = _dead_end(site, menu, option, is_first="menus" not in users)
        if message:
            yield Problem(("menus", menu.key, "options", index, "destination"), message, {"digit": option.digit})


def _dead_end(site: Site, menu: Menu, option: MenuOption, *, is_first: bool) -> str:
    kind, key = split_destination(option.destination)
    if kind == "operator" and menu.operator == HANGUP:
        return N_("key {digit} leads to the operator, but this menu has none: the call ends")
    if kind == "back" and is_first:
        return N_("key {digit} leads back, but no menu lies before this one: it begins again")
    if kind == "queue" and key in site.queues and not site.queues[key].members:
        return N_("key {digit} leads to a queue in which nobody works")
    return ""


def users_of(site: Site, key: str) -> set[str]:
    """Which sections have something that leads to this menu; steps between two menus count as menus."""
    found = set()
    for section, entity in site.entities():
        if any(ref.section == "menus" and ref.key == key for ref in references(entity)):
            steps = ("announcements", "branches", "inputs", "lookups", "surveys")
            own = section == "menus" and entity.key == key
            found |= set() if own else {"menus" if section in steps else section}
    return found
