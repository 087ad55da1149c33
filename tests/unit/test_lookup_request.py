"""Web lookups: what is asked, what counts as an answer, whom nobody asks; and circles of steps."""

import pytest

from appliance.core.circles import step_circles
from appliance.core.entities.lookups import Lookup
from appliance.core.entities.steps import Announcement, Branch
from appliance.core.lookup_request import Caller, NoAnswer, asked_digits, is_forbidden, make_request, read_answer
from tests.sites import a_site

CALLER = Caller("+51 999&x=1", "5550100", "a-guid", {"customer": "47#11", "card": "4111"})


def a_lookup(url: str, **fields: object) -> Lookup:
    return Lookup.model_validate({"key": "level", "name": "Level", "url": url, **fields})


def test_what_callers_are_cannot_change_where_the_question_goes() -> None:
    lookup = a_lookup("https://crm.example/level/{digits.customer}?caller={caller}&to={did}&id={guid}&x={digits.none}")
    request = make_request(lookup, CALLER)
    assert request.url == "https://crm.example/level/47%2311?caller=%2B51%20999%26x%3D1&to=5550100&id=a-guid&x="
    assert request.body is None
    assert asked_digits(lookup, ["customer", "card"]) == ["customer", "none"]


@pytest.mark.parametrize("caller", [".", ".."])
def test_a_caller_of_dots_is_no_step_of_a_path(caller: str) -> None:
    request = make_request(a_lookup("https://crm.example/callers/{caller}/level"), Caller(caller))
    assert request.url == "https://crm.example/callers//level"


@pytest.mark.parametrize("url", ["https://{caller}/", "https://{did}.crm.example/level", "http://crm.example:{did}"])
def test_the_host_is_no_callers_to_choose(url: str) -> None:
    with pytest.raises(ValueError, match="url"):
        a_lookup(url)


def test_post_sends_all_as_json_and_the_token_is_not_shown() -> None:
    request = make_request(a_lookup("https://crm.example/", method="POST", token="sesame"), CALLER)
    assert request.body == {
        "caller": "+51 999&x=1",
        "did": "5550100",
        "guid": "a-guid",
        "digits": {"customer": "47#11", "card": "4111"},
    }
    assert request.token == "sesame"
    assert "sesame" not in repr(request)


@pytest.mark.parametrize(
    ("text", "path", "answer"),
    [
        ("gold\n", "", "gold"),
        ('{"customer": {"level": "gold"}}', "customer.level", "gold"),
        ('{"level": 3}', "level", "3"),
        ('{"vip": true}', "vip", "true"),
    ],
)
def test_answers(text: str, path: str, answer: str) -> None:
    assert read_answer(text, path) == answer


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("", ""),
        ("<html>", ""),
        ('gold"\nSET VARIABLE X "1', ""),
        ("${SHELL(id)}", ""),
        ("x" * 41, ""),
        ("gold", "level"),
        ("[" * 100_000, "level"),
        ('{"level": null}', "level"),
        ('{"level": ["gold"]}', "level"),
        ('{"level": "gold"}', "level.more"),
        ('{"other": "gold"}', "level"),
    ],
)
def test_rubbish_is_no_answer(text: str, path: str) -> None:
    with pytest.raises(NoAnswer, match="unreadable"):
        read_answer(text, path)


@pytest.mark.parametrize(
    ("address", "forbidden"),
    [
        ("169.254.169.254", True),
        ("::ffff:169.254.169.254", True),
        ("64:ff9b::a9fe:a9fe", True),
        ("fd00:ec2::254", True),
        ("100.100.100.200", True),
        ("fe80::1%eth0", True),
        ("0.0.0.0", True),
        ("::", True),
        ("224.0.0.1", True),
        ("not-an-address", True),
        ("127.0.0.1", False),
        ("192.168.1.20", False),
        ("203.0.113.7", False),
        ("2001:db8::1", False),
        ("64:ff9b::cb00:7107", False),
        ("fd00:ec2::7", False),
    ],
)
def test_whom_nobody_asks(address: str, forbidden: bool) -> None:
    assert is_forbidden(address) is forbidden


def test_steps_that_lead_to_each_other_are_a_circle_once() -> None:
    loop = Announcement(key="loop", name="Loop", prompt="closed", destination="branch:office")
    branch = Branch(key="office", name="O", schedule="office", open_destination="menu:main",
                    closed_destination="announcement:loop")  # fmt: skip
    site = a_site().replaced("announcements", "loop", loop).replaced("branches", "office", branch)
    found = list(step_circles(site))
    assert found == [
        (("branches", "office", "closed_destination"),
         {"circle": "announcement:loop > branch:office > announcement:loop"})
    ]  # fmt: skip
    alone = a_site().replaced(
        "announcements", "x", loop.model_copy(update={"key": "x", "destination": "announcement:x"})
    )
    assert [path for path, _ in step_circles(alone)] == [("announcements", "x", "destination")]
    assert list(step_circles(a_site())) == []
