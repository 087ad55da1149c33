"""Numbers that are called: the DIDs of the Bulk Handler and of Bulk DIDs to inbound routes, and the blacklist."""

from typing import Any

from appliance.core.entities.fields import HANGUP
from appliance.core.freepbx.draft import Draft
from appliance.core.freepbx.tables import Row, Table
from appliance.core.words import N_

# In the Bulk Handler the column of the DID is called extension.
COLUMNS = {
    "key": ("did", "extension"),
    "name": ("description",),
    "language": ("language", "languages_language", "langcode"),
}
DESTINATION = ("destination",)
CALLER = ("cidnum",)
ACTION = ("action",)
ANY = "any-number"  # the announcement that takes the place of a route for every number
HANDLED = {name for names in (*COLUMNS.values(), DESTINATION, CALLER, ACTION) for name in names}


def is_routes(table: Table) -> bool:
    return table.has("did", "destination") or table.has("extension", "destination", "cidnum")


def put_routes(draft: Draft, table: Table) -> None:
    for row in table.rows:
        did = _did(row.value(*COLUMNS["key"]))
        if row.value(*ACTION).lower() == "del":
            draft.say(row, ACTION[0], "left", N_("this row is to delete something"))
        elif row.value(*CALLER):
            draft.say(row, CALLER[0], "left", N_("a route for certain callers: add them to the route of the number"))
        elif did.lower() in ("", "any", "s"):
            _put_any(draft, row)
        else:
            _put(draft, row, did)


def _did(text: str) -> str:
    """A pattern `_555XX` is 555XX here, and `_555.` is 555*."""
    pattern = text.removeprefix("_")
    return f"{pattern[:-1]}*" if pattern.endswith((".", "!")) else pattern.replace("x", "X")


def _put(draft: Draft, row: Row, did: str) -> None:
    columns = {field: row.column(names) for field, names in COLUMNS.items()}
    values: dict[str, Any] = {field: row.value(*names) for field, names in COLUMNS.items()}
    values |= {"key": did, "name": values["name"] or did, "destination": HANGUP}
    if draft.put(row, "inbound_routes", values, columns):
        if not row.value(*DESTINATION):
            draft.say(row, DESTINATION[0], "changed", N_("leads nowhere; the call ends"))
        draft.lead(row, DESTINATION, ("inbound_routes", did), ("destination",))
        draft.tell_rest(row, HANDLED, did)


def _put_any(draft: Draft, row: Row) -> None:
    column, settings = row.column(COLUMNS["key"]), draft.site.settings
    if settings.unknown_did_destination and not draft.replace:
        draft.say(row, column, "left", N_("numbers without a route go elsewhere here already"))
        return
    values = {field: row.value(*COLUMNS[field]) for field in ("name", "language")}
    values |= {"key": ANY, "name": values["name"] or "Any number", "destination": HANGUP}
    if draft.put(row, "announcements", values, {field: row.column(COLUMNS[field]) for field in ("name", "language")}):
        draft.change(row, "general", settings.model_copy(update={"unknown_did_destination": ANY}))
        draft.say(row, column, "changed", N_("a route for every number: numbers without a route go to an announcement"))
        draft.lead(row, DESTINATION, ("announcements", ANY), ("destination",))
        draft.tell_rest(row, HANDLED, "")


def is_blacklist(table: Table) -> bool:
    return table.has("number", "description") and len(table.columns) == 2  # and nothing else


def put_blacklist(draft: Draft, table: Table) -> None:
    for row in table.rows:
        values = {"key": row.value("number"), "reason": row.value("description")}
        draft.put(row, "blacklist", values, {"key": "number", "reason": "description"})
