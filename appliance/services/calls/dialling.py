"""Click to call: the agent's phone first, which answers by itself where it can, then the number as if dialled there."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.call_targets import Asked, Target, find_target, is_emergency
from appliance.core.dialing.originate import AUTO_ANSWER
from appliance.core.outbound import Said, who_would_carry
from appliance.core.site import Site
from appliance.core.words import N_
from appliance.services.calls.channels import Channels, Place
from appliance.services.calls.listed import check_listed, find_listed
from appliance.services.calls.own_call import OwnCalls, Seat
from appliance.services.calls.trail import note
from appliance.services.clock import now
from appliance.services.errors import Refused
from appliance.store.db import Database
from appliance.store.dialing.attempts import is_dialled
from appliance.store.dialing.do_not_call import Entry
from appliance.store.snapshots import load_snapshot

BUSY = N_("There is a call at this phone already.")
OWN_PHONE = N_("That is your own phone.")
DIALLED = N_("A dialer is calling {number} at this moment. Try again when that call is over.")
LISTED = "call listed number"  # in the audit trail
RING_S = 30


@dataclass(frozen=True)
class Wish:
    """A number as it was typed; `is_confirmed` where it is called although it is on the do-not-call list."""

    number: str
    by: str
    is_confirmed: bool = False


class Dialling:
    def __init__(self, channels: Channels, own: OwnCalls, database: Database) -> None:
        self._channels = channels
        self._own = own
        self._database = database

    async def dial(self, seat: Seat, wish: Wish) -> Target:
        number = wish.number.replace(" ", "")
        async with self._database.reading() as tx:
            site = (await load_snapshot(tx)).site
            target = _target(site, seat, number)
            entry = None if is_emergency(site, number) else await self._check(tx, site, seat, target)
        if self._own.leg(seat) is not None and not is_emergency(site, number):
            raise Refused(BUSY)
        check_listed(site, entry, is_confirmed=wish.is_confirmed)
        await ring(self._channels, self._own.phone(seat), Place("control-dial", target.number), shown=target.number)
        if entry is not None:  # and so it was asked about
            facts = {"number": number, "entry": entry.number, "reason": entry.reason}
            await note(self._database, LISTED, seat.agent, by=wish.by, **facts)
        return target

    async def _check(self, tx: AsyncSession, site: Site, seat: Seat, target: Target) -> Entry | None:
        """What the do-not-call list has about it; raises Refused where a dialer is calling it."""
        if target.kind != "outside":
            return None
        dry = who_would_carry(site, target.number, seat.extension, now())
        if await is_dialled(tx, {target.number, *(each.number for each in dry.tries)}):
            raise Refused(DIALLED, number=target.number)
        return await find_listed(tx, site, dry.route, (target.number, seat.agent))


def _target(site: Site, seat: Seat, number: str) -> Target:
    found = find_target(site, Asked("outside", number, seat.extension, now()))
    if isinstance(found, Said):
        raise Refused(found.message, **found.context)
    if found.number == seat.extension:
        raise Refused(OWN_PHONE)
    return found


async def ring(channels: Channels, phone: str, place: Place, *, shown: str, **variables: str) -> None:
    """Returns at once: whether somebody answers is seen in the live picture."""
    await channels.act(
        "Originate",
        Channel=f"PJSIP/{phone}",
        Context=place.context,
        Exten=place.exten,
        Priority=1,
        CallerID=f"<{shown}>",
        Timeout=RING_S * 1000,
        Async="true",
        Variable=[*AUTO_ANSWER, *(f"{name}={value}" for name, value in variables.items())],
    )
