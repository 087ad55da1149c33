"""Who would carry a number, without Asterisk: order, users, hours, emergencies, formats."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from appliance.core.entities.outbound import OutboundPattern
from appliance.core.number_plan import matches, plan_of
from appliance.core.outbound import (
    INTERNAL,
    NO_NUMBER,
    NO_ROUTE,
    NO_TRUNK,
    NOT_FOR,
    NOT_FOR_OTHERS,
    NOT_LIKE,
    NOT_NOW,
    DryRun,
    Try,
    exact_patterns,
    who_would_carry,
)
from appliance.core.reloading import complaints
from appliance.core.site import Site
from appliance.core.trunk_ends import trunk_ends

AT = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)


def a_route(key: str, pattern: str, *trunks: str, **fields: Any) -> dict[str, Any]:
    lines = [{"trunk": trunk} for trunk in trunks or ("main",)]
    return {"key": key, "name": key, "patterns": [{"pattern": pattern}], "trunks": lines, **fields}


def a_site(*routes: dict[str, Any], country: str = "") -> Site:
    trunks = [
        {"key": "main", "name": "Main", "host": "192.0.2.1", "caller_id": "5550000"},
        {"key": "plus", "name": "Plus", "host": "192.0.2.2", "number_format": "e164_plus"},
        {"key": "deaf", "name": "Only inbound", "match_header": "X-Trunk: deaf"},
    ]
    phones = [{"key": "1001", "name": "Ana", "caller_id": "5550101"}, {"key": "1002", "name": "Luis"}]
    return Site.model_validate(
        {
            "general": {"main": {"country": country}},
            "trunks": {each["key"]: each for each in trunks},
            "extensions": {each["key"]: each for each in phones},
            "ring_groups": {"all": {"key": "all", "name": "All", "number": "600", "members": [{"extension": "1001"}]}},
            "schedules": {"never": {"key": "never", "name": "Never"}},
            "outbound_routes": {each["key"]: each for each in routes},
        }
    )


def asked(site: Site, number: str, extension: str = "1002") -> DryRun:
    return who_would_carry(site, number, extension, AT)


def why(dry: DryRun) -> str:
    return dry.refused.message if dry.refused else ""


def test_the_lowest_position_carries() -> None:
    site = a_site(a_route("second", "0*", position=2), a_route("first", "00*", position=1))
    assert asked(site, "0012").route == "first"
    dry = asked(site, "012")
    assert (dry.route, dry.skipped[0][0], dry.skipped[0][1].message) == ("second", "first", NOT_LIKE)


def test_the_first_pattern_of_a_route_counts_even_where_a_later_one_is_more_exact() -> None:
    route = a_route("one", "0*") | {
        "patterns": [{"pattern": "0*", "strip": 1}, {"pattern": "0012", "prepend": "9"}],
    }
    assert asked(a_site(route), "0012").tries[0].number == "012"


def test_trunks_in_order_without_those_that_place_no_calls() -> None:
    dry = asked(a_site(a_route("one", "9*", "deaf", "plus", "main"), country="PE"), "987654321")
    assert dry.tries == (Try("plus", "+51987654321", ""), Try("main", "987654321", "5550000"))
    assert why(asked(a_site(a_route("one", "9*", "deaf")), "91")) == NO_TRUNK


@pytest.mark.parametrize(
    ("shown", "extension", "caller_id"),
    [("5557777", "1001", "5557777"), ("", "1001", "5550101"), ("", "1002", "5550000"), ("", "", "5550000")],
)
def test_the_route_then_the_extension_then_the_trunk_says_who_calls(shown: str, extension: str, caller_id: str) -> None:
    site = a_site(a_route("one", "9*", caller_id=shown))
    assert asked(site, "91", extension).tries[0].caller_id == caller_id


def test_users_and_hours() -> None:
    site = a_site(a_route("boss", "9*", users=[{"extension": "1001"}]), a_route("late", "8*", schedule="never"))
    assert asked(site, "91", "1001").route == "boss"
    assert asked(site, "91", "1002").skipped[0][1].message == NOT_FOR
    assert asked(site, "91", "").skipped[0][1].message == NOT_FOR_OTHERS
    assert dict(asked(site, "81").skipped)["late"].message == NOT_NOW
    assert why(asked(site, "81")) == NO_ROUTE


def test_an_emergency_comes_first_for_everybody_and_goes_out_as_dialled() -> None:
    emergency = a_route("help", "105", "plus", emergency=True, schedule="never", position=999)
    site = a_site(a_route("any", "X*", position=1), emergency | {"users": [{"extension": "1001"}]}, country="PE")
    assert asked(site, "105").route == "help"
    assert asked(site, "105").tries[0].number == "105"


def test_numbers_of_the_house_need_no_trunk() -> None:
    site = a_site(a_route("any", "X*"))
    assert why(asked(site, "1001")) == why(asked(site, "600")) == INTERNAL
    assert asked(site, "1001", "").route == "any"  # a destination outside is never a phone


@pytest.mark.parametrize("number", ["", "+", "12a", "1" * 21, "*97", "٣٤", "1\n"])
def test_what_is_no_number(number: str) -> None:
    assert why(asked(a_site(a_route("any", "X*")), number)) == NO_NUMBER


@pytest.mark.parametrize(
    ("pattern", "number", "is_like"),
    [("00*", "00", True), ("0X", "05", True), ("NX", "15", False), ("Z", "0", False), ("+51*", "+519", True),
     ("X*", "+5", False), ("9XX", "9123", False), ("9XX*", "9123", True)],
)  # fmt: skip
def test_patterns(pattern: str, number: str, is_like: bool) -> None:
    assert matches(pattern, number) is is_like


@given(st.from_regex(r"\A[0-9]{1,5}\Z"), st.from_regex(r"\A[0-9]{1,20}\Z"))
def test_an_open_pattern_as_exact_ones(body: str, number: str) -> None:
    exact = [matches(pattern, number) for pattern in exact_patterns(f"{body}*")]
    assert any(exact) == matches(f"{body}*", number)


@pytest.mark.parametrize(
    ("strip", "prepend", "is_good"), [(3, "", False), (3, "9", True), (4, "9", False), (2, "", True)]
)
def test_something_must_be_left_to_dial(strip: int, prepend: str, is_good: bool) -> None:
    values = {"pattern": "9XX", "strip": strip, "prepend": prepend}
    if is_good:
        assert OutboundPattern.model_validate(values)
    else:
        with pytest.raises(ValidationError, match="takes away more"):
            OutboundPattern.model_validate(values)


@pytest.mark.parametrize(
    ("country", "dialled", "plus", "national"),
    [
        ("PE", "987654321", "+51987654321", "987654321"),
        ("PE", "014567890", "+5114567890", "014567890"),
        ("PE", "51987654321", "+51987654321", "987654321"),
        ("PE", "0014155552671", "+14155552671", "0014155552671"),
        ("PE", "105", "105", "105"),
        ("US", "2025550123", "+12025550123", "2025550123"),
        ("US", "12025550123", "+12025550123", "2025550123"),
        ("US", "011442079460018", "+442079460018", "011442079460018"),
        ("GB", "02079460018", "+442079460018", "02079460018"),
        ("HU", "06301234567", "+36301234567", "06301234567"),
        ("IT", "0612345678", "+390612345678", "0612345678"),
        ("", "+51987654321", "+51987654321", "+51987654321"),
        ("", "987654321", "987654321", "987654321"),
    ],
)
def test_number_formats(country: str, dialled: str, plus: str, national: str) -> None:
    plan = plan_of(country)
    assert plan.formatted(dialled, "e164_plus") == plus
    assert plan.formatted(dialled, "e164") == plus.removeprefix("+")
    assert plan.formatted(dialled, "national") == national
    assert plan.formatted(dialled, "as_dialled") == dialled


def test_each_host_of_a_trunk_is_an_endpoint() -> None:
    values = {"host": "a.example", "more_hosts": [{"host": "b.example", "port": 5080}]}
    site = a_site().model_dump() | {"trunks": {"x-2": {"key": "x-2", "name": "X", **values}}}
    ends = trunk_ends(Site.model_validate(site).trunks["x-2"])
    assert [(end.name, end.host, end.port) for end in ends] == [
        ("trunk-x-2", "a.example", 5060),
        ("trunk-x-2_2", "b.example", 5080),
    ]


def test_a_far_end_that_is_down_is_no_fault_of_the_files() -> None:
    stamp = "[2026-11-22 01:35:28.249] WARNING[12547] "
    lines = [
        "res_pjsip_outbound_registration.c: No response received from 'sip:x' on registration attempt to 'sip:y'",
        "res_pjsip.c: Endpoint 'trunk-x': Could not create dialog to invalid URI 'trunk-x'.",
        "res_pjsip.c: Error 120032 'Broken pipe' sending OPTIONS request to endpoint trunk-x",
        "res_pjsip_outbound_registration.c: No client URI specified on outbound registration 'trunk-x'",
    ]
    found = complaints("\n".join(stamp + line for line in lines))
    assert found == ["No client URI specified on outbound registration 'trunk-x'"]
