"""The fold over CEL: restarts at any line, mixed calls, lines that are broken, calls that never end."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.core.journal.cel import CelFold, CelReading, CelState, OpenLine
from appliance.core.journal.facts import CallFacts
from tests.unit.journal.samples import CEL_SAMPLES, cel_lines

# A restart ends other calls, so order matters there; all but these are of one Asterisk, which numbers its channels.
CALM = [name for name in CEL_SAMPLES if name not in ("crash", "held", "taken_over")]


class Stored:
    """A database in small: what one batch leaves for the next reader."""

    def __init__(self) -> None:
        self.state = CelState()
        self.open: dict[int, OpenLine] = {}
        self.calls: dict[str, CallFacts] = {}

    def read(self, lines: list[str]) -> CelReading:
        """As a new process: nothing is known but what is stored."""
        fold = CelFold("local", self.state, [self.open[seq] for seq in sorted(self.open)])
        reading = fold.read(lines)
        self.open = {seq: line for seq, line in self.open.items() if line.call not in reading.closed}
        self.open |= {line.seq: line for line in reading.opened}
        for call in reading.finished:
            assert call.interaction.guid not in self.calls, "a call was finished twice"
            self.calls[call.interaction.guid] = call
        self.state = fold.state
        return reading


def in_one_go(lines: list[str]) -> dict[str, CallFacts]:
    return {call.interaction.guid: call for call in CelFold("local").read(lines).finished}


def start(unique_id: str) -> str:
    at = unique_id.partition(".")[0] + ".000000"
    return f'"CHAN_START","{at}","600","","5001","inbound","PJSIP/pstn-1","","","{unique_id}","{unique_id}","",""'


@pytest.mark.parametrize("name", CEL_SAMPLES)
def test_a_restart_after_any_line_changes_nothing(name: str) -> None:
    lines = cel_lines(name)
    expected = in_one_go(lines)
    for cut in range(len(lines) + 1):
        stored = Stored()
        stored.read(lines[:cut])
        stored.read(lines[cut:])
        assert stored.calls == expected
        assert not stored.open


@pytest.mark.parametrize("name", CEL_SAMPLES)
def test_a_restart_after_every_line_changes_nothing(name: str) -> None:
    stored = Stored()
    for line in cel_lines(name):
        stored.read([line])
    assert stored.calls == in_one_go(cel_lines(name))
    assert not stored.open


@settings(max_examples=20, deadline=None)
@given(st.data())
def test_calls_at_the_same_time_do_not_touch_each_other(data: st.DataObject) -> None:
    names = data.draw(st.lists(st.sampled_from(CALM), min_size=2, max_size=4, unique=True))
    left = {name: cel_lines(name) for name in names}
    expected = {guid: call for name in names for guid, call in in_one_go(left[name]).items()}
    stored = Stored()
    while left:
        name = data.draw(st.sampled_from(sorted(left)))
        count = data.draw(st.integers(1, 12))
        stored.read(left[name][:count])
        left[name] = left[name][count:]
        if not left[name]:
            del left[name]
    assert stored.calls == expected
    assert not stored.open


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(CEL_SAMPLES), st.data())
def test_a_lost_line_never_stops_the_reader(name: str, data: st.DataObject) -> None:
    lines = cel_lines(name)
    gone = data.draw(st.sets(st.integers(0, len(lines) - 1), max_size=4))
    CelFold("local").read([line for n, line in enumerate(lines) if n not in gone])


@given(st.text(max_size=200))
def test_no_text_stops_the_reader(text: str) -> None:
    reading = CelFold("local").read([text])
    assert not reading.finished


@pytest.mark.parametrize(
    "broken",
    ["", '"CHAN_START","17952', "\0" * 40, "a,b,c", '"CHAN_START","now","","","","","","","","1.1","1.1","",""'],
    ids=["empty", "cut", "holes", "short", "no time"],
)
def test_a_broken_line_is_reported_and_passed_over(broken: str) -> None:
    lines = cel_lines("answered")
    reading = CelFold("local").read([*lines[:9], broken, *lines[9:]])
    assert [line.text for line in reading.malformed] == [broken]
    assert {call.interaction.guid: call for call in reading.finished} == in_one_go(lines)


def test_an_event_that_follows_half_a_line_is_saved() -> None:
    lines = cel_lines("answered")
    half = '"HANGUP","1795297540.1'
    reading = CelFold("local").read([half + lines[0], *lines[1:]])
    assert len(reading.malformed) == 1
    assert {call.interaction.guid: call for call in reading.finished} == in_one_go(lines)


# What Asterisk writes for callers whose numbers are `1%0a...%0a`: every quote of theirs is doubled.
BREAKS = [
    "12\r\nEvil: yes\r\n",
    "\n\n",
    '1\n""CHAN_END"",""1795297540.1"",""x',
    "1\nUSER_DEFINED,1795301667.5,6,n,e,c,n,a,d,9.1,9.1,INTERACTION,\n",
    "1\nLINKEDID_END,1795297540.5,6,n,e,c,n,a,d,1.1,1.1,,\n",
]


@pytest.mark.parametrize("number", BREAKS)
def test_a_number_with_line_breaks_neither_hides_a_call_nor_makes_one_up(number: str) -> None:
    """Found by attack: a SIP address may hold any character as %0a."""
    lines = cel_lines("answered")
    caller = lines[0].split(",")[2]
    broken = "\n".join([lines[0].replace(caller, f'"{number}"', 1), *lines[1:]]).split("\n")
    expected = {guid: story(call) for guid, call in in_one_go(lines).items()}
    assert {guid: story(call) for guid, call in in_one_go(broken).items()} == expected
    for cut in range(len(broken) + 1):
        stored = Stored()
        assert not stored.read(broken[:cut]).malformed
        assert not stored.read(broken[cut:]).malformed
        assert {guid: story(call) for guid, call in stored.calls.items()} == expected
        assert not stored.open


def story(call: CallFacts) -> tuple[str, ...]:
    assert call.interaction.caller.isprintable()
    return (call.interaction.outcome, call.interaction.did, *(step.kind for step in call.steps))


def test_lines_that_were_not_written_as_events_are_none() -> None:
    forged = "USER_DEFINED,1795301667.5,6,n,e,c,n,a,d,9.1,9.1,INTERACTION,"
    far = '"CHAN_START","99999999999999.5","","","","","","","","1.1","1.1","",""'
    assert len(CelFold("local").read([forged, far]).malformed) == 2


def test_a_call_that_began_before_the_journal_is_nobodys() -> None:
    assert CelFold("local").read(cel_lines("answered")[5:]).finished == []


def test_a_smaller_counter_with_a_later_epoch_is_a_new_asterisk() -> None:
    fold = CelFold("local")
    fold.read([start("1000.7"), start("1100.8")])
    assert not fold.read([start("1100.6"), start("1101.5")]).finished  # threads take number and time out of order
    assert len(fold.read([start("1103.0")]).finished) == 3  # what began in the same second as the newest may be new
    assert set(fold.open_calls()) == {"1101.5", "1103.0"}


def test_an_asterisk_that_had_one_channel_only_is_told_from_its_successor() -> None:
    fold = CelFold("local")
    fold.read([start("1000.0")])
    assert len(fold.read([start("1005.0")]).finished) == 1


def test_a_clock_set_back_is_no_restart() -> None:
    fold = CelFold("local")
    assert not fold.read([start("1000.7"), start("900.8"), start("905.9")]).finished


def test_a_call_that_asterisk_forgot_is_given_up_once() -> None:
    lines = cel_lines("answered")
    fold = CelFold("local")
    fold.read(lines[:12])
    [call] = fold.give_up(["1795297545.0"]).finished
    assert call.interaction.outcome == "interrupted"
    assert not fold.give_up(["1795297545.0"]).finished
    assert not fold.read(lines[12:]).finished  # what comes late changes nothing


def test_an_internal_call_has_the_same_guid_on_every_reading_and_another_on_every_node() -> None:
    [first], [second] = (CelFold("local").read(cel_lines("internal")).finished for _ in range(2))
    [elsewhere] = CelFold("north").read(cel_lines("internal")).finished
    assert first == second
    assert first.interaction.guid != elsewhere.interaction.guid
    assert first.interaction.direction == "internal"
