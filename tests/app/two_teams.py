"""Two teams in one centre, each with a supervisor: what belongs to team B has a name with Zebra or a key with zz-."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import insert

from appliance.core.lists.layout import Layout
from appliance.core.site import Site
from appliance.services.agents.sessions import Place, log_in
from appliance.services.agents.trail import Act
from appliance.services.clock import now
from appliance.services.contacts import create_contact
from appliance.services.tokens import NewToken, create_token
from appliance.store.db import Database
from appliance.store.lists.imports import Mapping, insert_import, save_mapping
from appliance.store.tables.callbacks import CallbackRow
from appliance.store.tables.calls import InteractionRow, RecordingRow, SegmentRow
from appliance.store.tables.dialing import ListContactRow
from tests.app.console import a_user
from tests.examples import a_whole_site

SUPERVISORS = {"ann": "A", "ben": "B", "both": "AB", "free": "ABC"}  # and whose calls each of them sees
B_KEYS = {
    "queues": "zz-queue",
    "campaigns": "zz-campaign",
    "agents": "zz-agent",
    "extensions": "1777",
    "security_groups": "zz-group",
    "dialers": "zz-dialer",
    "lists": "zz-list",
}
A_KEYS = {
    "queues": "sales",
    "campaigns": "support",
    "agents": "ana",
    "extensions": "1001",
    "security_groups": "north",
    "dialers": "sales",
    "lists": "winter",
}
A_NUMBER, B_NUMBER = "5550301", "5550302"  # each leads straight to the team's queue
CUSTOMER = "+51987654321"


def two_teams() -> Site:
    site: dict[str, Any] = a_whole_site().model_dump(mode="json")

    def copied(section: str, before: str, **changes: Any) -> None:
        after = {**site[section][before], **changes}
        site[section][after["key"]] = after

    copied("extensions", "1001", key="1777", name="Zebra phone")
    copied("agents", "ana", key="zz-agent", name="Zebra agent", extension="1777")
    copied("queues", "sales", key="zz-queue", name="Zebra queue", members=[{"agent": "zz-agent"}])
    copied("campaigns", "support", key="zz-campaign", name="Zebra campaign", queue="zz-queue")
    copied("lists", "winter", key="zz-list", name="Zebra list")
    copied(
        "dialers", "sales", key="zz-dialer", name="Zebra dialer", campaign="zz-campaign", lists=[{"list": "zz-list"}]
    )
    copied("inbound_routes", "5550100", key=A_NUMBER, destination="queue:sales")
    copied("inbound_routes", "5550100", key=B_NUMBER, destination="queue:zz-queue")
    site["queues"]["sales"]["members"].append({"agent": "zz-agent"})  # helps out: team A reads no more than the key
    site["security_groups"] = {
        key: {
            "key": key,
            "name": name,
            "supervisors": [
                {"login": login},
                {"login": "both"},
                {"login": "administrator"},
                {"login": f"token {login}s-board"},
            ],
            "queues": [{"queue": keys["queues"]}],
            "campaigns": [{"campaign": keys["campaigns"]}],
            "agents": [{"agent": keys["agents"]}],
        }
        for key, name, login, keys in [("north", "North", "ann", A_KEYS), ("zz-group", "Zebra group", "ben", B_KEYS)]
    }
    return Site.model_validate(site)


async def add_people(database: Database) -> dict[str, str]:
    """The supervisors, with a token each that they made, and two that somebody else made."""
    async with database.transaction() as tx:
        tx.add_all(a_user(login, "supervisor") for login in SUPERVISORS)
        for key in ("ana", "zz-agent"):
            await log_in(tx, key, Place("local"), Act("test"))
        made_by = {**{login: login for login in SUPERVISORS}, "anns-board": "test", "board": "test"}
        return {name: await create_token(tx, NewToken(name, "supervisor"), by=by) for name, by in made_by.items()}


# Each call by a name, with the teams that see it: A and B, and C for who sees everything.
CALLS: dict[str, tuple[str, dict[str, str], dict[str, str]]] = {
    "a-queue": ("AC", {"queue": "sales"}, {}),
    "a-agent": ("AC", {"agent": "ana"}, {}),
    "a-campaign": ("AC", {"campaign": "support", "queue": "support"}, {}),
    "a-number": ("AC", {"did": A_NUMBER}, {}),
    "b-queue": ("BC", {"queue": "zz-queue"}, {}),
    "b-agent": ("BC", {"agent": "zz-agent", "queue": "support"}, {}),
    "b-campaign": ("BC", {"campaign": "zz-campaign"}, {}),
    "b-number": ("BC", {"did": B_NUMBER}, {}),
    "from-a-to-b": ("ABC", {"queue": "zz-queue", "agent": "zz-agent"}, {"queue": "sales", "agent": "ana"}),
    "a-number-to-b": ("BC", {"did": A_NUMBER, "queue": "zz-queue"}, {}),
    "others": ("C", {"queue": "support"}, {}),
    "menu": ("C", {"did": "5550100"}, {}),
}


async def add_calls(database: Database, file: str = "2026/a.wav") -> dict[str, str]:
    """The GUIDs by name; the caller's name of each is its own name here."""
    guids, newest_at = {name: str(uuid.uuid4()) for name in CALLS}, now()
    async with database.transaction() as tx:
        for number, (name, (_teams, fields, part)) in enumerate(CALLS.items()):
            at = newest_at - dt.timedelta(seconds=number)
            await tx.execute(insert(InteractionRow).values(_row(guids[name], at, caller_name=f"call {name}", **fields)))
            segment = {"queue": "", "agent": "", **part, "kind": "waiting", "party": "", "result": "", "position": 0}
            await tx.execute(insert(SegmentRow).values(guid=guids[name], **segment, began_at=at, ended_at=at))
            recording = {"node": "local", "path": file, "state": "complete", "sha256": "0" * 64, "size_bytes": 3}
            row = {**recording, "guid": guids[name], "length_s": 1.0, "completed_at": at}
            await tx.execute(insert(RecordingRow).values(row))
    return guids


