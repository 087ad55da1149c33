"""What is done in a call between two: answer, mute, hold, digits, pauses of the recording, hang up."""

import re

from appliance.core.phones import answers_when_asked, browser_phone
from appliance.core.words import N_
from appliance.services.calls.channels import Channels, Place
from appliance.services.calls.own_call import MACHINE_PROMPT, NO_CALL, OwnCall, OwnCalls, Seat
from appliance.services.calls.trail import note
from appliance.services.errors import Refused
from appliance.store.db import Database

ON_HOLD = N_("The customer is on hold already.")
NOT_ON_HOLD = N_("The customer is not on hold.")
CONSULTING = N_("You are asking somebody: complete the transfer or cancel it first.")
NOT_RINGING = N_("No call is ringing at this phone.")
ANSWER_THERE = N_("This phone cannot be answered from here: answer it there.")
NOT_RECORDED = N_("This call is not being recorded.")
NO_MESSAGE = N_("No message for machines belongs to this call.")
NO_KEYS = N_("Keys are the digits 0 to 9, * and #, at most 32 at once.")
_KEYS = re.compile(r"[0-9*#]{1,32}")


class InCall:
    def __init__(self, channels: Channels, own: OwnCalls, database: Database) -> None:
        self._channels = channels
        self._own = own
        self._database = database

    async def answer(self, seat: Seat) -> bool:
        """Ask the phone to; False where the phone is a browser, which does it itself."""
        leg = self._own.leg(seat)
        if leg is None or leg.state != "ringing":
            raise Refused(NOT_RINGING)
        if leg.device == f"PJSIP/{browser_phone(seat.extension)}":
            return False
        if not answers_when_asked(self._own.maker(leg)):
            raise Refused(ANSWER_THERE)
        await self._channels.act("PJSIPNotify", Channel=leg.channel, Variable="Event=talk")
        return True

    async def hang_up(self, seat: Seat) -> None:
        """On hold it ends the call for both; who asks somebody goes on with that first."""
        leg = self._own.leg(seat)
        if leg is None:
            raise Refused(NO_CALL)
        if leg.state != "up" or not await self._channels.get(leg.channel, "HELD"):
            await self._channels.act("Hangup", Channel=leg.channel, Cause=16)
            return
        call = await self._own.find(seat)
        if call.state == "consult":
            raise Refused(CONSULTING)
        await self._leave(call)

    async def _leave(self, call: OwnCall) -> None:
        if call.state == "hold":
            await self._channels.send(call.leg.channel, Place("control-bye"))
        else:
            await self._channels.act("Hangup", Channel=call.leg.channel, Cause=16)

    async def hold(self, seat: Seat) -> None:
        call = await self._own.find(seat)
        if call.state == "consult":
            raise Refused(CONSULTING)
        if call.state == "hold":
            raise Refused(ON_HOLD)
        await hold_with(self._channels, call, Place("control-wait"))

    async def resume(self, seat: Seat) -> None:
        call = await self._own.find(seat)
        if call.state == "consult":
            raise Refused(CONSULTING)
        if call.state != "hold":
            raise Refused(NOT_ON_HOLD)
        await self._channels.send(call.leg.channel, Place("control-resume"))

    async def mute(self, seat: Seat, *, muted: bool) -> None:
        """Nobody hears the agent, who hears everybody."""
        leg = self._own.answered(seat)
        state = "on" if muted else "off"
        await self._channels.act("MuteAudio", Channel=leg.channel, Direction="in", State=state)
        await self._channels.put(leg.channel, MUTED="yes" if muted else "")

    async def press(self, seat: Seat, keys: str) -> None:
        """The other end hears them, be it a menu of another company or whoever is asked."""
        if not _KEYS.fullmatch(keys):
            raise Refused(NO_KEYS)
        call = await self._own.find(seat)
        other = call.customer
        if call.state == "consult":
            other = (await self._channels.get(call.leg.channel, "BRIDGEPEER")).split(",")[0] or other
        for key in keys:
            await self._channels.act("PlayDTMF", Channel=other, Digit=key, Duration=120)

    async def leave_message(self, seat: Seat) -> None:
        """A machine answered: it gets the dialer's message, and the agent is free at once."""
        call = await self._own.find(seat)
        if call.state == "consult":
            raise Refused(CONSULTING)
        if not await self._channels.get(call.customer, MACHINE_PROMPT):
            raise Refused(NO_MESSAGE)
        gone, dropped = Place("control-replaced"), Place("dialer-drop")
        await self._channels.send_both((call.customer, dropped), (call.leg.channel, gone))

    async def pause_recording(self, seat: Seat, *, by: str) -> None:
        """Silence in the file until it goes on."""
        customer = await self._recorded(seat)
        await self._channels.put(customer, RECORDING_PAUSED="yes", RECORD_AGAIN="")
        await self._mute_recording(customer, state="1")
        await self._channels.tell(customer, "RECORDING_PAUSED", seat.agent)
        await note(self._database, "pause recording", seat.agent, by=by, call=await self._guid(customer))

    async def resume_recording(self, seat: Seat, *, by: str) -> None:
        customer = await self._recorded(seat)
        await self._mute_recording(customer, state="0")
        if await self._channels.get(customer, "RECORD_AGAIN"):
            await self._new_recorder(customer)
        await self._channels.put(customer, RECORDING_PAUSED="")
        await self._channels.tell(customer, "RECORDING_RESUMED", seat.agent)
        await note(self._database, "resume recording", seat.agent, by=by, call=await self._guid(customer))

    async def _guid(self, customer: str) -> str:
        return await self._channels.get(customer, "GUID")

    async def _recorded(self, seat: Seat) -> str:
        customer = (await self._own.find(seat)).customer
        if not await self._channels.get(customer, "RECORDING"):
            raise Refused(NOT_RECORDED)
        return customer

    async def _mute_recording(self, customer: str, *, state: str) -> None:
        await self._channels.act("MixMonitorMute", Channel=customer, Direction="both", State=state)

    async def _new_recorder(self, customer: str) -> None:
        """The one that was to be replaced while it was silent: see record-again in the dialplan."""
        file = await self._channels.get(customer, "MIXMONITOR_FILENAME")
        await self._channels.act("StopMixMonitor", Channel=customer)
        await self._channels.act("MixMonitor", Channel=customer, File=file, Options="ab")


async def hold_with(channels: Channels, call: OwnCall, place: Place) -> None:
    """The customer hears music, and the agent goes to a place from which the customer can be fetched again."""
    await introduce(channels, call)
    if call.state == "hold":
        await channels.send(call.leg.channel, place)
    else:
        await channels.send_both((call.leg.channel, place), (call.customer, Place("control-hold")))


async def introduce(channels: Channels, call: OwnCall) -> None:
    """Each end knows the other before either moves."""
    seat = call.leg.seat
    await channels.put(call.customer, HOLDER=call.leg.channel, CONTROL_BY=seat.agent, CONTROL_PHONE=seat.extension)
    await channels.put(call.leg.channel, HELD=call.customer, CONTROL_PHONE=seat.extension, AGENT=seat.agent)
