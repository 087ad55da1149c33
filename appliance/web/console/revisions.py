"""Revisions: what was applied when and by whom, its difference, Asterisk's own words, and putting one back."""

from dataclasses import dataclass
from functools import partial

from aiohttp import web

from appliance.core.access import EDIT, VIEW
from appliance.core.words import N_
from appliance.services.errors import NotFound
from appliance.services.revisions import restore_revision
from appliance.store.configuration import (
    REVISION_SORTS,
    RevisionFilter,
    RevisionLine,
    find_revisions,
    load_revision,
    more_revisions,
    newest_applied,
)
from appliance.store.tables.configuration import RevisionRow
from appliance.web.access import Access, add_route
from appliance.web.console.columns import Asked
from appliance.web.console.row_lists import (
    LAST_PAGE,
    Column,
    RowTable,
    in_batches,
    read_rows_asked,
    send_csv,
)
from appliance.web.keys import APPLIER, DATABASE, NODE, PERSON
from appliance.web.numbers import whole_number
from appliance.web.pages import go_to, page
from appliance.web.shown import use_zone
from appliance.web.summaries import told_summary

COLUMNS: tuple[Column[RevisionLine], ...] = (
    Column("revision_id", N_("Revision"), lambda line: line.revision_id),
    Column("is_applied", N_("Applied"), lambda line: line.is_applied),
    Column("summary", N_("What"), lambda line: told_summary(line.summary)),
    Column("by", N_("Who"), lambda line: line.by),
    Column("at", N_("When"), lambda line: line.at),
    Column("error", N_("Asterisk's words"), lambda line: line.error),
)
SORTABLE = tuple(column for column in COLUMNS if column.name in REVISION_SORTS)
MOST_LINES = 1500  # of a difference on a page; the whole is a download away


@dataclass(frozen=True)
class DiffLine:
    kind: str  # added, removed, place, same
    text: str


@dataclass(frozen=True)
class DiffFile:
    name: str
    lines: list[DiffLine]

    def count(self, kind: str) -> int:
        return sum(line.kind == kind for line in self.lines)


def add_routes(app: web.Application) -> None:
    add_route(app, "GET /revisions", get_revisions, Access(VIEW))
    add_route(app, "GET /revisions.csv", get_csv, Access(VIEW))
    add_route(app, "GET /revisions/{revision_id:[0-9]{1,15}}", get_revision, Access(VIEW))
    add_route(app, "GET /revisions/{revision_id:[0-9]{1,15}}/diff", get_diff, Access(VIEW))
    add_route(app, "GET /revisions/{revision_id:[0-9]{1,15}}/restore", get_restore, Access(EDIT))
    add_route(app, "POST /revisions/{revision_id:[0-9]{1,15}}/restore", post_restore, Access(EDIT))


async def get_revisions(request: web.Request) -> web.StreamResponse:
    asked, node = _asked(request), request.app[NODE]
    start = (asked.page - 1) * asked.size
    async with request.app[DATABASE].reading() as tx:
        found = await find_revisions(tx, _filter(node, asked), limit=asked.size + 1, offset=start)
        current = await newest_applied(tx, node)
    return await page(
        request,
        "revisions.html",
        section="revisions",
        table=RowTable(found[: asked.size], SORTABLE, asked, asked.page, 0, 0),
        has_more=len(found) > asked.size,
        is_last=asked.page >= LAST_PAGE,
        current=current,
        restored=whole_number(request.query.get("restored", "")),
    )


async def get_csv(request: web.Request) -> web.StreamResponse:
    """All that the list would show on its pages."""
    await use_zone(request.cookies.get("zone", ""))
    asked = _asked(request)
    read = partial(more_revisions, wanted=_filter(request.app[NODE], asked))
    return await send_csv(request, "revisions", COLUMNS, in_batches(request.app[DATABASE], read))


def _asked(request: web.Request) -> Asked:
    return read_rows_asked(request.query, {}, REVISION_SORTS, usual_sort="-revision_id")


def _filter(node: str, asked: Asked) -> RevisionFilter:
    return RevisionFilter(node, asked.search, asked.sort)


async def _load(request: web.Request) -> tuple[RevisionRow, int | None]:
    async with request.app[DATABASE].reading() as tx:
        revision = await load_revision(tx, int(request.match_info["revision_id"]))
        current = await newest_applied(tx, request.app[NODE])
    if revision is None or revision.node != request.app[NODE]:
        raise NotFound
    return revision, current


async def get_revision(request: web.Request) -> web.StreamResponse:
    revision, current = await _load(request)
    files, is_cut = diff_files(revision.diff)
    return await page(request, "revision.html", revision=revision, current=current, files=files, is_cut=is_cut)


async def get_diff(request: web.Request) -> web.StreamResponse:
    revision, _current = await _load(request)
    name = f"revision-{revision.revision_id}.diff"
    return web.Response(text=revision.diff, headers={"Content-Disposition": f'attachment; filename="{name}"'})


async def get_restore(request: web.Request) -> web.StreamResponse:
    revision, current = await _load(request)
    return await page(request, "revision_restore.html", revision=revision, current=current)


async def post_restore(request: web.Request) -> web.StreamResponse:
    async with request.app[DATABASE].transaction() as tx:
        await restore_revision(tx, int(request.match_info["revision_id"]), by=request[PERSON].login)
    request.app[APPLIER].poke()
    return go_to(request, f"/revisions?restored={request.match_info['revision_id']}")


def diff_files(diff: str) -> tuple[list[DiffFile], bool]:
    """A unified difference by file; True where the page leaves lines out."""
    files: list[DiffFile] = []
    lines = diff.splitlines()
    for text in lines[:MOST_LINES]:
        if text.startswith("+++ "):
            files.append(DiffFile(text[4:].partition("\t")[0].removeprefix("b/"), []))
        elif files and not text.startswith("--- "):
            files[-1].lines.append(DiffLine(_kind(text), text))
    return files, len(lines) > MOST_LINES


def _kind(text: str) -> str:
    return {"+": "added", "-": "removed", "@": "place"}.get(text[:1], "same")
