"""Single channels of Asterisk: their variables, and where they are sent. All other modules here speak of calls."""

from typing import NamedTuple

from appliance.adapters.ami import Ami, AmiError, AmiLost, AmiTimeout, Field
from appliance.adapters.ami_wire import Event
from appliance.core.words import N_
from appliance.services.errors import Refused, Unreachable

OVER = N_("The call is over.")


class Place(NamedTuple):
    """In the dialplan, see control.conf."""

    context: str
    exten: str = "s"


class Channels:
    """Channels are named by their unique ids, which outlive every step that a call takes."""

    def __init__(self, ami: Ami) -> None:
        self._ami = ami

    async def act(self, name: str, **fields: Field) -> Event:
        """What Asterisk refuses of a channel is a call that ended a moment ago."""
        try:
            return await self._ami.action(name, timeout_s=None, **fields)
        except (AmiLost, AmiTimeout) as error:
            raise Unreachable(str(error)) from None
        except AmiError:
            raise Refused(OVER) from None

    async def get(self, channel: str, variable: str) -> str:
        return (await self.act("Getvar", Channel=channel, Variable=variable)).get("Value", "")

    async def put(self, channel: str, **variables: str) -> None:
        for name, value in variables.items():
            await self.act("Setvar", Channel=channel, Variable=name, Value=value)

    async def send(self, channel: str, place: Place) -> None:
        await self.act("Redirect", Channel=channel, Context=place.context, Exten=place.exten, Priority=1)

    async def send_both(self, first: tuple[str, Place], second: tuple[str, Place]) -> None:
        """At once: the bridge between them is not taken for a call that ended."""
        (channel, place), (other, there) = first, second
        await self.act(
            "Redirect",
            Channel=channel,
            Context=place.context,
            Exten=place.exten,
            Priority=1,
            ExtraChannel=other,
            ExtraContext=there.context,
            ExtraExten=there.exten,
            ExtraPriority=1,
        )

    async def tell(self, channel: str, event: str, detail: str) -> None:
        """Write down in the journal what happened to a channel that takes no step of its own."""
        told = f"TOLD={channel}|{event}|{detail}"
        await self.act("Originate", Channel="Local/s@control-tell/n", Application="NoOp", Variable=told, Async="true")
