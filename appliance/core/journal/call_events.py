"""What each CEL event changes in a call."""

import uuid
from collections.abc import Callable

from appliance.core.journal.attempts import ATTEMPT_EVENTS
from appliance.core.journal.call import Call, Channel, Stay, party_of
from appliance.core.journal.callbacks import CALLBACK_EVENTS
from appliance.core.journal.cel_line import CelEvent
from appliance.core.journal.control_events import CONTROL_EVENTS
from appliance.core.journal.outbound_events import outbound, trunk
from appliance.core.journal.phone_events import PHONE_EVENTS, picked_up

_BEFORE_A_MESSAGE = ("menu", "key", "prompt", "input", "input_failed", "lookup", "lookup_failed", "survey")
_SHOWS_A_CHANNEL = ("CHAN_START", "ANSWER", "BRIDGE_ENTER")  # the later ones where the line that began it is lost
_NO_STEP = ("JOIN_CALL", "ATTEMPT_TAKEN", "ATTEMPT_ANSWERED")  # they only name a channel


def apply_event(call: Call, event: CelEvent) -> None:
    call.last_us = max(call.last_us, event.at_us)
    if event.unique_id not in call.channels:
        if not event.is_user and event.kind not in _SHOWS_A_CHANNEL:
            return
        _channel_started(call, event)
    if event.is_user:
        _user_event(call, event)
        return
    handler = _CHANNEL_HANDLERS.get(event.kind)
    if handler is not None:
        handler(call, event)


def _channel_started(call: Call, event: CelEvent) -> None:
    # ;2 is the half of a Local channel that runs dialplan: nobody's phone
    is_called = event.unique_id != event.linked_id and not event.channel.endswith(";2")
    call.channels[event.unique_id] = Channel(event.channel, event.at_us, is_called)
    if not call.customer_id:
        call.customer_id, call.caller, call.caller_name = event.unique_id, event.number[:80], event.name[:256]


def _answered(call: Call, event: CelEvent) -> None:
    channel = call.channels[event.unique_id]
    if channel.answered_us is not None:
        return
    channel.answered_us = event.at_us
    if channel.is_called and not channel.is_link:
        call.tell(event.at_us, "answer", f"{channel.agent}|{channel.party}")


def _entered_bridge(call: Call, event: CelEvent) -> None:
    channel = call.channels[event.unique_id]
    channel.stays.append(Stay(str(event.extras().get("bridge_id", "")), event.at_us))
    phase = call.phase()
    if event.unique_id == call.customer_id and phase is not None and phase.kind != "conference":
        call.end_phase(event.at_us, "answered")


def _left_bridge(call: Call, event: CelEvent) -> None:
    call.channels[event.unique_id].leave(event.at_us)


def _hung_up(call: Call, event: CelEvent) -> None:
    channel = call.channels[event.unique_id]
    if channel.ended_us is not None:
        return
    extras = event.extras()
    cause = extras.get("hangupcause", 0)
    channel.cause = cause if isinstance(cause, int) else 0
    channel.ended_by = str(extras.get("hangupsource", ""))
    _ended(call, event)


def _ended(call: Call, event: CelEvent) -> None:
    channel = call.channels[event.unique_id]
    if channel.ended_us is not None:
        return
    channel.ended_us = event.at_us
    channel.leave(event.at_us)
    if event.unique_id == call.customer_id:
        phase = call.phase()
        call.end_phase(event.at_us, "abandoned" if phase and phase.kind == "waiting" else "")
        call.tell(event.at_us, "hangup", f"{call.ended_by()}|{channel.cause}")
    elif channel.is_called and channel.answered_us is None and call.is_idle():
        call.begin("ivr", event.at_us)  # nobody answered: the dialplan goes on with the customer


def _blind_transfer(call: Call, event: CelEvent) -> None:
    call.tell(event.at_us, "transfer", f"blind|{_who(call, event)}|{event.extras().get('extension', '')}")


def _attended_transfer(call: Call, event: CelEvent) -> None:
    target = str(event.extras().get("transfer_target_channel_name", ""))
    call.tell(event.at_us, "transfer", f"attended|{_who(call, event)}|{party_of(target)}")


def _who(call: Call, event: CelEvent) -> str:
    channel = call.channels[event.unique_id]
    return channel.agent or channel.party


_CHANNEL_HANDLERS: dict[str, Callable[[Call, CelEvent], None]] = {
    "ANSWER": _answered,
    "BRIDGE_ENTER": _entered_bridge,
    "BRIDGE_EXIT": _left_bridge,
    "HANGUP": _hung_up,
    "CHAN_END": _ended,
    "BLINDTRANSFER": _blind_transfer,
    "ATTENDEDTRANSFER": _attended_transfer,
    "PICKUP": picked_up,
}


def _user_event(call: Call, event: CelEvent) -> None:
    parts = event.parts()
    handler = _USER_HANDLERS.get(event.kind)
    if handler is not None:
        handler(call, event, parts)
    if event.kind not in _NO_STEP:
        call.tell(event.at_us, event.kind.lower(), "|".join(parts))