def _row(guid: str, at: dt.datetime, **fields: str) -> dict[str, Any]:
    empty = dict.fromkeys(("caller", "did", "queue", "campaign", "agent", "detail", "recording"), "")
    times = {"entered_at": at, "answered_at": at, "ended_at": at, "wait_s": 1.0, "talk_s": 1.0}
    known = {"node": "local", "linked_id": guid, "direction": "inbound", "language": "en", "outcome": "answered"}
    known |= {"guid": guid, "hangup_by": "caller", "caller": CUSTOMER}
    return {**empty, **times, **known, "hangup_cause": 16, **fields}


async def add_customer(database: Database) -> int:
    """Whose number all the calls came from."""
    async with database.transaction() as tx:
        return await create_contact(tx, {"name": "Customer", "numbers": [{"number": CUSTOMER}]}, by="test")


async def add_contact_of_team_b(database: Database) -> int:
    """Stands in their list alone."""
    async with database.transaction() as tx:
        card = {"name": "Zebra customer", "numbers": [{"number": "+51987654399"}]}
        contact_id = await create_contact(tx, card, by="test")
        tx.add(ListContactRow(list="zz-list", contact_id=contact_id, added_at=now()))
        await save_mapping(tx, Mapping("Zebra layout", "zz-list", Layout().model_dump()), at=now(), by="test")
    return contact_id


async def add_callbacks(database: Database) -> dict[str, int]:
    """One owed in a queue of each team."""
    async with database.transaction() as tx:
        rows = {team: _callback(queue) for team, queue in [("A", "sales"), ("B", "zz-queue")]}
        tx.add_all(rows.values())
        await tx.flush()
        return {team: row.callback_id for team, row in rows.items()}


def _callback(queue: str) -> CallbackRow:
    return CallbackRow(
        node="local",
        queue=queue,
        number=f"call-{queue}",
        caller="",
        guid=str(uuid.uuid4()),
        language="en",
        asked_at=now(),
        waited_s=1,
        next_try_at=now(),
        ended_at=None,
    )


async def add_imports(database: Database) -> dict[str, int]:
    """An import into the list of each team, that has ended."""
    options = {"layout": Layout().model_dump(), "is_plain": True}
    values = {"path": "none", "state": "done", "options": options, "created_at": now()}
    async with database.transaction() as tx:
        return {
            "A": await insert_import(tx, list="winter", file_name="people.csv", **values),
            "B": await insert_import(tx, list="zz-list", file_name="zebra.csv", **values),
        }
