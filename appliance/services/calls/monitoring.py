"""What supervisors do with calls of others: listen, whisper, barge in, take over, give to an agent."""

import re
from dataclasses import dataclass
from typing import Literal, get_args

from appliance.core.live.state import Call
from appliance.core.phones import extension_of
from appliance.core.words import N_
from appliance.services.calls.channels import Channels, Place
from appliance.services.calls.dialling import ring
from appliance.services.calls.in_call import introduce
from appliance.services.calls.own_call import OwnCall, OwnCalls, Seat
from appliance.services.calls.trail import note
from appliance.services.errors import NotFound, Refused
from appliance.services.live import Live
from appliance.store.db import Database

Mode = Literal["listen", "whisper", "barge"]
MODES: tuple[Mode, ...] = get_args(Mode)
_KEYS: dict[Mode, str] = {"listen": "4", "whisper": "5", "barge": "6"}  # which phones switch by, see control-spy

NOBODY_TALKS = N_("No agent talks in this call.")
OWN_CALL = N_("That phone is in this call itself.")
NOT_WAITING = N_("This caller does not wait in a queue.")
A_CALLBACK = N_("This is a callback: it goes to the agent whose turn it is.")
NOT_LOGGED_IN = N_("This agent is not logged in.")
HAS_A_CALL = N_("This agent has a call.")
_UNTOLD = re.compile(r"[^A-Za-z0-9@._-]")  # what a login may hold and an argument of the dialplan may not


@dataclass(frozen=True)
class Supervisor:
    """`phone` is where the supervisor hears the call."""

    login: str
    phone: Seat

    @property
    def told(self) -> str:
        return _UNTOLD.sub("_", self.login)


class Monitoring:
    def __init__(self, channels: Channels, own: OwnCalls, live: Live, database: Database) -> None:
        self._channels = channels
        self._own = own
        self._live = live
        self._database = database

    def call(self, call_id: str) -> Call:
        call = self._live.state.calls.get(call_id)
        if call is None:
            raise NotFound(f"calls.{call_id}")
        return call

    async def watch(self, call_id: str, mode: Mode, by: Supervisor) -> str:
        """The supervisor's phone rings; in the call, 4 listens, 5 whispers, 6 barges in. Returns whose call it is."""
        call = await self._watched(call_id, by)
        told = {"SPIED": call.leg.channel, "WATCHED": call.customer, "KEY": _KEYS[mode], "WHO": by.told}
        await ring(self._channels, self._own.phone(by.phone), Place("control-spy"), shown=_shown(call), **told)
        await self._note(mode, call_id, call.leg.seat.agent, by)
        return call.leg.seat.agent

    async def take(self, call_id: str, by: Supervisor) -> None:
        """Also a caller who waits. Nothing changes until the supervisor's phone has answered."""
        waiting = self._waiting(self.call(call_id))
        if waiting is not None:
            await self._fetch(call_id, waiting, by)
            return
        call = await self._watched(call_id, by)
        told = {"HELD": call.customer, "HOLDER": call.leg.channel, "WHO": by.told}
        await ring(self._channels, self._own.phone(by.phone), Place("control-take"), shown=_shown(call), **told)
        await self._note("take over call", call_id, call.leg.seat.agent, by)

    async def give(self, call_id: str, to: Seat, by: str) -> None:
        call = self.call(call_id)
        waiting = self._waiting(call)
        if waiting is None:
            raise Refused(NOT_WAITING)
        if to.agent not in self._live.state.agents:
            raise Refused(NOT_LOGGED_IN)
        if self._own.leg(to) is not None:
            raise Refused(HAS_A_CALL)
        self._own.phone(to)
        await self._check_caller(waiting)
        await self._channels.put(waiting, CONTROL_BY=_UNTOLD.sub("_", by))
        await self._channels.send(waiting, Place("control-give", to.extension))
        await note(self._database, "give call", to.agent, by=by, call=call.guid, caller=call.caller, queue=call.queue)

    async def _fetch(self, call_id: str, waiting: str, by: Supervisor) -> None:
        await self._check_caller(waiting)
        phone = self._own.phone(by.phone)
        await ring(self._channels, phone, Place("control-take"), shown=extension_of(phone), HELD=waiting, WHO=by.told)
        await self._note("take over call", call_id, by.phone.agent, by)

    def _waiting(self, call: Call) -> str | None:
        return next((key for key in call.channels if self._live.state.channels[key].queue), None)

    async def _check_caller(self, waiting: str) -> None:
        if not await self._channels.get(waiting, "IN_QUEUE"):
            raise Refused(A_CALLBACK)

    async def _note(self, action: str, call_id: str, agent: str, by: Supervisor) -> None:
        call = self._live.state.calls.get(call_id)
        guid, caller = (call.guid, call.caller) if call else ("", "")
        phone = by.phone.extension
        await note(self._database, action, agent, by=by.login, call=guid, caller=caller, phone=phone)

    async def _watched(self, call_id: str, by: Supervisor) -> OwnCall:
        call = self.call(call_id)
        agent = self._live.state.agents.get(call.agent)
        legs = [self._live.state.channels[key] for key in call.channels]
        if agent is None or not any(leg.device == agent.device and leg.state == "up" for leg in legs):
            raise Refused(NOBODY_TALKS)
        seat = Seat(call.agent, extension_of(agent.device.removeprefix("PJSIP/")))
        if seat.extension == by.phone.extension:
            raise Refused(OWN_CALL)
        found = await self._own.find(seat)
        await introduce(self._channels, found)
        return found


def _shown(call: OwnCall) -> str:
    return call.leg.seat.extension
