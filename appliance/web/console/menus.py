"""Menus as a tree: every level visible at once, with what each key does."""

from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from appliance.core.access import VIEW
from appliance.core.entities.fields import split_destination
from appliance.core.entities.menus import Menu
from appliance.core.site import Site
from appliance.web.access import Access, add_route
from appliance.web.console.entities import list_page
from appliance.web.keys import DATABASE
from appliance.web.numbers import whole_number
from appliance.web.sight import load_seen
from appliance.web.targets import Target, reference_of, target_of

FULL_PAGE_KEYS = 120  # no new tree is begun then
MOST_KEYS = 200  # no further menu of a tree is unfolded then


@dataclass(frozen=True)
class Branch:
    """One key of a menu and where it leads; `menu` where that is another menu."""

    digit: str
    label: str
    target: Target
    menu: "Node | None" = None


@dataclass(frozen=True)
class Node:
    menu: Menu
    level: int
    prompt: Target
    branches: list[Branch]
    after_timeout: Target
    after_invalid: Target
    is_folded: bool  # only named: it is drawn elsewhere, or the page is full


def add_routes(app: web.Application) -> None:
    add_route(app, "GET /menus", get_menus, Access(VIEW))


async def get_menus(request: web.Request) -> web.StreamResponse:
    start = whole_number(request.query.get("from", "")) or 0
    async with request.app[DATABASE].reading() as tx:
        site = (await load_seen(tx, request)).site
    trees, more = menu_trees(site, start)
    context: dict[str, Any] = {"trees": trees, "more": more, "start": start, "entrances": _entrances(site)}
    return await list_page(request, "menus", "menus.html", **context)


def menu_trees(site: Site, start: int = 0) -> tuple[list[Node], int | None]:
    """A tree for each menu that no other menu leads to, from the `start`th on; and where the next page starts."""
    children = {
        split_destination(option.destination)[1]
        for menu in site.menus.values()
        for option in menu.options
        if option.destination.startswith("menu:")
    }
    roots = [key for key in site.menus if key not in children]
    trees: list[Node] = []
    drawing = Drawing(site)
    for number, key in enumerate(roots[start:], start):
        if drawing.keys > FULL_PAGE_KEYS:
            return trees, number
        trees.append(_node(drawing, key, 1))
    return trees, None


def menu_tree(site: Site, key: str) -> Node:
    """This menu with everything below it."""
    return _node(Drawing(site), key, 1)


@dataclass
class Drawing:
    """What is on the page already."""

    site: Site
    menus: set[str] = field(default_factory=set)
    keys: int = 0

    def takes(self, menu: Menu) -> bool:
        """False for a menu that stands on the page already, and where the page is full: it is only named then."""
        if menu.key in self.menus or self.keys > MOST_KEYS:
            return False
        self.menus.add(menu.key)
        self.keys += len(menu.options) + 2
        return True


def _node(drawing: Drawing, key: str, level: int) -> Node:
    site, menu = drawing.site, drawing.site.menus[key]
    is_drawn = drawing.takes(menu)
    return Node(
        menu,
        level,
        reference_of(site, "prompts", menu.prompt),
        [_branch(drawing, menu, index, level) for index in range(len(menu.options))] if is_drawn else [],
        target_of(site, menu.timeout_destination),
        target_of(site, menu.invalid_destination),
        not is_drawn,
    )


def _branch(drawing: Drawing, menu: Menu, index: int, level: int) -> Branch:
    site, option = drawing.site, menu.options[index]
    kind, key = split_destination(option.destination)
    child = _node(drawing, key, level + 1) if kind == "menu" and key in site.menus else None
    to = menu.operator if kind == "operator" else option.destination
    return Branch(option.digit, option.label, target_of(site, to), child)


def _entrances(site: Site) -> dict[str, list[str]]:
    """Which numbers lead straight to a menu."""
    found: dict[str, list[str]] = {}
    for number, route in site.inbound_routes.items():
        kind, key = split_destination(route.destination)
        if kind == "menu":
            found.setdefault(key, []).append(number)
    return found
