"""Phones: the extensions of the Bulk Handler, of Bulk Extensions and of Issabel's batch, to extensions of ours."""

import re
from typing import Any

from appliance.core.freepbx.draft import Draft, is_off
from appliance.core.freepbx.tables import Row, Table
from appliance.core.words import N_

# The names that a column has: in the Bulk Handler, in Bulk Extensions, in Issabel's batch.
NUMBER = ("extension", "user extension")
COLUMNS = {
    "key": NUMBER,
    "name": ("name", "display name", "description"),
    "secret": ("secret", "devinfo_secret"),
    "ring_s": ("ringtimer",),
    "voicemail": ("voicemail_enable", "voicemail status", "vm", "voicemail"),
    "voicemail_pin": ("voicemail_vmpwd", "voicemail password", "vmpwd"),
    "voicemail_email": ("voicemail_email", "vm email address", "email"),
    "caller_id": ("outboundcid", "outbound cid"),
    "pickup_group": ("namedcallgroup", "callgroup", "devinfo_callgroup"),
}
UNANSWERED = ("noanswer_dest",)
TECH = ("tech",)
ACTION = ("action",)
DIRECT_DID = ("direct did",)
HANDLED = {name for names in (*COLUMNS.values(), UNANSWERED, TECH, ACTION, DIRECT_DID) for name in names}
SIP = {"sip", "pjsip"}


def is_extensions(table: Table) -> bool:
    return table.has("extension", "tech") or table.has("user extension", "display name")


def put_extensions(draft: Draft, table: Table) -> None:
    for row in table.rows:
        if row.value(*ACTION).lower() == "del":
            draft.say(row, ACTION[0], "left", N_("this row is to delete something"))
        elif row.value(*TECH).lower() not in SIP:
            draft.say(row, TECH[0], "left", N_("only SIP phones can be used here"))
        else:
            _put(draft, row)


def _put(draft: Draft, row: Row) -> None:
    columns = {field: row.column(names) for field, names in COLUMNS.items()}
    values: dict[str, Any] = {field: row.value(*names) for field, names in COLUMNS.items()}
    number = values["key"]
    values["name"] = values["name"] or number
    values["ring_s"] = "" if is_off(values["ring_s"]) else values["ring_s"]
    values["voicemail"] = values["voicemail"] == "default" or not is_off(values["voicemail"])
    values["caller_id"] = _number_in(values["caller_id"])
    if draft.put(row, "extensions", values, columns):
        draft.lead(row, UNANSWERED, ("extensions", number), ("unanswered_destination",))
        if not draft.site.extensions[number].secret:
            draft.say(row, columns["secret"], "changed", N_("the phone gets a new SIP password; enter it there"))
        draft.tell_rest(row, HANDLED, number)


def _number_in(caller_id: str) -> str:
    """Of `"Sales" <5550100>` the number; the name is that of the extension here."""
    found = re.search(r"<(.*)>", caller_id)
    return re.sub(r"[\s().-]", "", found[1] if found else caller_id)


def put_direct_numbers(draft: Draft, table: Table) -> None:
    """Issabel's batch names one number that leads to the extension; files of inbound routes say it better."""
    for row in table.rows:
        did, number = row.value(*DIRECT_DID), row.value(*NUMBER)
        if not did or number not in draft.site.extensions:
            continue
        if draft.has("inbound_routes", did):
            draft.say(row, DIRECT_DID[0], "left", N_("there is a route for {did} already"), did=did)
            continue
        values = {"key": did, "name": draft.site.extensions[number].name, "destination": f"extension:{number}"}
        if draft.put(row, "inbound_routes", values, {"key": DIRECT_DID[0]}):
            draft.say(row, DIRECT_DID[0], "changed", N_("became an inbound route to this extension; look at it"))