def _interaction(call: Call, event: CelEvent, parts: list[str]) -> None:
    if call.guid:
        return  # transferred into the inbound routes: still the same contact
    guid, direction, did, language = (*parts, "", "", "", "")[:4]
    try:
        call.guid = str(uuid.UUID(guid))
    except ValueError:
        call.guid = call.identity()
    call.direction, call.did, call.language = direction or "inbound", did, language
    call.customer_id, call.caller, call.caller_name = event.unique_id, event.number[:80], event.name[:256]
    customer = call.channels[event.unique_id]
    customer.is_called = False
    if call.direction != "outbound":
        call.begin("ivr", customer.began_us)


def _marked(mark: str) -> Callable[[Call, CelEvent, list[str]], None]:
    def handler(call: Call, _event: CelEvent, parts: list[str]) -> None:
        call.mark, call.mark_detail = mark, parts[0]

    return handler


def _schedule(call: Call, event: CelEvent, parts: list[str]) -> None:
    if parts[2:]:
        return  # it chose an outbound route, and closed nothing to the caller
    _in_menu(call, event, parts)
    state = parts[1] if len(parts) > 1 else ""
    call.mark, call.mark_detail = ("closed", state) if state in ("closed", "holiday") else ("", "")


def _emergency(call: Call, _event: CelEvent, _parts: list[str]) -> None:
    call.mark, call.mark_detail = "closed", "emergency"


def _campaign(call: Call, _event: CelEvent, parts: list[str]) -> None:
    call.campaign = parts[0]


def _language(call: Call, event: CelEvent, parts: list[str]) -> None:
    _in_menu(call, event, parts)
    call.language = parts[0]


def _recording(call: Call, _event: CelEvent, parts: list[str]) -> None:
    call.recording = parts[0]


def _in_menu(call: Call, event: CelEvent, _parts: list[str]) -> None:
    if event.unique_id == call.customer_id and call.phase() is None:
        call.begin("ivr", event.at_us)


def _queue_join(call: Call, event: CelEvent, parts: list[str]) -> None:
    call.begin("waiting", event.at_us, parts[0])


def _queue_leave(call: Call, event: CelEvent, parts: list[str]) -> None:
    call.end_phase(event.at_us, parts[1].lower() if len(parts) > 1 else "")
    call.begin("ivr", event.at_us)


def _extension(call: Call, event: CelEvent, parts: list[str]) -> None:
    if not call.customer_id or event.unique_id == call.customer_id:
        call.end_phase(event.at_us)
    if not call.guid:
        call.did = call.did or parts[0]


def _agent_ring(call: Call, event: CelEvent, parts: list[str]) -> None:
    channel = call.channels[event.unique_id]
    channel.agent, channel.queue = (*parts, "")[:2]


def _voicemail(call: Call, event: CelEvent, parts: list[str]) -> None:
    """Written when the message is over: what went before was the message."""
    phase = call.phase()
    if phase is not None and phase.kind == "ivr":
        said = [at for at, kind, _ in call.steps if kind in _BEFORE_A_MESSAGE and at > phase.began_us]
        if said:
            call.begin("voicemail", said[-1])
        call.phases[-1].kind = "voicemail"
    call.end_phase(event.at_us, parts[1].lower() if len(parts) > 1 else "")


_USER_HANDLERS: dict[str, Callable[[Call, CelEvent, list[str]], None]] = {
    "INTERACTION": _interaction,
    "UNKNOWN_DID": _marked("unknown_did"),
    "BLACKLISTED": _marked("blacklisted"),
    "NO_ROUTE": _marked("no_route"),
    "NO_TRUNK": _marked("no_trunk"),
    "UNLICENSED": _marked("unlicensed"),
    "LISTED": _marked("listed"),
    "OUTBOUND": outbound,
    "TRUNK": trunk,
    "EMERGENCY_CLOSED": _emergency,
    "SCHEDULE": _schedule,
    "CAMPAIGN": _campaign,
    "PROMPT": _in_menu,
    "MENU": _in_menu,
    "KEY": _in_menu,
    "LANGUAGE": _language,
    "INPUT": _in_menu,
    "INPUT_FAILED": _in_menu,
    "LOOKUP": _in_menu,
    "LOOKUP_FAILED": _in_menu,
    "SURVEY_BEGIN": _in_menu,
    "SURVEY": _in_menu,
    "QUEUE_JOIN": _queue_join,
    "QUEUE_LEAVE": _queue_leave,
    "RECORDING": _recording,
    "AGENT_RING": _agent_ring,
    "EXTENSION": _extension,
    **PHONE_EVENTS,
    "VOICEMAIL": _voicemail,
    **CALLBACK_EVENTS,
    **ATTEMPT_EVENTS,
    **CONTROL_EVENTS,
}
