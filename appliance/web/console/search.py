"""One search over all that a person may see: pages of the menu, and entities by key, name and number."""

from dataclasses import dataclass
from urllib.parse import quote

from aiohttp import web

from appliance.core.access import ANYONE_SIGNED_IN, VIEW
from appliance.core.links import Spot
from appliance.core.search import find, plain
from appliance.core.site import SECTIONS
from appliance.web.access import Access, add_route
from appliance.web.keys import DATABASE, PERSON, SIGHT
from appliance.web.language import _
from appliance.web.navigation import LinkGroup, navigation, section_path
from appliance.web.pages import page, part
from appliance.web.sight import load_seen

MOST, MOST_IN_DIALOG = 100, 12


@dataclass(frozen=True)
class Hit:
    path: str
    icon: str
    title: str
    kind: str  # in English; empty for a page of the menu
    key: str = ""


def add_routes(app: web.Application) -> None:
    add_route(app, "GET /search", get_search, Access(ANYONE_SIGNED_IN))


async def get_search(request: web.Request) -> web.StreamResponse:
    """A page; for the dialog of the frame only its list."""
    asked, is_dialog = request.query.get("q", "").strip()[:80], "dialog" in request.query
    hits = [*_pages(request, asked), *await _entities(request, asked, MOST_IN_DIALOG if is_dialog else MOST)]
    if is_dialog:
        return part(request, "search_hits.html", asked=asked, hits=hits[:MOST_IN_DIALOG], is_dialog=True)
    return await page(request, "search.html", asked=asked, hits=hits, is_dialog=False)


def _pages(request: web.Request, asked: str) -> list[Hit]:
    """Of the person's own menu; all of them while nothing is asked yet."""
    words = plain(asked).split()
    links = [link for group in _menu(request) for link in group.links]
    return [Hit(link.path, link.icon, _(link.title), "") for link in links if _has(plain(_(link.title)), words)]


def _menu(request: web.Request) -> tuple[LinkGroup, ...]:
    return navigation(request[PERSON].role, is_limited=request[SIGHT].is_limited)


def _has(title: str, words: list[str]) -> bool:
    return all(word in title for word in words)


async def _entities(request: web.Request, asked: str, most: int) -> list[Hit]:
    if not asked or request[PERSON].role not in VIEW:
        return []
    async with request.app[DATABASE].reading() as tx:
        snapshot = await load_seen(tx, request)
    return [_hit(spot, snapshot.index[spot].entity) for spot in find(snapshot.index, asked, most)]


def _hit(spot: Spot, entity: object) -> Hit:
    section, key = spot
    kind = SECTIONS[section]
    title = str(getattr(entity, "name", "") or key)
    return Hit(f"{section_path(section)}/{quote(key)}", kind.ICON, title, kind.SINGULAR, key)
