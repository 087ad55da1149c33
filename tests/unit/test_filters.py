"""The filters between the site and Asterisk's files: what they refuse, and that nothing slips through."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from appliance.core.entities.callers import BlockedNumber
from appliance.core.filters import UnsafeValue, arg, blocked, conf, go, host, name, number, title, uri_user
from tests.site_strategy import lines

HOSTILE = [
    "x\nexten => _X.,1,System(reboot)",
    "x\r\n[globals]",
    "${SHELL(reboot)}",
    "$[1 + 1]",
    "Sales ; rest of the line",
    "[general]",
    "#include /etc/passwd",
    "#exec reboot",
    "a\x00b",
    "a\tb",
    "\x7f",
]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("filter_", [conf, name, number, arg, title, uri_user, host, go])
def test_what_could_become_configuration_is_refused_by_every_filter(text: str, filter_) -> None:
    with pytest.raises(UnsafeValue) as refused:
        filter_(text)
    assert repr(text) in str(refused.value)


def test_nothing_is_not_a_value() -> None:
    with pytest.raises(UnsafeValue):
        conf(None)


@pytest.mark.parametrize("text", ["a,b", "a)b", "(a", "a|b", "a&b", 'a"b', "a\\b"])
def test_an_argument_cannot_end_its_application(text: str) -> None:
    with pytest.raises(UnsafeValue):
        arg(text)


@pytest.mark.parametrize("text", ["", "A", "a b", "a--b", "-a", "a-", "a_b", "a]", "a\n", "ñ", "s,1"])
def test_a_name_is_made_of_allowed_characters(text: str) -> None:
    with pytest.raises(UnsafeValue):
        name(text)


@pytest.mark.parametrize("text", ["", "+", "_1001", "1001n", "10 01", "1+1", "N", "12.", "1001\n", "１００１"])
def test_a_number_is_never_a_pattern(text: str) -> None:
    with pytest.raises(UnsafeValue):
        number(text)


@pytest.mark.parametrize("text", ["shell:reboot", "queue:", "queue:a,1", "queue", "back", ""])
def test_a_destination_is_one_of_ours(text: str) -> None:
    with pytest.raises(UnsafeValue):
        go(text)


@pytest.mark.parametrize(
    ("destination", "application"),
    [
        ("hangup", "Hangup(16)"),
        ("queue:sales", "Goto(queue-sales,s,1)"),
        ("menu:main", "Goto(menu-main,s,1)"),
        ("campaign:offers", "Goto(campaign-offers,s,1)"),
        ("prompt:closed", "Goto(prompt-closed,s,1)"),
        ("extension:1001", "Goto(extensions,1001,1)"),
        ("voicemail:1001", "Goto(voicemail,1001,1)"),
    ],
)
def test_where_destinations_lead(destination: str, application: str) -> None:
    assert go(destination) == application


@pytest.mark.parametrize(("key", "pattern"), [("+5550*", "_5550!"), ("5550*", "_5550!"), ("+5550", "5550")])
def test_blocked_numbers_are_matched_by_digits(key: str, pattern: str) -> None:
    assert blocked(BlockedNumber(key=key)) == pattern


def test_titles_lose_what_has_a_meaning_for_asterisk() -> None:
    assert title('Ana "la jefa" <x>, a|b\\') == "Ana la jefa x a b"
    assert title("José Ñandú") == "José Ñandú"


def test_hosts_and_users_in_sip_addresses() -> None:
    assert host("2001:db8::1") == "[2001:db8::1]"
    assert host("sip.example.net") == "sip.example.net"
    assert uri_user("ana@home:x") == "ana%40home%3Ax"


@given(text=st.text())
@example(text="|#")
def test_what_passes_stays_within_its_line_and_its_value(text: str) -> None:
    for filter_ in (conf, arg, title, uri_user):
        try:
            written = filter_(text)
        except UnsafeValue:
            continue
        assert not set(written) & set("\n\r\0;")
        assert "${" not in written
        assert "$[" not in written
        assert not written.startswith(("[", "#"))


@given(text=lines(200))
def test_every_line_that_an_entity_accepts_can_be_written(text: str) -> None:
    assert conf(text) == text
    title(text)
    uri_user(text)
