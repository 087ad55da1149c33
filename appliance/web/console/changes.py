"""The audit trail: who did what, to what, and how that was before and after."""

import json
from dataclasses import dataclass
from functools import partial
from typing import Any

from aiohttp import web

from appliance.core.access import AUDIT
from appliance.core.site import SECTIONS
from appliance.core.words import N_
from appliance.store.audit import AUDIT_SORTS, AuditFilter, find_audit, more_audit
from appliance.store.tables.configuration import AuditRow
from appliance.web.access import Access, add_route
from appliance.web.console.columns import Asked
from appliance.web.console.differences import Difference, differences_of
from appliance.web.console.row_lists import LAST_PAGE, Column, RowTable, in_batches, read_rows_asked, send_csv
from appliance.web.keys import DATABASE
from appliance.web.navigation import section_path
from appliance.web.pages import page
from appliance.web.shown import use_zone
from appliance.web.summaries import told_summary

COLUMNS: tuple[Column[AuditRow], ...] = (
    Column("audit_id", N_("When"), lambda row: row.at),
    Column("by", N_("Who"), lambda row: row.by),
    Column("action", N_("Action"), lambda row: row.action),
    Column("section", N_("Section"), lambda row: row.section),
    Column("entity_key", N_("Key"), lambda row: row.entity_key),
    Column("before", N_("Before"), lambda row: _as_json(row.before)),
    Column("after", N_("After"), lambda row: _as_json(row.after)),
)
SORTABLE = tuple(column for column in COLUMNS if column.name in AUDIT_SORTS)


@dataclass(frozen=True)
class Told:
    row: AuditRow
    summary: str
    path: str  # of the page that shows it now; empty where there is none
    differences: list[Difference]


def add_routes(app: web.Application) -> None:
    add_route(app, "GET /changes", get_changes, Access(AUDIT))
    add_route(app, "GET /changes.csv", get_csv, Access(AUDIT))


async def get_changes(request: web.Request) -> web.StreamResponse:
    asked = _asked(request)
    start = (asked.page - 1) * asked.size
    async with request.app[DATABASE].reading() as tx:
        found = await find_audit(tx, AuditFilter(asked.search, asked.sort), limit=asked.size + 1, offset=start)
    return await page(
        request,
        "changes.html",
        section="changes",
        table=RowTable([_told(row) for row in found[: asked.size]], SORTABLE, asked, asked.page, 0, 0),
        has_more=len(found) > asked.size,
        is_last=asked.page >= LAST_PAGE,
    )


async def get_csv(request: web.Request) -> web.StreamResponse:
    await use_zone(request.cookies.get("zone", ""))
    asked = _asked(request)
    read = partial(more_audit, wanted=AuditFilter(asked.search, asked.sort))
    return await send_csv(request, "changes", COLUMNS, in_batches(request.app[DATABASE], read))


def _asked(request: web.Request) -> Asked:
    return read_rows_asked(request.query, {}, AUDIT_SORTS, usual_sort="-audit_id")


def _told(row: AuditRow) -> Told:
    summary = told_summary(f"{row.action} {row.section} {row.entity_key}".strip())
    has_page = row.section in SECTIONS and row.entity_key and row.after is not None
    return Told(row, summary, f"{section_path(row.section)}/{row.entity_key}" if has_page else "", differences_of(row))


def _as_json(value: Any) -> str:
    return "" if value is None else json.dumps(value, ensure_ascii=False)
