"""Revisions: what was applied, its difference, and putting one back."""

import datetime as dt
from dataclasses import asdict
from typing import Annotated

from aiohttp import web
from pydantic import Field

from appliance.core.access import EDIT, VIEW
from appliance.services.errors import NotFound
from appliance.services.revisions import restore_revision
from appliance.store.configuration import list_revisions, load_revision
from appliance.web.api.operations import Answer, Operation, json_answer
from appliance.web.api.reading import Query, read_number, read_query
from appliance.web.keys import APPLIER, DATABASE, NODE, PERSON


class RevisionLine(Answer):
    revision_id: int
    generation: int
    at: dt.datetime
    by: str
    summary: str
    is_applied: bool
    error: Annotated[str, Field(description="Asterisk's own words where it refused.")]


class Revision(RevisionLine):
    diff: Annotated[str, Field(description="Of the files of Asterisk; passwords are covered.")]


class RevisionList(Answer):
    items: list[RevisionLine]
    next: int | None


class Restored(Answer):
    """How many entities an earlier revision added, changed and removed."""

    added: int
    changed: int
    removed: int


class RevisionQuery(Query):
    limit: Annotated[int, Field(50, ge=1, le=500, description="How many at most; newest first.")]
    after: Annotated[int | None, Field(None, ge=1, le=10**15, description="The revision_id to go on after.")]


async def get_revisions(request: web.Request) -> web.StreamResponse:
    query = read_query(request, RevisionQuery)
    async with request.app[DATABASE].reading() as tx:
        found = await list_revisions(tx, request.app[NODE], limit=query.limit + 1, before=query.after)
    items = [RevisionLine.model_validate(asdict(line)) for line in found[: query.limit]]
    return json_answer(RevisionList(items=items, next=items[-1].revision_id if len(found) > query.limit else None))


async def get_revision(request: web.Request) -> web.StreamResponse:
    """Without the site of that time: it holds secrets."""
    async with request.app[DATABASE].reading() as tx:
        row = await load_revision(tx, read_number(request, "revision_id"))
    if row is None or row.node != request.app[NODE]:
        raise NotFound
    return json_answer(Revision.model_validate(row, from_attributes=True))


async def post_restore(request: web.Request) -> web.StreamResponse:
    async with request.app[DATABASE].transaction() as tx:
        revision_id = read_number(request, "revision_id")
        changes = await restore_revision(tx, revision_id, by=request[PERSON].login)
    request.app[APPLIER].poke()
    counts = {"added": len(changes.added), "changed": len(changes.changed), "removed": len(changes.removed)}
    return json_answer(Restored(**counts))


_ONE = "/revisions/{revision_id}"
OPERATIONS = [
    Operation(
        "GET", "/revisions", get_revisions, VIEW, "List revisions", "revisions", RevisionList, query=RevisionQuery
    ),
    Operation("GET", _ONE, get_revision, VIEW, "Read one revision", "revisions", Revision),
    Operation("POST", f"{_ONE}/restore", post_restore, EDIT, "Put a revision back", "revisions", Restored),
]
