"""Ring groups from FreePBX's table `ringgroups`, and conference rooms from the Bulk Handler."""

import re
from typing import Any

from appliance.core.freepbx.draft import Draft
from appliance.core.freepbx.tables import Row, Table
from appliance.core.words import N_

GROUP_HANDLED = {"grpnum", "description", "strategy", "grptime", "grplist", "postdest"}
_IN_TURN = {"hunt", "memoryhunt"}
ROOM_HANDLED = {"exten", "description", "userpin"}


def is_groups(table: Table) -> bool:
    return table.has("grpnum", "grplist")


def put_groups(draft: Draft, table: Table) -> None:
    for row in table.rows:
        key, strategy = row.value("grpnum"), row.value("strategy").lower().removesuffix("-prim")
        values: dict[str, Any] = {"key": key, "number": key, "name": row.value("description") or key}
        values |= {
            "members": _phones(draft, row),
            "ring_s": row.value("grptime"),
            "strategy": "in_order" if strategy in _IN_TURN else "all",
        }
        columns = {
            "key": "grpnum",
            "number": "grpnum",
            "name": "description",
            "ring_s": "grptime",
            "members": "grplist",
        }
        if draft.put(row, "ring_groups", values, columns):
            _tell_strategy(draft, row, strategy)
            draft.lead(row, ("postdest",), ("ring_groups", key), ("destination",))
            draft.tell_rest(row, GROUP_HANDLED, key)


def _tell_strategy(draft: Draft, row: Row, strategy: str) -> None:
    if strategy not in {"", "hunt", "ringall", "ringallv2"}:
        message = N_("{strategy} rings them one after the other here") if strategy in _IN_TURN else _AT_ONCE
        draft.say(row, "strategy", "changed", message, strategy=strategy)


_AT_ONCE = N_("{strategy} rings all at once here")


def _phones(draft: Draft, row: Row) -> list[dict[str, str]]:
    """Of `1001-1002-09171234567#` those that are extensions; a # marks a number outside."""
    found = []
    for number in filter(None, re.split(r"[-\s]+", row.value("grplist"))):
        if number in draft.site.extensions:
            found.append({"extension": number})
        else:
            draft.say(row, "grplist", "left", N_("{member} is no extension here"), member=number)
    return list({each["extension"]: each for each in found}.values())


def is_conferences(table: Table) -> bool:
    return table.has("exten", "userpin", "description")


def put_conferences(draft: Draft, table: Table) -> None:
    for row in table.rows:
        key = row.value("exten")
        values = {"key": key, "number": key, "name": row.value("description") or key, "pin": row.value("userpin")}
        if draft.put(row, "conferences", values, {"key": "exten", "name": "description", "pin": "userpin"}):
            draft.tell_rest(row, ROOM_HANDLED, key)
