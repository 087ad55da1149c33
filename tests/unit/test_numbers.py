"""Internal numbers lead to one place each, and what phones dial never becomes dialplan."""

import pytest

from appliance.core.filters import UnsafeValue, code, go, spelled
from appliance.core.numbers import next_number
from appliance.core.problems import check_site
from appliance.core.site import Site
from tests.sites import a_site


def with_group(number: str) -> Site:
    group = {"key": "desk", "name": "Desk", "number": number, "members": [{"extension": "1001"}]}
    room = {"key": "board", "name": "Board", "number": "1300"}
    return Site.model_validate({**dict(a_site()), "ring_groups": {"desk": group}, "conferences": {"board": room}})


@pytest.mark.parametrize(
    ("number", "other"), [("1002", ("extensions", "1002", "key")), ("1300", ("conferences", "board", "number"))]
)
def test_a_number_that_is_used_twice_is_refused_at_both_places(number: str, other: tuple[str, ...]) -> None:
    problems = {problem.path: problem.text() for problem in check_site(with_group(number))}
    assert problems.keys() == {("ring_groups", "desk", "number"), other}
    assert problems["ring_groups", "desk", "number"] == (
        f"internal number {number} leads to {other[0]}.{other[1]} already"
    )


@pytest.mark.parametrize("number", ["", "1200"])
def test_a_number_of_its_own_is_fine(number: str) -> None:
    assert check_site(with_group(number)) == []


def test_the_next_free_number_is_after_the_first_phone() -> None:
    assert next_number(a_site()) == "1003"
    assert next_number(with_group("1003")) == "1004"
    assert next_number(Site()) == "1001"


@pytest.mark.parametrize(
    ("name", "letters"), [("Ana López", "Ana Lopez"), ("Zoë O'Neil-Núñez", "Zoe O Neil Nunez"), ("李", "")]
)
def test_a_name_is_spelled_in_letters_of_a_telephone(name: str, letters: str) -> None:
    assert spelled(name) == letters


@pytest.mark.parametrize("value", ["97", "*", "*97,1,System(x)", "*X.", "_*9", "*12345", ""])
def test_only_a_code_becomes_an_extension(value: str) -> None:
    with pytest.raises(UnsafeValue):
        code(value)


def test_where_groups_rooms_and_the_directory_are() -> None:
    assert [go(each) for each in ("group:desk", "conference:board", "directory")] == [
        "Goto(group-desk,s,1)",
        "Goto(conference-board,s,1)",
        "Goto(directory,s,1)",
    ]
