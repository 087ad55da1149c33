"""The phones of an extension: whose an endpoint is, who has one in the browser, and what it signs in with."""

import pytest

from appliance.core.entities.people import Agent, Extension
from appliance.core.journal.call import party_of
from appliance.core.phones import browser_password, browser_phone, extension_of, with_browser_phone
from appliance.core.site import Site


def an_extension(key: str, secret: str) -> Extension:
    return Extension(key=key, name="Ana", secret=secret)


@pytest.mark.parametrize(
    ("device", "extension"),
    [
        ("1001", "1001"),
        ("1001-web", "1001"),
        (browser_phone("42"), "42"),
        ("trunk-web", "trunk-web"),
        ("web", "web"),
        ("", ""),
    ],
)
def test_an_endpoint_is_a_phone_of_its_extension(device: str, extension: str) -> None:
    assert extension_of(device) == extension


def test_the_journal_knows_one_party_at_both_phones() -> None:
    names = ("PJSIP/1001-0000002a", "PJSIP/1001-web-0000002b", "PJSIP/trunk-main-0000002c")
    assert [party_of(name) for name in names] == ["1001", "1001", "trunk-main"]


def test_agents_whose_extension_has_a_password_have_one_in_the_browser() -> None:
    secrets = {"11": "abcd567890", "12": "abcd567890", "13": ""}
    extensions = {key: an_extension(key, secret) for key, secret in secrets.items()}
    agents = {key: Agent(key=key, name=key, extension=number) for key, number in (("ana", "11"), ("eva", "13"))}
    assert list(with_browser_phone(Site.model_construct(extensions=extensions, agents=agents))) == ["11"]


def test_a_new_sip_password_makes_a_new_one_of_the_browser_too() -> None:
    old, new, other = (
        an_extension(*each) for each in (("1001", "abcd567890"), ("1001", "abcd567891"), ("1002", "abcd567890"))
    )
    assert len({browser_password("node", each) for each in (old, new, other)} | {browser_password("other", old)}) == 4
    assert browser_password("node", old) == browser_password("node", old)
