"""Writes attempts that begin: the row that is there before anybody is dialled, and the contact's part of it."""

import uuid
from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.dialing.attempts import Attempt, Wish
from appliance.core.dialing.choice import caller_number
from appliance.core.dialing.law import WITH_AN_AGENT
from appliance.core.entities.dialers import Dialer
from appliance.store.dialing.lanes import RETRY, change_contacts
from appliance.store.dialing.reachable import OPEN_AGAIN, Reached
from appliance.store.tables.dialing import AttemptRow

DIALING = "dialing"
_TABLE = cast(Table, AttemptRow.__table__)
_NOTHING_YET = {"outcome": "", "cause": 0, "tech_cause": "", "amd": "", "wait_s": 0.0, "talk_s": 0.0}


async def insert_attempts(tx: AsyncSession, dialer: Dialer, wish: Wish, chosen: Sequence[Reached]) -> list[Attempt]:
    """Whose number another dialer began to call in this moment is left out and comes again later."""
    # In one order for all: two daemons that wait for each other's numbers would otherwise wait for ever.
    wanted = [_attempt(dialer, wish, each) for each in sorted(chosen, key=lambda each: each.number)]
    if not wanted:
        return []
    stored = await store_attempts(tx, wanted)
    for key in {each.list for each in wanted}:
        rows = [_progress(each, is_open=each.guid in stored) for each in wanted if each.list == key]
        await change_contacts(tx, key, rows)
    return [each for each in wanted if each.guid in stored]


async def store_attempts(tx: AsyncSession, wanted: Sequence[Attempt], **more: Any) -> set[str]:
    """The GUIDs of those that nobody calls already."""
    kind = sqlite if tx.get_bind().dialect.name == "sqlite" else postgresql
    new = kind.insert(_TABLE).on_conflict_do_nothing().returning(_TABLE.c.guid)
    # Past the session, whose way with many rows costs three times as much.
    done = await (await tx.connection()).execute(new, [each._asdict() | _NOTHING_YET | more for each in wanted])
    return set(done.scalars())


def _progress(attempt: Attempt, *, is_open: bool) -> dict[str, Any]:
    again_at = None if is_open else attempt.begun_at + OPEN_AGAIN
    return {
        "of_contact": attempt.contact_id,
        "state": DIALING if is_open else RETRY,
        "position": attempt.position,
        "held_by": "" if is_open else "open",
        "reserved_by": "",
        "disposition": "",
        "last_at": attempt.begun_at,
        "next_at": again_at,
    }


def _attempt(dialer: Dialer, wish: Wish, reached: Reached) -> Attempt:
    guid = uuid.uuid4()
    return Attempt(
        guid=str(guid),
        node=wish.node,
        dialer=dialer.key,
        campaign=dialer.campaign,
        list=reached.candidate.list,
        contact_id=reached.candidate.contact_id,
        position=reached.position,
        number=reached.number,
        kind=wish.kind,
        agent=reached.candidate.owner or (wish.ready[0] if wish.kind in WITH_AN_AGENT else ""),
        caller_id=caller_number(dialer, reached.number, guid.int),
        begun_at=wish.at,
    )
