"""A small centre that calls out: a telephone network at the wire, lists of its numbers, dialers of several kinds."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.site import Site
from appliance.services.clock import now
from appliance.store.tables.contacts import ContactNumberRow, ContactRow
from appliance.store.tables.dialing import DialerStateRow, ListContactRow
from tests.pbx.pstn import Pstn
from tests.sites import a_prompt

SHOWN = "5550100"


def number_of(n: int) -> str:
    return f"+4420794{n:05d}"


def behind(dialled: str) -> int:
    """The number's own part, however it was dialled."""
    return int(dialled[-5:])


def keyed(**found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {key.strip("_"): {"key": key.strip("_"), "name": key.title(), **each} for key, each in found.items()}


def dialer_site(
    pstn: Pstn,
    dialers: dict[str, dict[str, Any]],
    *,
    agents: Iterable[str] = ("1001",),
    trunk: Any = None,
    more: Mapping[str, dict[str, dict[str, Any]]] | None = None,
) -> Site:
    """Each dialer has a campaign, a queue and a list of its own key; all agents serve all queues. `more` by section."""
    names = {number: f"a{number}" for number in agents}
    main = {"host": pstn.host, "port": pstn.port, "codecs": ["ulaw"], "match_header": "X-Trunk: main", **(trunk or {})}
    usual = {"ring_s": 10, "caller_numbers": [{"number": SHOWN}]}
    quiet = {"announce_position": False, "recording": False, "ring_s": 3}
    sections: dict[str, Any] = {
        "general": {"main": {"country": "PE", "time_zone": "UTC"}},
        "trunks": keyed(main=main),
        "outbound_routes": keyed(world={"patterns": [{"pattern": "00*"}], "trunks": [{"trunk": "main"}]}),
        "extensions": keyed(**{f"_{number}": {"secret": f"secret-{number}"} for number in names}),
        "agents": keyed(**{name: {"extension": number} for number, name in names.items()}),
        "prompts": {key: a_prompt(key) for key in ("sorry", "machine")},
        "queues": keyed(**{key: {**quiet, "members": [{"agent": each} for each in names.values()]} for key in dialers}),
        "campaigns": keyed(**{key: {"queue": key} for key in dialers}),
        "lists": keyed(**{key: {} for key in dialers}),
        "dialers": keyed(
            **{key: {**usual, "campaign": key, "lists": [{"list": key}], **each} for key, each in dialers.items()}
        ),
    }
    for section, found in (more or {}).items():
        own = sections.setdefault(section, {})
        for key, each in found.items():
            own[key] = {"key": key, "name": key.title(), **own.get(key, {}), **each}
    return Site.model_validate(sections)


async def add_contacts(tx: AsyncSession, list_key: str, numbers: Iterable[int]) -> None:
    at = now()
    for n in numbers:
        card = {"name": f"Contact {n}", "fields": {}, "created_at": at, "changed_at": at}
        made = await tx.execute(insert(ContactRow).values(**card).returning(ContactRow.contact_id))
        contact_id = made.scalar_one()
        number = {"contact_id": contact_id, "position": 0, "kind": "mobile", "number": number_of(n)}
        await tx.execute(insert(ContactNumberRow).values(**number))
        await tx.execute(insert(ListContactRow).values(list=list_key, contact_id=contact_id, added_at=at))


async def set_state(tx: AsyncSession, dialer: str, state: str, at: dt.datetime | None = None) -> None:
    await tx.merge(DialerStateRow(dialer=dialer, state=state, changed_at=at or now(), changed_by="test", version=1))
