"""An agent's own call: the leg at the agent's phone, found in the live picture, and who is at the other end."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.live.state import Channel, State
from appliance.core.phones import browser_phone
from appliance.core.words import N_
from appliance.services.calls.channels import OVER, Channels
from appliance.services.errors import NotFound, Refused
from appliance.services.live import Live
from appliance.store.sessions import load_sessions
from appliance.store.snapshots import load_snapshot

NO_CALL = N_("There is no call at this phone.")
TAKEN = N_("Somebody else is logged in at this phone.")
NO_PHONE = N_("This phone is not signed in: it cannot be called.")
NOT_ANSWERED = N_("This call is not answered yet.")
NOBODY = N_("Nobody else is on the line yet.")
MACHINE_PROMPT = "MACHINE_PROMPT"  # on the channel of whom a dialer called, see dialer.conf
_WITH_ANOTHER = ("consult", "three-way")


@dataclass(frozen=True)
class Seat:
    """Where an agent sits: the key, and the extension of the site."""

    agent: str
    extension: str


async def load_seat(tx: AsyncSession, agent: str) -> Seat:
    """Where the agent is logged in; else at the own phone, unless somebody else sits there now."""
    site, sessions = (await load_snapshot(tx)).site, await load_sessions(tx)
    if agent not in site.agents:
        raise NotFound(f"agents.{agent}")
    for session in sessions:
        if session.agent == agent:
            return Seat(agent, session.extension)
    extension = site.agents[agent].extension
    if any(session.extension == extension for session in sessions):
        raise Refused(TAKEN)
    return Seat(agent, extension)


@dataclass(frozen=True)
class Leg:
    """The agent's end of a call: the channel's unique id, and the device such as `PJSIP/1001`."""

    seat: Seat
    channel: str
    device: str
    state: str  # as in the live picture: dialing, ringing or up


@dataclass(frozen=True)
class OwnCall:
    """A call with somebody at the other end: `customer` is that channel's unique id."""

    leg: Leg
    customer: str
    state: str  # talking, hold, consult or room


@dataclass(frozen=True)
class CallView:
    """What a page shows. `recording` is none, on or paused; `asked` the number of who is asked or is the third;
    `message` is the prompt that can be left on a machine.
    """

    state: str  # none, ringing, dialing, talking, hold, consult or three-way
    muted: bool = False
    recording: str = "none"
    asked: str = ""
    message: str = ""


class OwnCalls:
    def __init__(self, channels: Channels, live: Live) -> None:
        self._channels = channels
        self._live = live

    def leg(self, seat: Seat) -> Leg | None:
        """One that talks before one that rings, the newest first."""
        state = self._live.state
        devices = _devices(state, seat)
        legs = [(key, each) for key, each in state.channels.items() if each.device in devices]
        legs.sort(key=lambda leg: (leg[1].state == "up", leg[1].opened_at))
        return _leg(seat, *legs[-1]) if legs else None

    def phone(self, seat: Seat) -> str:
        """The endpoint that can be rung: where the queues ring, else the browser's phone before the one on the desk."""
        agent = self._live.state.agents.get(seat.agent)
        own = [browser_phone(seat.extension), seat.extension]
        known = [agent.device.removeprefix("PJSIP/"), *own] if agent and agent.device else own
        phones = self._live.state.phones
        for each in known:
            if each in phones and phones[each].status == "registered":
                return each
        raise Refused(NO_PHONE)

    def maker(self, leg: Leg) -> str:
        """What the phone says of itself, or nothing."""
        phone = self._live.state.phones.get(leg.device.removeprefix("PJSIP/"))
        return str(phone.row()["user_agent"]) if phone else ""

    def talks(self, leg: Leg) -> bool:
        """Somebody does, in this call: of two in a bridge the live picture knows it of the second."""
        state = self._live.state
        call = state.calls.get(state.channels[leg.channel].call_id) if leg.channel in state.channels else None
        return call is not None and any(state.channels[key].is_talking for key in call.channels)

    def answered(self, seat: Seat) -> Leg:
        leg = self.leg(seat)
        if leg is None:
            raise Refused(NO_CALL)
        if leg.state != "up":
            raise Refused(NOT_ANSWERED)
        return leg

    async def find(self, seat: Seat) -> OwnCall:
        leg = self.answered(seat)
        customer = await self._channels.get(leg.channel, "HELD")
        if not customer:
            return OwnCall(leg, await self._other_end(leg), "talking")
        if await self._channels.get(leg.channel, "CONTROL") == "consult":
            return OwnCall(leg, customer, "consult")
        held = await self._channels.get(customer, "SHARED(CONTROL)")
        return OwnCall(leg, customer, "hold" if held == "hold" else "room")

    async def view(self, seat: Seat) -> CallView:
        leg = self.leg(seat)
        if leg is None:
            return CallView("none")
        if leg.state != "up":
            return CallView(leg.state)
        muted = await self._channels.get(leg.channel, "MUTED") == "yes"
        try:
            call = await self.find(seat)
        except Refused:
            return CallView("dialing", muted)
        word = await self._word(call)
        asked = await self._channels.get(leg.channel, "ASKED") if word in _WITH_ANOTHER else ""
        message = await self._channels.get(call.customer, MACHINE_PROMPT)
        return CallView(word, muted, await self._recording(call), asked, message)

    async def _word(self, call: OwnCall) -> str:
        if call.state != "room":
            return call.state
        people = await self._channels.get(call.leg.channel, f"CONFBRIDGE_INFO(parties,{call.customer})")
        return "three-way" if people.isdigit() and int(people) > 2 else "talking"

    async def _recording(self, call: OwnCall) -> str:
        if not await self._channels.get(call.customer, "RECORDING"):
            return "none"
        return "paused" if await self._channels.get(call.customer, "RECORDING_PAUSED") == "yes" else "on"

    async def _other_end(self, leg: Leg) -> str:
        names = await self._channels.get(leg.channel, "BRIDGEPEER")
        if not names or not self.talks(leg):
            raise Refused(NOBODY)
        found = await self._channels.get(names.split(",")[0], "UNIQUEID")
        if not found:
            raise Refused(OVER)
        return found


def _devices(state: State, seat: Seat) -> set[str]:
    """The extension's phones, and the one at which the queues ring."""
    agent = state.agents.get(seat.agent)
    own = {f"PJSIP/{seat.extension}", f"PJSIP/{browser_phone(seat.extension)}"}
    return own | {agent.device} if agent and agent.device else own


def _leg(seat: Seat, channel: str, live: Channel) -> Leg:
    return Leg(seat, channel, live.device, live.state)
