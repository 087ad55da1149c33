"""The rules of agents at work: who may log in where and with which number, pauses, guesses."""

import datetime as dt

import pytest

from appliance.core.agents import (
    agent_by_number,
    allowed_reasons,
    left_s,
    may_sit_at,
    needs_approval,
    phone_pause,
)
from appliance.core.entities.people import Agent
from appliance.core.entities.work import PauseReason
from appliance.core.guesses import LOCK, MOST_WRONG, Guesses
from appliance.core.phones import extension_of
from appliance.core.problems import check_site
from appliance.core.site import Site
from tests.sites import a_site

NOON = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)


def with_numbers(**numbers: str) -> Site:
    site = a_site()
    for key, number in numbers.items():
        site = site.replaced("agents", key, Agent.model_validate(site.agents[key].model_dump() | {"number": number}))
    return site


def test_a_browser_phone_is_at_its_extension() -> None:
    assert (extension_of("1001-web"), extension_of("1001")) == ("1001", "1001")
    assert may_sit_at(a_site(), "1001-web")
    assert not may_sit_at(a_site(), "9999")


def test_an_agent_is_found_by_the_own_number_else_by_the_extension() -> None:
    site = with_numbers(ana="77")
    found = {
        number: agent.key if (agent := agent_by_number(site, number)) else None for number in ("77", "1001", "1002")
    }
    assert found == {"77": "ana", "1001": None, "1002": "luis"}


def test_no_two_agents_log_in_with_the_same_number() -> None:
    assert check_site(with_numbers(ana="77", luis="78")) == []
    twice = check_site(with_numbers(ana="77", luis="77"))
    assert {problem.path for problem in twice} == {("agents", "ana", "number"), ("agents", "luis", "number")}
    assert [problem.path[1] for problem in check_site(with_numbers(ana="1002"))] == ["ana", "luis"]


@pytest.mark.parametrize("key", ["wrapup", "missed"])
def test_what_the_appliance_pauses_for_is_no_reason_of_people(key: str) -> None:
    site = a_site().replaced("pause_reasons", key, PauseReason(key=key, name="Mine"))
    assert [problem.path for problem in check_site(site)] == [("pause_reasons", key, "key")]


def test_reasons_are_those_of_the_site_and_the_usual() -> None:
    training = PauseReason(key="a-training", name="Training", needs_approval=True)
    site = a_site().replaced("pause_reasons", "a-training", training)
    assert {"a-training", "lunch", "other", "break"} <= allowed_reasons(site)
    assert needs_approval(site, "a-training")
    assert not needs_approval(site, "other")
    assert phone_pause(site) == "lunch"
    assert phone_pause(Site()) == "break"


def test_what_is_left_of_an_allowance() -> None:
    reasons = {
        "lunch": PauseReason(key="lunch", name="L", allowance_min=30),
        "break": PauseReason(key="break", name="B"),
    }

    def at(minute: int) -> dt.datetime:
        return NOON + dt.timedelta(minutes=minute)

    pauses = [
        ("lunch", at(-5), at(10)),
        ("lunch", at(20), at(45)),
        ("break", at(50), at(60)),
        ("lunch", at(-9), at(-7)),
    ]
    assert left_s(reasons, pauses, NOON) == {"lunch": -5 * 60}
    assert left_s(reasons, [], NOON) == {"lunch": 30 * 60}


def test_a_lock_is_over_after_its_time_and_success_forgives() -> None:
    guesses, at = Guesses(), NOON
    for _ in range(MOST_WRONG):
        assert not guesses.is_locked(("number 1",), at)
        guesses.count(("number 1", "phone 1"), at)
    assert guesses.is_locked(("number 1", "phone 2"), at)
    assert guesses.is_locked(("number 2", "phone 1"), at + LOCK / 2)
    assert not guesses.is_locked(("number 1", "phone 1"), at + LOCK)
    guesses.count(("number 1",), at)
    guesses.forgive("number 1")
    assert not guesses._wrong


def test_a_right_try_takes_nothing_back_but_itself() -> None:
    guesses = Guesses()
    for _ in range(3):
        guesses.count(("phone 1",), NOON)
    guesses.take_back("phone 1")
    assert guesses._wrong == {"phone 1": (2, NOON)}
    for _ in range(3):
        guesses.take_back("phone 1")
    assert not guesses._wrong
