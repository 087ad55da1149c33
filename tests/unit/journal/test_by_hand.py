"""Which calls to the outside count as dialled by hand: those that rang there, and were no dialer's."""

import pytest

from appliance.core.journal.cel import CelFold
from appliance.core.journal.facts import ByHand

GUID = "6f1c9f3e-0000-4000-8000-000000000001"
PHONE, LINE = ("PJSIP/1001-1", "1.1"), ("PJSIP/trunk-peru-2", "1.2")
BEGUN = [("INTERACTION", f"{GUID}|outbound|9987654321|en"), ("OUTBOUND", "world|1001|ana")]
RUNG = [*BEGUN, ("TRUNK", "peru|987654321|5550000|1")]


def line(kind: str, at: float, channel: tuple[str, str], *, user: str = "", extra: str = "") -> str:
    told = f'{{""extra"":""{user}""}}' if user else extra
    name = "USER_DEFINED" if user else kind
    word = kind if user else ""
    return f'"{name}","{at:.6f}","1001","","9987654321","x","{channel[0]}","","","{channel[1]}","1.1","{word}","{told}"'


def ended(at: float, channel: tuple[str, str], cause: int) -> list[str]:
    told = f'{{""hangupcause"":{cause},""hangupsource"":"""",""dialstatus"":""""}}'
    return [line("HANGUP", at, channel, extra=told), line("CHAN_END", at, channel)]


def told(steps: list[tuple[str, str]], *causes: int, answered: bool = False) -> ByHand | None:
    """A call with one line to the outside for each cause with which it ended."""
    lines = [line("CHAN_START", 1, PHONE)]
    lines += [line(kind, 2, PHONE, user=detail) for kind, detail in steps]
    for at, cause in enumerate(causes, 3):
        outside = (LINE[0], f"1.{at}")
        lines.append(line("CHAN_START", at, outside))
        if answered:
            lines += [line("ANSWER", at, outside)]
            lines += [line("BRIDGE_ENTER", at, each, extra='{""bridge_id"":""b""}') for each in (PHONE, outside)]
        lines += ended(at + 0.5, outside, cause)
    lines += [*ended(9, PHONE, 16), line("LINKEDID_END", 9, PHONE)]
    [call] = CelFold("local").read(lines).finished
    return call.by_hand


@pytest.mark.parametrize(
    ("causes", "answered", "counts"),
    [
        ((16,), True, True),
        ((17,), False, True),
        ((19,), False, True),
        ((21,), False, True),
        ((1,), False, False),
        ((28,), False, False),
        ((34, 17), False, True),
        ((), False, False),
    ],
)
def test_what_rang_counts(causes: tuple[int, ...], answered: bool, counts: bool) -> None:
    found = told(RUNG, *causes, answered=answered)
    assert (found is not None) == counts
    if found:
        assert (found.guid, found.dialled, found.route) == (GUID, "9987654321", "world")


@pytest.mark.parametrize(
    "steps",
    [
        [*RUNG, ("NO_TRUNK", "world")],
        [*BEGUN, ("UNLICENSED", "seat")],
        [*RUNG, ("ATTEMPT", f"{GUID}|sales|agent")],
        [*RUNG, ("CALLBACK_TURN", f"{GUID}|sales")],
        [("INTERACTION", f"{GUID}|inbound|5550100|en"), ("OUTBOUND", "world|1002|"), ("TRUNK", "peru|1|2|1")],
        [],
    ],
    ids=["no trunk", "no licence", "a dialer's", "a callback", "forwarded", "internal"],
)
def test_what_was_not_dialled_by_hand_does_not_count(steps: list[tuple[str, str]]) -> None:
    assert told(steps, 17) is None
