"""Revisions: what was applied when and by whom, its difference, Asterisk's own words, and putting one back."""

from dataclasses import dataclass

from aiohttp import web

from appliance.core.access import EDIT, VIEW
from appliance.services.errors import NotFound
from appliance.services.revisions import restore_revision
from appliance.store.configuration import list_revisions, load_revision, newest_applied
from appliance.store.tables.configuration import RevisionRow
from appliance.web.access import Access, add_route
from appliance.web.keys import APPLIER, DATABASE, NODE, PERSON
from appliance.web.numbers import whole_number
from appliance.web.pages import go_to, page

PAGE_SIZE = 50
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
    add_route(app, "GET /revisions/{revision_id:[0-9]{1,15}}", get_revision, Access(VIEW))
    add_route(app, "GET /revisions/{revision_id:[0-9]{1,15}}/diff", get_diff, Access(VIEW))
    add_route(app, "GET /revisions/{revision_id:[0-9]{1,15}}/restore", get_restore, Access(EDIT))
    add_route(app, "POST /revisions/{revision_id:[0-9]{1,15}}/restore", post_restore, Access(EDIT))


async def get_revisions(request: web.Request) -> web.StreamResponse:
    start, node = whole_number(request.query.get("before", "")), request.app[NODE]
    async with request.app[DATABASE].reading() as tx:
        found = await list_revisions(tx, node, limit=PAGE_SIZE + 1, before=start)
        current = await newest_applied(tx, node)
    more = found[PAGE_SIZE - 1].revision_id if len(found) > PAGE_SIZE else None
    return await page(
        request,
        "revisions.html",
        revisions=found[:PAGE_SIZE],
        current=current,
        more=more,
        is_first=start is None,
        restored=whole_number(request.query.get("restored", "")),
    )


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
