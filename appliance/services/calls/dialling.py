"""Click to call: the agent's phone first, which answers by itself where it can, then the number as if dialled there."""

from appliance.core.call_targets import Asked, Target, find_target, is_emergency
from appliance.core.dialing.originate import AUTO_ANSWER
from appliance.core.outbound import Said, who_would_carry
from appliance.core.site import Site
from appliance.core.words import N_
from appliance.services.calls.channels import Channels, Place
from appliance.services.calls.own_call import OwnCalls, Seat
from appliance.services.clock import now
from appliance.services.errors import Refused
from appliance.store.db import Database
from appliance.store.dialing.attempts import is_dialled
from appliance.store.snapshots import load_snapshot

BUSY = N_("There is a call at this phone already.")
OWN_PHONE = N_("That is your own phone.")
DIALLED = N_("A dialer is calling {number} at this moment. Try again when that call is over.")
RING_S = 30


class Dialling:
    def __init__(self, channels: Channels, own: OwnCalls, database: Database) -> None:
        self._channels = channels
        self._own = own
        self._database = database

    async def dial(self, seat: Seat, number: str) -> Target:
        number = number.replace(" ", "")
        async with self._database.reading() as tx:
            site = (await load_snapshot(tx)).site
            target = _target(site, seat, number)
            is_twice = target.kind == "outside" and await is_dialled(tx, _written(site, seat, number))
        if is_twice and not is_emergency(site, number):
            raise Refused(DIALLED, number=number)
        if self._own.leg(seat) is not None and not is_emergency(site, number):
            raise Refused(BUSY)
        await ring(self._channels, self._own.phone(seat), Place("control-dial", target.number), shown=target.number)
        return target


def _target(site: Site, seat: Seat, number: str) -> Target:
    found = find_target(site, Asked("outside", number, seat.extension, now()))
    if isinstance(found, Said):
        raise Refused(found.message, **found.context)
    if found.number == seat.extension:
        raise Refused(OWN_PHONE)
    return found


def _written(site: Site, seat: Seat, number: str) -> set[str]:
    """As it was dialled, and without what only chooses a route."""
    return {number, *(each.number for each in who_would_carry(site, number, seat.extension, now()).tries)}


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
