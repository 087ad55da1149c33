"""Which modules are reloaded for which file, and which log lines count against it."""

import difflib
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.core.reloading import complaints, difference, only_at_start, owners_of


def test_only_owners_are_reloaded_and_the_dialplan_last() -> None:
    assert owners_of(["queues.conf"]) == ["app_queue.so"]
    assert owners_of(["extensions.conf", "voicemail.conf"]) == ["app_voicemail.so", "pbx_config.so"]
    assert owners_of(["modules.conf"]) == []
    assert only_at_start(["modules.conf", "queues.conf"]) == ["modules.conf"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (
            "[2026-11-21 21:00:00.123] WARNING[12] pbx_config.c: No closing parenthesis",
            ["No closing parenthesis"],
        ),
        (
            "[2026-11-21 21:00:00.123] ERROR[12] res_pjsip/pjsip_configuration.c: Unknown codec",
            ["Unknown codec"],
        ),
        # A call in progress complains for reasons of its own.
        ("[2026-11-21 21:00:00.123] WARNING[12][C-0000001a] pbx.c: No application", []),
        ("[2026-11-21 21:00:00.123] WARNING[12] res_rtp.c: odd packet", []),
        ("[2026-11-21 21:00:00.123] NOTICE[12] pbx_config.c: all is well", []),
        ("rubbish", []),
    ],
)
def test_complaints(line: str, words: list[str]) -> None:
    assert complaints(line) == words


def test_the_difference_covers_passwords_and_pins() -> None:
    before = {
        "pjsip.conf": "[1001]\npassword=hunter2\ncontext=a\n",
        "voicemail.conf": "[default]\n1001 => 4711,Ana,,,\n",
    }
    after = {
        "pjsip.conf": "[1001]\npassword=other\ncontext=b\n",
        "voicemail.conf": "[default]\n1001 => 4712,Ana B,,,\n",
    }
    text = difference(before, after)
    assert "-context=a" in text
    assert "+context=b" in text
    assert "+1001 => ****,Ana B,,," in text
    assert not any(secret in text for secret in ("hunter2", "other", "4711", "4712"))


def test_a_change_of_a_password_alone_is_told_without_it() -> None:
    text = difference({"pjsip.conf": "password=hunter2"}, {"pjsip.conf": "password=other"})
    assert "pjsip.conf" in text
    assert "hunter2" not in text


texts = st.lists(st.sampled_from(["[a]", "strategy=random", "timeout=20", ""]), max_size=12).map("\n".join)


@given(texts, texts, texts, texts)
def test_a_change_amid_a_file_is_told_with_the_numbers_of_its_lines(
    before: str, old: str, new: str, after: str
) -> None:
    head, tail = [f"; {n}" for n in range(9)], [f"; {n}" for n in range(20, 29)]
    first, second = ([*head, before, text, after, *tail] for text in (old, new))
    told = difference({"queues.conf": "\n".join(first)}, {"queues.conf": "\n".join(second)}).splitlines()
    places = [index for index, line in enumerate(told) if line.startswith("@@ ")]
    lines = "\n".join(first).splitlines()
    for place, end in reversed(list(pairwise([*places, len(told)]))):
        start, length = (int(each) for each in told[place].split()[1].removeprefix("-").split(","))
        assert [line[1:] for line in told[place + 1 : end] if line[0] in " -"] == lines[start - 1 : start - 1 + length]
        lines[start - 1 : start - 1 + length] = [line[1:] for line in told[place + 1 : end] if line[0] in " +"]
    assert lines == "\n".join(second).splitlines()


def test_one_change_in_a_large_file_is_told_as_difflib_tells_it() -> None:
    old = [f"line={n}" for n in range(30_000)]
    new = [*old[:20_000], "line=other", *old[20_002:]]
    told = difference({"extensions.conf": "\n".join(old)}, {"extensions.conf": "\n".join(new)})
    plain = difflib.unified_diff(old, new, "extensions.conf", "extensions.conf", lineterm="", n=2)
    assert told == "\n".join(plain)
