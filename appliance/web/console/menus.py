"""Menus as a tree: every level visible at once, with what each key does."""

from dataclasses import dataclass

from aiohttp import web

from appliance.core.access import VIEW
from appliance.core.entities.fields import split_destination
from appliance.core.entities.menus import Menu
from appliance.core.site import Site
from appliance.store.site import load_site
from appliance.web.access import Access, add_route
from appliance.web.console.entities import list_page
from appliance.web.keys import DATABASE
from appliance.web.targets import Target, reference_of, target_of


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
    is_repeated: bool = False  # drawn above already: only named here


def add_routes(app: web.Application) -> None:
    add_route(app, "GET /menus", get_menus, Access(VIEW))


async def get_menus(request: web.Request) -> web.StreamResponse:
    async with request.app[DATABASE].reading() as tx:
        site = await load_site(tx)
    return await list_page(request, "menus", "menus.html", trees=menu_trees(site), entrances=_entrances(site))


def menu_trees(site: Site) -> list[Node]:
    """A tree for each menu that no other menu leads to."""
    children = {
        split_destination(option.destination)[1]
        for menu in site.menus.values()
        for option in menu.options
        if option.destination.startswith("menu:")
    }
    drawn: set[str] = set()
    return [_node(site, key, 1, drawn) for key in site.menus if key not in children]


def _node(site: Site, key: str, level: int, drawn: set[str]) -> Node:
    menu = site.menus[key]
    is_repeated = key in drawn
    drawn.add(key)
    branches = (
        [] if is_repeated else [_branch(site, menu, index, level, drawn=drawn) for index in range(len(menu.options))]
    )
    return Node(
        menu,
        level,
        reference_of(site, "prompts", menu.prompt),
        branches,
        target_of(site, menu.timeout_destination),
        target_of(site, menu.invalid_destination),
        is_repeated,
    )


def _branch(site: Site, menu: Menu, index: int, level: int, *, drawn: set[str]) -> Branch:
    option = menu.options[index]
    kind, key = split_destination(option.destination)
    child = _node(site, key, level + 1, drawn) if kind == "menu" and key in site.menus else None
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
