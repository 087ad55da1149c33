"""Which modules are reloaded for which file, and which log lines count against it."""

import pytest

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
