"""What the installed licences allow at this moment, read in the caller's transaction; a file is verified once."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.license.body import License, Revocations
from appliance.core.license.document import LicenseError
from appliance.core.license.licensing import Installed, Licensing, Refusal, licensing, seated, why_closed, why_no_seat
from appliance.core.license.sale import open_signed
from appliance.core.license.seats import Seat, genuine
from appliance.services.clock import now
from appliance.services.errors import Refused
from appliance.services.licenses.ground import keyring, this_machine
from appliance.store import licenses as store
from appliance.store.site import load_entity
from appliance.store.tables.sessions import AgentSessionRow


class NoSeat(Refused):
    """An agent may not log in; `reason` is one word for who tells it on the telephone."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message, **refusal.context)
        self.reason = refusal.reason


@dataclass(frozen=True)
class Found:
    """`damaged` are stored files that are not genuine, `foreign` lines of seats that nobody here wrote."""

    installed: Installed
    damaged: list[tuple[str, LicenseError]]
    foreign: list[Seat]


async def find_installed(tx: AsyncSession) -> Found:
    """A file or a line that is not what it should be counts for nothing and stops nobody."""
    return await _find(tx, await store.load_seats(tx))


async def _find(tx: AsyncSession, seats: list[Seat]) -> Found:
    keys, licenses, damaged = await keyring(), list[License](), list[tuple[str, LicenseError]]()
    lists: list[Revocations] = []
    for file in await store.load_files(tx):
        try:
            body, _key = open_signed(file.text, keys)
        except LicenseError as error:
            damaged.append((file.number, error))
            continue
        if isinstance(body, License):
            licenses.append(body)
        else:
            lists.append(body)
    good, foreign = genuine(seats, licenses)
    newest = max(lists, key=lambda each: each.number, default=None)
    installed = Installed(licenses, newest, good, await store.load_mark(tx), await this_machine())
    return Found(installed, damaged, foreign)


async def load_licensing(tx: AsyncSession) -> Licensing:
    return licensing((await find_installed(tx)).installed, now())


async def load_term(tx: AsyncSession) -> Licensing:
    """Without the seats, for who asks only whether and until when it holds."""
    return licensing((await _find(tx, [])).installed, now())


async def require_seat(tx: AsyncSession, agent: str) -> None:
    """Raises NoSeat. Log-ins at the same time wait in line, so that the last place is given once."""
    await store.lock_state(tx)
    others = await store.count_working(tx, besides=agent)
    current = licensing((await _find(tx, await store.load_seats(tx, agent))).installed, now())
    refusal = why_no_seat(current, agent, others)
    if refusal is not None:
        raise NoSeat(await _with_name(tx, refusal, agent))


async def without_seat(tx: AsyncSession, agents: Iterable[str]) -> set[str]:
    """Nobody where seats are for whoever comes first."""
    current = await load_licensing(tx)
    is_named = current.license is not None and current.license.model == "named"
    return set(agents) - current.holders.keys() if is_named else set()


async def _with_name(tx: AsyncSession, refusal: Refusal, agent: str) -> Refusal:
    found = await load_entity(tx, "agents", agent)
    name = getattr(found[0], "name", agent) if found else agent
    return refusal._replace(context={**refusal.context, "agent": name}) if "agent" in refusal.context else refusal


async def why_not_dial(tx: AsyncSession) -> Refusal | None:
    """For who places calls: nothing is dialled without a licence."""
    return why_closed(await load_term(tx))


async def with_seats(tx: AsyncSession, rows: list[AgentSessionRow]) -> list[AgentSessionRow]:
    """Those of the open sessions whose agents may stand in queues."""
    kept = seated(await load_licensing(tx), await store.working_agents(tx))
    return [row for row in rows if row.agent in kept]
