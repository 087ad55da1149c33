"""What a busy day has of calling out: a dialer at work on two lists, its contacts and how its calls ended."""

import datetime as dt
import random
import uuid

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.entities.dialers import Dialer
from appliance.core.entities.lists import ContactFilter, ContactList
from appliance.store.tables.contacts import ContactNumberRow, ContactRow
from appliance.store.tables.dialing import AttemptRow, DialerStateRow, DoNotCallRow, ListContactRow

DIALER, CAMPAIGN, LIST = "renewals", "renewals", "winter"
NAMES = ["Rosa Mamani", "Jorge Flores", "Lucía Rojas", "Pedro Huamán", "Carla Vargas", "Raúl Castro", "Inés Paredes"]
ENDS = ("answered", "no_answer", "busy", "machine", "bad_number", "abandoned", "opted_out", "short")
WEIGHTS = (40, 26, 9, 14, 4, 1, 2, 4)
LISTS = {
    "winter": ContactList(key="winter", name="Customers of last winter", country="PE"),
    "leads": ContactList(key="leads", name="Leads of the fair", time_zone="America/Lima"),
}
FILTERS = {
    "ending": ContactFilter.model_validate(
        {"key": "ending", "name": "Contract ends soon"}
        | {"conditions": [{"field": "months", "operator": "less", "value": "3"}]}
    )
}
DIALERS = {
    DIALER: Dialer.model_validate(
        {
            "key": DIALER,
            "name": "Renewals by telephone",
            "campaign": CAMPAIGN,
            "mode": "predictive",
            "lists": [{"list": "winter", "share_pct": 70, "filter": "ending"}, {"list": "leads", "share_pct": 30}],
            "schedule": "office",
            "machines": "message",
            "machine_prompt": "closed",
            "caller_numbers": [{"number": "016124400"}],
            "retries": [
                {"outcome": "busy", "delay_min": 15},
                {"outcome": "no_answer", "delay_min": 240, "growth": "doubling", "next_number": True},
            ],
        }
    )
}


async def add_calling_out(tx: AsyncSession, until: dt.datetime, *, contacts: int = 60) -> None:
    """Two thirds of the contacts have been called in the last hours."""
    chance = random.Random(11)
    state = {"dialer": DIALER, "state": "running", "changed_at": until, "changed_by": "administrator"}
    await tx.execute(insert(DialerStateRow).values(**state, version=1))
    for n in range(contacts):
        number = f"+5198{n:07d}"
        contact_id = await _a_card(tx, f"{NAMES[n % len(NAMES)]} {n // len(NAMES) + 1}", number, until)
        ended = chance.choices(ENDS, WEIGHTS)[0] if n < contacts * 2 // 3 else ""
        retried = ended in ("no_answer", "busy")
        await tx.execute(
            insert(ListContactRow).values(
                list=LIST,
                contact_id=contact_id,
                own_key=f"C-{1000 + n}",
                state="retry" if retried else "done" if ended else "fresh",
                tries=1 if ended else 0,
                result=ended,
                last_at=until - dt.timedelta(minutes=2 * n) if ended else None,
                next_at=until + dt.timedelta(hours=4) if retried else None,
                added_at=until - dt.timedelta(days=3),
            )
        )
        if ended:
            tx.add(_an_attempt(contact_id, number, ended, until - dt.timedelta(minutes=2 * n + 3), chance))
    never = {"number": "+51980000099", "reason": "Asked for it", "source": "caller", "created_at": until}
    tx.add(DoNotCallRow(**never))
    await tx.flush()


async def _a_card(tx: AsyncSession, name: str, number: str, at: dt.datetime) -> int:
    card = {"name": name, "fields": {"months": "2"}, "created_at": at, "changed_at": at}
    contact_id = (await tx.execute(insert(ContactRow).values(**card).returning(ContactRow.contact_id))).scalar_one()
    own = {"contact_id": contact_id, "position": 0, "kind": "mobile", "number": number}
    await tx.execute(insert(ContactNumberRow).values(**own))
    return contact_id


def _an_attempt(contact_id: int, number: str, ended: str, at: dt.datetime, chance: random.Random) -> AttemptRow:
    answered = at + dt.timedelta(seconds=9) if ended not in ("no_answer", "busy", "bad_number") else None
    has_agent = ended in ("answered", "short")
    talk_s = chance.uniform(40, 300) if ended == "answered" else 3.0
    return AttemptRow(
        guid=str(uuid.UUID(int=chance.getrandbits(128), version=4)),
        node="local",
        dialer=DIALER,
        campaign=CAMPAIGN,
        list=LIST,
        contact_id=contact_id,
        number=number,
        kind="auto",
        agent="carmen-soto" if has_agent else "",
        begun_at=at,
        answered_at=answered,
        connected_at=answered + dt.timedelta(seconds=0.6) if answered and has_agent else None,
        ended_at=at + dt.timedelta(seconds=25 + talk_s),
        outcome=ended,
        amd="machine" if ended == "machine" else "human" if answered else "",
        wait_s=0.6 if has_agent else 0.0,
        talk_s=talk_s if has_agent else 0.0,
    )
