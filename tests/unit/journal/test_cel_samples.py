"""What real journals tell: one table of calls, and the times of one call to the microsecond."""

import datetime as dt

import pytest

from appliance.core.journal.cel import CelFold
from appliance.core.journal.facts import OUTCOMES, SEGMENT_KINDS, CallFacts
from appliance.core.story import sentence
from tests.unit.journal.samples import CEL_SAMPLES, cel_lines

_RINGING = ("CHAN_START", "USER_DEFINED", "HANGUP", "CHAN_END")


def calls_in(name: str) -> list[CallFacts]:
    fold = CelFold("local")
    reading = fold.read(cel_lines(name))
    assert not reading.malformed
    assert not fold.open_calls()
    return reading.finished


def told(call: CallFacts) -> list[tuple[str, ...]]:
    return [(part.kind, part.queue, part.agent or part.party, part.result) for part in call.segments]


# outcome, detail, queue, agent, who hung up; the segments
EXPECTED = {
    "answered": (
        ("answered", "", "sales", "ana", "agent"),
        [
            ("ivr", "", "", ""),
            ("waiting", "sales", "", "answered"),
            ("ringing", "sales", "ana", "answered"),
            ("talking", "sales", "ana", ""),
        ],
    ),
    "abandoned": (("abandoned", "", "sales", "", "caller"), [("waiting", "sales", "", "abandoned")]),
    "abandoned_ringing": (
        ("abandoned", "", "sales", "", "caller"),
        [("waiting", "sales", "", "abandoned"), ("ringing", "sales", "ana", "cancelled")],
    ),
    "rna_then_answer": (
        ("answered", "", "sales", "ben", "caller"),
        [
            ("waiting", "sales", "", "answered"),
            ("ringing", "sales", "ana", "missed"),
            ("ringing", "sales", "ben", "answered"),
            ("talking", "sales", "ben", ""),
        ],
    ),
    "rejected_then_answer": (
        ("answered", "", "sales", "ana", "agent"),
        [
            ("waiting", "sales", "", "answered"),
            ("ringing", "sales", "ana", "busy"),
            ("ringing", "sales", "ana", "answered"),
            ("talking", "sales", "ana", ""),
        ],
    ),
    "ringall": (
        ("answered", "", "all", "ben", "agent"),
        [
            ("waiting", "all", "", "answered"),
            ("ringing", "all", "ben", "answered"),
            ("ringing", "all", "ana", "cancelled"),
            ("talking", "all", "ben", ""),
        ],
    ),
    "timeout_voicemail": (
        ("voicemail", "voicemail:1001", "sales", "", "caller"),
        [
            ("waiting", "sales", "", "timeout"),
            ("ringing", "sales", "ana", "missed"),
            ("ringing", "sales", "ana", "missed"),
            ("voicemail", "", "", "success"),
        ],
    ),
    "blind": (
        ("answered", "", "sales", "ana", "agent"),
        [
            ("waiting", "sales", "", "answered"),
            ("ringing", "sales", "ana", "answered"),
            ("talking", "sales", "ana", ""),
            ("ringing", "", "ben", "answered"),
            ("talking", "", "ben", ""),
        ],
    ),
    "attended": (
        ("answered", "", "sales", "ana", "agent"),
        [
            ("waiting", "sales", "", "answered"),
            ("ringing", "sales", "ana", "answered"),
            ("talking", "sales", "ana", ""),
            ("ringing", "", "ben", "answered"),
            ("consult", "", "ana", ""),
            ("talking", "", "ben", ""),
        ],
    ),
    "held": (
        ("answered", "", "sales", "ana", "agent"),
        [
            ("waiting", "sales", "", "answered"),
            ("ringing", "sales", "ana", "answered"),
            ("talking", "sales", "ana", ""),
            ("hold", "sales", "ana", ""),
            ("talking", "sales", "ana", ""),
        ],
    ),
    "taken_over": (
        ("answered", "", "sales", "ana", "agent"),
        [
            ("waiting", "sales", "", "answered"),
            ("ringing", "sales", "ana", "answered"),
            ("talking", "sales", "ana", ""),
            ("talking", "", "sara", ""),
            ("hold", "", "sara", ""),
            ("talking", "", "sara", ""),
        ],
    ),
    "join_empty": (
        ("no_agents", "prompt:nobody", "empty", "", "system"),
        [("waiting", "empty", "", "joinempty"), ("ivr", "", "", "")],
    ),
    "closed": (("closed", "closed", "", "", "system"), [("ivr", "", "", "")]),
    "blacklisted": (("blacklisted", "555*", "", "", "system"), []),
    "internal": (
        ("answered", "", "", "ben", "caller"),
        [("ringing", "", "ben", "answered"), ("talking", "", "ben", "")],
    ),
    "internal_no_answer": (("no_answer", "", "", "", "system"), [("ringing", "", "ben", "missed")]),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_a_real_call(name: str) -> None:
    [call] = calls_in(name)
    found = call.interaction
    summary, segments = EXPECTED[name]
    assert (found.outcome, found.detail, found.queue, found.agent, found.hangup_by) == summary
    assert told(call) == segments


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(f"2026-11-21T21:45:{text}+00:00")


def test_the_times_are_the_journals() -> None:
    [call] = calls_in("answered")
    found = call.interaction
    assert (found.guid, found.linked_id) == ("daf5870b-3990-4d6e-85fb-98bbe544fb75", "1795297545.0")
    assert (found.direction, found.caller, found.did, found.language) == ("inbound", "34600111222", "5001", "es")
    assert (found.campaign, found.recording) == ("support", "2026/11/21/daf5870b-3990-4d6e-85fb-98bbe544fb75.wav")
    assert (found.entered_at, found.answered_at, found.ended_at) == (at("45.224274"), at("46.620679"), at("48.622675"))
    assert found.wait_s == pytest.approx(0.707062)
    assert found.talk_s == pytest.approx(2.000827)
    assert found.hangup_cause == 16
    assert [(part.began_at, part.ended_at) for part in call.segments] == [
        (at("45.224274"), at("45.913617")),
        (at("45.913617"), at("46.620679")),
        (at("45.914473"), at("46.619914")),
        (at("46.620679"), at("48.621506")),
    ]


def test_the_story_is_told_step_by_step() -> None:
    [call] = calls_in("answered")
    assert [(step.kind, step.detail) for step in call.steps] == [
        ("interaction", "daf5870b-3990-4d6e-85fb-98bbe544fb75|inbound|5001|es"),
        ("campaign", "support"),
        ("schedule", "office|open"),
        ("menu", "main|1"),
        ("key", "main|1|queue:sales"),
        ("recording", "2026/11/21/daf5870b-3990-4d6e-85fb-98bbe544fb75.wav"),
        ("queue_join", "sales"),
        ("agent_ring", "ana|sales"),
        ("answer", "ana|1001"),
        ("hangup", "agent|16"),
    ]


def test_two_customers_put_through_to_each_other_stay_two_interactions() -> None:
    first, second = sorted(calls_in("attended_two_customers"), key=lambda call: call.interaction.entered_at)
    assert (first.interaction.queue, second.interaction.queue) == ("sales", "all")
    assert [step.detail for step in first.steps if step.kind == "transfer"] == ["attended|ana|pstn"]
    assert (second.interaction.hangup_by, second.interaction.ended_at.microsecond) == ("caller", 695293)
    assert told(second)[-1] == ("talking", "all", "ana", "")


@pytest.mark.parametrize(
    ("name", "cause", "result"), [("internal", 26, "answered"), ("internal_no_answer", 0, "missed")]
)
def test_two_phones_of_an_extension_that_ring_at_once_are_one_ring(name: str, cause: int, result: str) -> None:
    """The lines of the phone, again as those of the browser, which does not answer."""
    lines = cel_lines(name)
    first = next(n for n, line in enumerate(lines) if line.startswith('"CHAN_START"') and "PJSIP/1002-" in line)
    phone = lines[first].split(",")[9].strip('"')
    own = [line for line in lines if f'"{phone}"' in line and line.split(",")[0].strip('"') in _RINGING]
    other = [line.replace(phone, f"{phone}9").replace("PJSIP/1002-", "PJSIP/1002-web-") for line in own]
    other = [line.replace('""hangupcause"":16', f'""hangupcause"":{cause}') for line in other]
    fold = CelFold("local")
    alone = [part for part in calls_in(name)[0].segments if part.kind == "ringing"]
    reading = fold.read([*lines[: first + 1], *other[:2], *lines[first + 1 : -1], *other[2:], lines[-1]])
    [call] = reading.finished
    rings = [part for part in call.segments if part.kind == "ringing"]
    assert [(part.agent, part.party, part.result) for part in rings] == [("ben", "1002", result)]
    assert (rings[0].began_at, rings[0].ended_at) == (alone[0].began_at, alone[0].ended_at)


def test_calls_that_a_crash_cut_off_are_closed_when_the_new_asterisk_takes_one() -> None:
    talked, in_menu, later = calls_in("crash")
    assert (talked.interaction.outcome, talked.interaction.detail) == ("answered", "interrupted")
    assert in_menu.interaction.outcome == "interrupted"
    assert talked.interaction.ended_at == in_menu.interaction.ended_at  # the journal's last sign of life
    assert (later.interaction.outcome, later.interaction.detail) == ("answered", "")


@pytest.mark.parametrize("name", CEL_SAMPLES)
def test_every_word_has_a_label_and_no_time_runs_backwards(name: str) -> None:
    for call in calls_in(name):
        found = call.interaction
        assert found.outcome in OUTCOMES
        assert found.entered_at <= (found.answered_at or found.ended_at) <= found.ended_at
        assert {part.kind for part in call.segments} <= set(SEGMENT_KINDS)
        assert all(sentence(step.kind, step.detail)[0] != step.kind for step in call.steps)
        assert all(found.entered_at <= part.began_at <= part.ended_at <= found.ended_at for part in call.segments)
        assert [step.position for step in call.steps] == list(range(len(call.steps)))
