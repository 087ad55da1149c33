"""The licence: what it allows and who has a seat; a file is looked at before it is installed."""

import datetime as dt
from typing import Any, NamedTuple

from aiohttp import web

from appliance.core.access import EDIT, VIEW
from appliance.core.license.body import EDITION_NAMES, FEATURES, MODEL_NAMES
from appliance.core.license.document import LicenseError
from appliance.core.license.licensing import Installed, Licensing, licensing, why_closed
from appliance.core.license.machine import short
from appliance.core.license.request import write_request
from appliance.core.license.seats import moves_left
from appliance.core.site import Site
from appliance.core.words import N_
from appliance.services.clock import now
from appliance.services.licenses.current import find_installed
from appliance.services.licenses.ground import this_machine
from appliance.services.licenses.requests import make_request
from appliance.services.licenses.seats import SECTION, free_seats
from appliance.services.licenses.trial import may_start_trial
from appliance.store import licenses as store
from appliance.store.sessions import load_sessions
from appliance.store.snapshots import load_snapshot
from appliance.store.tables.configuration import AuditRow
from appliance.web.access import Access, add_route
from appliance.web.console.columns import Asked
from appliance.web.console.row_lists import (
    Column,
    one_batch,
    read_rows_asked,
    row_table,
    searched_rows,
    send_csv,
    sorted_rows,
)
from appliance.web.keys import DATABASE
from appliance.web.language import _
from appliance.web.pages import page
from appliance.web.qr import qr_svg
from appliance.web.shown import use_zone

HISTORY = 30
TOLD = {
    "install license": N_("License {key} installed"),
    "install revocations": N_("List {key} of revocations installed"),
    "give seat": N_("Seat {key} given to {after}"),
    "free seat": N_("Seat {key} taken from {before}"),
    "refuse license file": N_("A file was refused: {reason}"),
    "refuse stored license": N_("License {key} in the database does not count: {reason}"),
    "refuse seat": N_("The line of seat {key} in the database does not count: it was edited by hand ({after})"),
    "change mail addresses": N_("Addresses for warnings changed"),
}
OFFERED = 200  # agents and seats in the form that gives one


class Holder(NamedTuple):
    """Who has a seat, or is logged in where seats are for all."""

    agent: str
    name: str
    seat_id: str
    since_at: dt.datetime | None
    by: str
    moves_left: int | None


COLUMNS: tuple[Column[Holder], ...] = (
    Column("name", N_("Agent"), lambda each: each.name),
    Column("seat", N_("Seat"), lambda each: each.seat_id),
    Column("since", N_("Since"), lambda each: each.since_at),
    Column("by", N_("Given by"), lambda each: each.by),
    Column("moves", N_("Moves left"), lambda each: each.moves_left),
)


def add_routes(app: web.Application) -> None:
    add_route(app, "GET /license", get_license, Access(VIEW))
    add_route(app, "GET /license.csv", get_csv, Access(VIEW))
    add_route(app, "GET /license/request", get_request, Access(EDIT))


async def get_license(request: web.Request) -> web.StreamResponse:
    return await license_page(request)


async def license_page(request: web.Request, refused: LicenseError | None = None) -> web.StreamResponse:
    """Also with the reason why something was refused."""
    asked = _asked(request)
    context = await _read(request, asked)
    error = _(refused.message, **refused.context) if refused else ""
    done = _DONE.get(request.query.get("done", ""), "")
    return await page(
        request, "license.html", status=422 if refused else 200, section="license", error=error, done=done, **context
    )


_DONE = {
    "installed": N_("Installed. It holds from now on, without a restart."),
    "trial": N_("The trial has begun."),
    "seat": N_("The seats are changed."),
    "mail": N_("The addresses are stored."),
}


async def _read(request: web.Request, asked: Asked) -> dict[str, Any]:
    async with request.app[DATABASE].reading() as tx:
        found, site = await find_installed(tx), (await load_snapshot(tx)).site
        current, at = licensing(found.installed, now()), now()
        people = _holders(current, site, {row.agent: row.logged_in_at for row in await load_sessions(tx)})
        wanted = write_request(await make_request(tx))
        more = {
            "may_try": await may_start_trial(tx),
            "channels": await store.load_channels(tx, at),
            "mail_to": await store.load_mail_to(tx),
            "history": [_told(row) for row in (await store.load_history(tx, SECTION))[:HISTORY]],
        }
    return more | {
        "current": current,
        "closed": why_closed(current),
        "next_license": _next(found.installed, current),
        "damaged": found.damaged,
        "foreign": found.foreign,
        "table": row_table(searched_rows(people, COLUMNS, asked.search), COLUMNS, asked, total=len(people)),
        "taken": len(people),
        "lone": [(key, agent.name) for key, agent in site.agents.items() if key not in current.holders][:OFFERED],
        "free": free_seats(current)[:OFFERED],
        "features": FEATURES,
        "editions": EDITION_NAMES,
        "models": MODEL_NAMES,
        "machine": short(await this_machine()),
        "qr": qr_svg(wanted, _("Request file of this machine")),
    }


def _holders(current: Licensing, site: Site, sessions: dict[str, dt.datetime]) -> list[Holder]:
    names = {key: agent.name for key, agent in site.agents.items()}
    license = current.license
    if license is None:
        return []
    if license.model == "concurrent":
        return [Holder(key, names.get(key, key), "", since, "", None) for key, since in sessions.items()]
    return [
        Holder(
            key, names.get(key, key), seat.seat_id, seat.since_at, seat.by, moves_left(license, seat, current.judged_at)
        )
        for key, seat in current.holders.items()
    ]


def _told(row: AuditRow) -> tuple[dt.datetime, str, str]:
    """When, who, and what in a sentence."""
    before, after = row.before or {}, row.after or {}
    words = {"before": before.get("agent", ""), "after": after.get("agent", ""), "reason": after.get("reason", "")}
    return row.at, row.by, _(TOLD[row.action], key=row.entity_key, **words) if row.action in TOLD else row.action


def _next(installed: Installed, current: Licensing) -> Any:
    """A renewal that waits for its day."""
    later = [each for each in installed.licenses if each.not_before > current.judged_at and each != current.license]
    return later[-1] if later else None


def _asked(request: web.Request) -> Asked:
    return read_rows_asked(request.query, {}, [each.name for each in COLUMNS], usual_sort="name")


async def get_csv(request: web.Request) -> web.StreamResponse:
    await use_zone(request.cookies.get("zone", ""))
    asked = _asked(request)
    async with request.app[DATABASE].reading() as tx:
        current = licensing((await find_installed(tx)).installed, now())
        sessions = {row.agent: row.logged_in_at for row in await load_sessions(tx)}
        people = _holders(current, (await load_snapshot(tx)).site, sessions)
    found = sorted_rows(searched_rows(people, COLUMNS, asked.search), COLUMNS, asked.sort)
    return await send_csv(request, "seats", COLUMNS, one_batch(found))


async def get_request(request: web.Request) -> web.StreamResponse:
    """The file for the vendor."""
    async with request.app[DATABASE].reading() as tx:
        text = write_request(await make_request(tx))
    headers = {"Content-Disposition": 'attachment; filename="license-request.txt"'}
    return web.Response(text=text, headers=headers)
