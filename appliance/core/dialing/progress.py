"""How far each call of a dialer has come, and who could take one, by the live picture."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Literal, NamedTuple

from appliance.core.live.outside import TRUNK
from appliance.core.live.state import Call, State

Where = Literal["placed", "ringing", "answered", "waiting", "talking"]


class Progress(NamedTuple):
    """`placed`: no line outside is there yet. `answered`: a machine is looked for, or a message plays."""

    where: Where
    trunk: str = ""
    agent: str = ""


NOT_SEEN = Progress("placed")


def progress_of(state: State, call: Call) -> Progress:
    lines = [channel for key in call.channels if (channel := state.channels[key]).device.startswith(TRUNK)]
    if not lines:
        return NOT_SEEN
    line = next((each for each in lines if each.state == "up"), lines[-1])
    trunk = line.device.removeprefix(f"{TRUNK}-").partition("_")[0]
    if line.state != "up":
        return Progress("ringing", trunk)
    if call.where == "talking":
        return Progress("talking", trunk, call.agent)
    return Progress("waiting" if call.where == "queue" else "answered", trunk)


def progress_by_guid(state: State, guids: Iterable[str]) -> dict[str, Progress]:
    """Those of the attempts that the live picture has; a call may be over before the journal says so."""
    calls = {call.guid: call for call in state.calls.values() if call.guid}
    return {guid: progress_of(state, calls[guid]) for guid in guids if guid in calls}


def lines_of(state: State, trunk: str) -> int:
    """Channels of a trunk, whoever called: each of its hosts is an endpoint of its own."""
    name = f"{TRUNK}-{trunk}"
    return sum(channel.device == name or channel.device.startswith(f"{name}_") for channel in state.channels.values())


def inbound_waiting(state: State, dialled: Mapping[str, object]) -> list[str]:
    """The queue of each caller who waits and was not called by a dialer, the longest waiting first."""
    waiting: list[tuple[datetime, str]] = []
    for key, queue in state.queues.items():
        for channel, since in queue.waiting.items():
            call = state.calls.get(state.channels[channel].call_id) if channel in state.channels else None
            if call is None or call.guid not in dialled:
                waiting.append((since, key))
    return [queue for _, queue in sorted(waiting)]
