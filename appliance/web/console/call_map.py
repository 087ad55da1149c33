"""The map: numbers, schedules, menus, queues and agents as one drawing made here; every node is a link."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from aiohttp import web

from appliance.core.access import VIEW
from appliance.core.call_map import CallMap, Node, draw
from appliance.core.links import Spot
from appliance.core.search import find
from appliance.core.site import SECTIONS
from appliance.store.snapshots import Snapshot
from appliance.web.access import Access, add_route
from appliance.web.console.used import field_of
from appliance.web.keys import DATABASE
from appliance.web.language import _
from appliance.web.navigation import section_path
from appliance.web.numbers import whole_number
from appliance.web.pages import page
from appliance.web.sight import load_seen

WIDTH, HEIGHT, BETWEEN, BELOW, MARGIN = 200, 46, 76, 14, 12  # of a node, and the room around it
ZOOMS = (50, 75, 100, 150)
MOST_LETTERS = 22  # what fits into a node
MOST_FOUND = 500


@dataclass(frozen=True)
class Box:
    """A node at its place."""

    x: int
    y: int
    path: str
    icon: str
    title: str
    short: str
    kind: str
    ways: list[tuple[str, int]]  # by which field, to which box
    is_here: bool


@dataclass(frozen=True)
class Line:
    path: str
    is_back: bool


@dataclass(frozen=True)
class Drawing:
    width: int
    height: int
    boxes: list[Box]
    lines: list[Line]


def add_routes(app: web.Application) -> None:
    add_route(app, "GET /map", get_map, Access(VIEW))


async def get_map(request: web.Request) -> web.StreamResponse:
    asked, start = request.query.get("q", "").strip()[:80], whole_number(request.query.get("start", "")) or 0
    zoom = whole_number(request.query.get("zoom", "")) or 100
    async with request.app[DATABASE].reading() as tx:
        snapshot = await load_seen(tx, request)
    at = _spot(snapshot, request.query.get("at", ""))
    found = draw(snapshot.links, wanted=_wanted(snapshot, asked), start=start, at=at)
    return await page(
        request,
        "map.html",
        drawing=make_drawing(snapshot, found, at),
        found=found,
        asked=asked,
        start=start,
        at=_name(snapshot, at) if at else "",
        zoom=zoom if zoom in ZOOMS else 100,
        zooms=ZOOMS,
        link=_linker({"q": asked, "at": ":".join(at) if at else "", "start": str(start or ""), "zoom": str(zoom)}),
    )


def _spot(snapshot: Snapshot, text: str) -> Spot | None:
    section, _colon, key = text.partition(":")
    return (section, key) if (section, key) in snapshot.links.entities else None


def _wanted(snapshot: Snapshot, asked: str) -> Callable[[Spot], bool]:
    if not asked:
        return lambda _spot: True
    return set(find(snapshot.index, asked, MOST_FOUND)).__contains__


def _linker(now: dict[str, str]) -> Callable[..., str]:
    """The same map with something else."""

    def link(**changes: object) -> str:
        values = now | {name: str(value) for name, value in changes.items()}
        return "/map?" + urlencode({name: value for name, value in values.items() if value})

    return link


def make_drawing(snapshot: Snapshot, found: CallMap, at: Spot | None) -> Drawing:
    nodes = found.nodes
    columns, rows = 1 + max((n.layer for n in nodes), default=0), 1 + max((n.row for n in nodes), default=0)
    boxes = [_box(snapshot, nodes, node, at) for node in nodes]
    lines = [_line(boxes[n], boxes[to], to in node.back) for n, node in enumerate(nodes) for to in node.to]
    width = MARGIN * 2 + columns * (WIDTH + BETWEEN) - BETWEEN
    return Drawing(width, MARGIN * 2 + rows * (HEIGHT + BELOW) - BELOW, boxes, lines)


def _box(snapshot: Snapshot, nodes: Sequence[Node], node: Node, at: Spot | None) -> Box:
    section, key = node.spots[0]
    kind, many = SECTIONS[section], len(node.spots)
    title = _name(snapshot, node.spots[0]) if many == 1 else f"{many} {_(kind.PLURAL)}"
    return Box(
        x=MARGIN + node.layer * (WIDTH + BETWEEN),
        y=MARGIN + node.row * (HEIGHT + BELOW),
        path=section_path(section) + (f"/{quote(key)}" if many == 1 else ""),
        icon=kind.ICON,
        title=title,
        short=title if len(title) <= MOST_LETTERS else f"{title[: MOST_LETTERS - 1]}…",
        kind=f"{_(kind.SINGULAR)} · {key}" if many == 1 else "",
        ways=_ways(snapshot, nodes, node),
        is_here=at in node.spots,
    )


def _ways(snapshot: Snapshot, nodes: Sequence[Node], node: Node) -> list[tuple[str, int]]:
    number = {spot: to for to in node.to for spot in nodes[to].spots}
    fields: dict[int, list[str]] = {to: [] for to in node.to}
    for ref in snapshot.links.out[node.spots[0]]:
        if (ref.section, ref.key) in number:
            fields[number[ref.section, ref.key]].append(field_of(snapshot.links.entities[node.spots[0]], ref.path))
    return [(", ".join(dict.fromkeys(names[:4])), to) for to, names in fields.items()]


def _name(snapshot: Snapshot, spot: Spot) -> str:
    return str(getattr(snapshot.links.entities[spot], "name", "") or spot[1])


def _line(start: Box, end: Box, is_back: bool) -> Line:
    """From the right side to the left; a way back, or to the same column, goes round below."""
    x1, y1, x2, y2 = start.x + WIDTH, start.y + HEIGHT // 2, end.x, end.y + HEIGHT // 2
    if is_back:
        low = max(y1, y2) + HEIGHT // 2 + BELOW
        return Line(f"M{x1} {y1}C{x1 + 40} {low} {x2 - 40} {low} {x2} {y2}", True)
    half = BETWEEN // 2
    if x2 - x1 > BETWEEN:  # past other columns: between two rows, where no box stands
        lane = y1 + (HEIGHT + BELOW) // 2 * (-1 if y2 < y1 else 1)
        out = f"M{x1} {y1}C{x1 + half} {y1} {x1 + half} {lane} {x1 + BETWEEN} {lane}"
        return Line(f"{out}H{x2 - BETWEEN}C{x2 - half} {lane} {x2 - half} {y2} {x2} {y2}", False)
    return Line(f"M{x1} {y1}C{x1 + half} {y1} {x2 - half} {y2} {x2} {y2}", False)
