"""The audit trail for programs: who did what, to what, before and after."""

import datetime as dt
from typing import Annotated, Any

from aiohttp import web
from pydantic import Field

from appliance.core.access import AUDIT
from appliance.store.audit import AuditFilter, find_audit
from appliance.web.api.operations import Answer, Operation, json_answer
from appliance.web.api.reading import Query, read_query
from appliance.web.keys import DATABASE


class ChangeLine(Answer):
    audit_id: int
    at: dt.datetime
    by: str
    action: str
    section: str
    entity_key: str
    before: Annotated[dict[str, Any] | None, Field(description="Secrets are covered.")]
    after: Annotated[dict[str, Any] | None, Field(description="Secrets are covered.")]


class ChangeTrail(Answer):
    items: list[ChangeLine]
    next: int | None


class ChangeQuery(Query):
    q: Annotated[str, Field("", max_length=80, description="Any part of who, the action, the section or the key.")]
    limit: Annotated[int, Field(50, ge=1, le=500, description="How many at most; newest first.")]
    after: Annotated[int | None, Field(None, ge=1, le=10**15, description="The audit_id to go on after.")]


async def get_changes(request: web.Request) -> web.StreamResponse:
    query = read_query(request, ChangeQuery)
    place = (query.after,) if query.after is not None else None
    async with request.app[DATABASE].reading() as tx:
        found = await find_audit(tx, AuditFilter(query.q), limit=query.limit + 1, after=place)
    items = [ChangeLine.model_validate(row, from_attributes=True) for row in found[: query.limit]]
    return json_answer(ChangeTrail(items=items, next=items[-1].audit_id if len(found) > query.limit else None))


OPERATIONS = [
    Operation("GET", "/changes", get_changes, AUDIT, "Read the audit trail", "changes", ChangeTrail, query=ChangeQuery)
]
