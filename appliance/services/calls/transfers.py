"""A call goes on to somebody else: at once, or after they were asked; or all three talk."""

from appliance.core.call_targets import NOT_A_QUEUE, Asked, Target, find_target
from appliance.core.outbound import Said
from appliance.core.words import N_
from appliance.services.calls.channels import Channels, Place
from appliance.services.calls.in_call import CONSULTING, hold_with, introduce
from appliance.services.calls.own_call import OwnCalls, Seat
from appliance.services.clock import now
from appliance.services.errors import Refused
from appliance.store.db import Database
from appliance.store.sessions import load_sessions
from appliance.store.snapshots import load_snapshot

OWN_PHONE = N_("That is your own phone.")
NOT_ASKING = N_("You are not asking anybody.")
NO_ANSWER = N_("They have not answered yet.")
_TRANSFER = {"queue": "control-transfer-queue", "extension": "control-transfer", "outside": "control-transfer-outside"}
_CONSULT = {"extension": "control-consult", "outside": "control-consult-outside"}


class Transfers:
    def __init__(self, channels: Channels, own: OwnCalls, database: Database) -> None:
        self._channels = channels
        self._own = own
        self._database = database

    async def transfer(self, seat: Seat, kind: str, to: str) -> Target:
        """The agent is free at once; who does not answer there brings the customer back."""
        target = await self._target(seat, kind, to)
        call = await self._own.find(seat)
        if call.state == "consult":
            raise Refused(CONSULTING)
        await introduce(self._channels, call)
        await self._channels.send(call.customer, Place(_TRANSFER[target.kind], target.number))
        return target

    async def consult(self, seat: Seat, kind: str, to: str) -> Target:
        """The customer hears music meanwhile."""
        target = await self._target(seat, kind, to)
        if target.kind == "queue":
            raise Refused(NOT_A_QUEUE)
        call = await self._own.find(seat)
        if call.state == "consult":
            raise Refused(CONSULTING)
        await hold_with(self._channels, call, Place(_CONSULT[target.kind], target.number))
        return target

    async def complete(self, seat: Seat) -> None:
        """The customer and who was asked talk, and the agent is free."""
        await self._take_along(seat, stays="")

    async def three_way(self, seat: Seat) -> None:
        await self._take_along(seat, stays="yes")

    async def cancel(self, seat: Seat) -> None:
        """Back to the customer."""
        call = await self._own.find(seat)
        if call.state != "consult":
            raise Refused(NOT_ASKING)
        await self._channels.send(call.leg.channel, Place("control-resume"))

    async def _take_along(self, seat: Seat, *, stays: str) -> None:
        """Who was asked is sent; the dialplan of the agent's channel finds them still there, and does the rest."""
        call = await self._own.find(seat)
        if call.state != "consult":
            raise Refused(NOT_ASKING)
        agent = call.leg.channel
        peer = (await self._channels.get(agent, "BRIDGEPEER")).split(",")[0]
        if not peer or not self._own.talks(call.leg):
            raise Refused(NO_ANSWER)
        asked = await self._channels.get(peer, "UNIQUEID")
        await self._channels.put(asked, HELD=call.customer)
        await self._channels.put(agent, CONSULTED=asked, STAYS=stays)
        await self._channels.send(asked, Place("control-room"))

    async def _target(self, seat: Seat, kind: str, to: str) -> Target:
        async with self._database.reading() as tx:
            site = (await load_snapshot(tx)).site
            seats = {session.agent: session.extension for session in await load_sessions(tx)}
        found = find_target(site, Asked(kind, to.replace(" ", ""), seat.extension, now(), seats))
        if isinstance(found, Said):
            raise Refused(found.message, **found.context)
        if found == Target("extension", seat.extension):
            raise Refused(OWN_PHONE)
        return found
