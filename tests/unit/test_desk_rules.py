"""The rules of agents' work: forms, patterns, scripts, addresses that open with a call, whose call it is."""

import datetime as dt
import hmac
import time
from hashlib import sha256
from typing import Any

import pytest
from pydantic import ValidationError

from appliance.core.answers import answer_problems, first_answers, read_answers, shown_fields
from appliance.core.call_words import CallValues, fill_address, fill_script, origin_of
from appliance.core.contacts import normalised, parse_contact, plain_number, written_forms
from appliance.core.desk import at_work, overdue_disposition, rings_at
from appliance.core.entities.inbound import Campaign
from appliance.core.entities.work import WorkForm
from appliance.core.form_pattern import check_pattern, fits
from appliance.core.journal.so_far import told_so_far
from appliance.core.live.state import Agent, Call, Channel, State
from appliance.core.number_plan import plan_of
from appliance.core.problems import Invalid
from appliance.core.webhook import SENT_AT, SIGNATURE, make_webhook

NOW = dt.datetime(2030, 1, 2, 12, 0, tzinfo=dt.UTC)
GUID = "daf5870b-3990-4d6e-85fb-98bbe544fb75"
FORM = WorkForm.model_validate(
    {
        "key": "order",
        "name": "Order",
        "fields": [
            {"key": "head", "label": "Order", "kind": "label"},
            {"key": "plan", "label": "Plan", "kind": "list", "choices": "Small| Large", "required": True},
            {"key": "pieces", "label": "Pieces", "kind": "number", "default": "1"},
            {"key": "moves", "label": "Moves", "kind": "yes_no"},
            {
                "key": "on",
                "label": "On",
                "kind": "date",
                "shown_if": "moves",
                "shown_if_value": "yes",
                "required": True,
            },
            {"key": "floor", "label": "Floor", "shown_if": "on", "shown_if_value": "2030-01-01"},
            {"key": "card", "label": "Card", "pattern": "[0-9]{8}"},
            {"key": "more", "label": "More", "kind": "long_text"},
        ],
    }
)


def wrong(given: dict[str, str], *, is_final: bool = False) -> list[tuple[str, str]]:
    answers = read_answers(FORM, given)
    return [(str(each.path[0]), each.message) for each in answer_problems(FORM, answers, is_final=is_final)]


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({}, []),
        ({"plan": "Large", "pieces": "2,5", "moves": "no", "card": "12345678"}, []),
        ({"plan": "Huge"}, [("plan", "must be one of the list")]),
        ({"pieces": "two"}, [("pieces", "must be a number")]),
        ({"moves": "perhaps"}, [("moves", "must be yes or no")]),
        ({"moves": "yes", "on": "1.1.2030"}, [("on", "must be a date such as 2026-03-01")]),
        ({"on": "1.1.2030"}, []),  # not shown, so not asked for
        ({"card": "1234567"}, [("card", "does not have the form that is asked for")]),
    ],
)
def test_an_answer_is_what_its_field_asks_for(given: dict[str, str], found: list[tuple[str, str]]) -> None:
    assert wrong(given) == found


def test_what_is_needed_is_needed_at_the_end_only() -> None:
    assert wrong({"moves": "yes"}) == []
    assert [key for key, _ in wrong({"moves": "yes"}, is_final=True)] == ["plan", "on"]
    assert [key for key, _ in wrong({"moves": "no"}, is_final=True)] == ["plan"]


def test_a_field_depends_on_one_that_is_shown() -> None:
    assert {field.key for field in shown_fields(FORM, {"moves": "no", "on": "2030-01-01"})}.isdisjoint({"on", "floor"})
    kept = read_answers(FORM, {"moves": "yes", "on": "2030-01-01", "floor": "3", "other": "x", "head": "y"})
    assert kept == {"moves": "yes", "on": "2030-01-01", "floor": "3"}
    assert "floor" not in read_answers(FORM, {"moves": "no", "on": "2030-01-01", "floor": "3"})
    assert first_answers(FORM) == {"pieces": "1"}


def test_answers_are_cut_and_cleaned() -> None:
    kept = read_answers(FORM, {"card": " a\r\nb\0 ", "more": "x" * 9000 + "\0"})
    assert kept["card"] == "a b"
    assert len(kept["more"]) == 4000


@pytest.mark.parametrize("pattern", ["", "[0-9]{8}", "[A-Z]{2}[0-9]{6}", r"\d+-?\d*", "PE.{3}", "[^a-c]x", r"a\.b"])
def test_patterns_that_are_taken(pattern: str) -> None:
    assert check_pattern(pattern) == pattern


@pytest.mark.parametrize(
    "pattern",
    ["(a+)+", "a|b", "a*b*c*d*", "a?a?a?a?", "[", "a{2,1}", "^a$", "a\nb", "(?i)a", "*", r"\1", "[z-a]", "a**"],
)
def test_patterns_that_could_be_slow_or_mean_nothing_are_refused(pattern: str) -> None:
    with pytest.raises(ValidationError):
        WorkForm.model_validate({"key": "a", "name": "A", "fields": [{"key": "b", "label": "B", "pattern": pattern}]})


def test_the_worst_pattern_is_quick() -> None:
    began = time.monotonic()
    assert not fits(check_pattern(".*.*.*x"), "y" * 500)
    assert not fits(check_pattern(r"\d*\d*\d*x"), "1" * 4000)  # of a long text; it would take a minute
    assert fits(check_pattern(r".+ .+"), "y" * 2000 + " " + "y" * 1999)
    assert time.monotonic() - began < 5


VALUES = CallValues(
    caller="+51987654321",
    did="6124400",
    guid=GUID,
    agent="ana",
    queue="sales",
    digits={"customer": "A 1/2"},
    words={"contact.name": "<b>Rosa</b>", "contact.company": "", "agent.name": "Ana"},
)


def test_a_script_is_filled() -> None:
    text = fill_script(
        "{contact.name} {contact.company} {digits.customer} {digits.none} {agent.name} {x} {moon.is}", VALUES
    )
    assert text == "<b>Rosa</b> — A 1/2 — Ana {x} {moon.is}"  # the page escapes it


@pytest.mark.parametrize(
    ("url", "filled"),
    [
        ("https://crm.example/{caller}?d={digits.customer}", "https://crm.example/%2B51987654321?d=A%201%2F2"),
        ("https://crm.example/{digits.none}/{guid}", f"https://crm.example//{GUID}"),
        ("https://{queue}.example/", ""),
        ("https://crm.example/{moon}", "https://crm.example/{moon}"),
    ],
)
def test_an_address_is_filled_and_no_value_can_lead_elsewhere(url: str, filled: str) -> None:
    assert fill_address(url, VALUES) == filled


def test_a_value_of_dots_is_no_step_of_a_path() -> None:
    assert (
        fill_address("https://crm.example/a/{digits.x}/b", CallValues(digits={"x": ".."})) == "https://crm.example/a//b"
    )
    assert origin_of("https://user@crm.example:8443/x?y") == "https://crm.example:8443"


def test_a_webhook_is_signed_over_its_very_bytes() -> None:
    request = make_webhook("https://crm.example/", {"caller": "José"}, secret="key", sent_s=1700000000)
    assert request.raw == '{"caller":"José"}'.encode()
    signed = hmac.new(b"key", b"1700000000." + request.raw, sha256).hexdigest()
    assert request.headers[SIGNATURE] == f"sha256={signed}"
    assert request.headers[SENT_AT] == "1700000000"
    assert SIGNATURE not in make_webhook("https://crm.example/", {}, secret="", sent_s=1).headers


def test_a_number_has_many_forms() -> None:
    plan = plan_of("PE")
    assert normalised("987654321", plan) == "+51987654321"
    assert written_forms("+51 987-654-321", plan) == {"+51987654321", "51987654321", "987654321"}
    assert written_forms("anonymous", plan) == frozenset()
    assert normalised("1001", plan) == "1001"
    assert plain_number("(01) 612.44-55") == "016124455"


def test_a_contact_says_what_is_wrong_with_it() -> None:
    values: dict[str, Any] = {"name": "A", "numbers": [{"number": "12ab"}], "email": "x", "moon": 1}
    with pytest.raises(Invalid) as caught:
        parse_contact(values, plan_of("PE"))
    assert {each.path for each in caught.value.problems} == {("email",), ("numbers", 0, "number"), ("moon",)}


def a_state(leg_state: str = "up", *, device: str = "PJSIP/trunk") -> State:
    call = Call(NOW, NOW, caller="5550001", did="5550100", guid=GUID, queue="sales", channels=("c", "l"))
    return State(
        agents={"ana": Agent("PJSIP/1001", NOW, channels=("l",), call_id="c")},
        calls={"c": call},
        channels={"c": Channel("c", device, "up", NOW), "l": Channel("c", "PJSIP/1001", leg_state, NOW)},
        devices={"PJSIP/1001": "ana"},
    )


def test_a_call_is_work_once_it_is_taken() -> None:
    assert at_work(a_state("ringing")) == {}
    assert rings_at(a_state("ringing"), "ana") == "c"
    [work] = at_work(a_state()).values()
    assert (work.guid, work.agent, work.queue, work.number) == (GUID, "ana", "sales", "5550001")
    for phone in ("PJSIP/1001", "PJSIP/1001-web"):
        [dialled] = at_work(a_state(device=phone)).values()
        assert dialled.number == "5550100"  # of an own call, whom it was placed to
    assert rings_at(a_state(), "luis") == ""


def test_a_disposition_is_chosen_for_who_is_late() -> None:
    fields = {"key": "a", "name": "A", "queue": "sales", "disposition_timeout_s": 30, "disposition_default": "none"}
    campaign = Campaign.model_validate({**fields, "disposition_required": True})
    late = NOW + dt.timedelta(seconds=30)
    assert overdue_disposition(campaign, NOW, late) == "none"
    assert overdue_disposition(campaign, NOW, late - dt.timedelta(seconds=1)) == ""
    assert overdue_disposition(Campaign.model_validate(fields), NOW, late) == ""
    assert overdue_disposition(None, NOW, late) == ""


def line(kind: str, at: float, *, extra: str = "", name: str = "USER_DEFINED", unique: str = "u.1") -> str:
    told = f'{{""extra"":""{extra}""}}' if extra else ""
    return f'"{name}","{at:.6f}","5550001","","s","x","PJSIP/trunk-1","","","{unique}","u.1","{kind}","{told}"'


def test_the_journal_of_a_call_that_goes_on_is_told() -> None:
    lines = [
        line("", 1.0, name="CHAN_START"),
        line("INTERACTION", 1.1, extra=f"{GUID}|inbound|5550100|es"),
        line("MENU", 2, extra="main|1"),
        line("KEY", 3, extra="main|1|queue:sales"),
        line("INPUT", 4, extra="card|card|****4321"),
        "this is no event",
        line("QUEUE_JOIN", 10, extra="sales"),
    ]
    told = told_so_far(lines)
    assert (told.guid, told.did, told.caller, told.language) == (GUID, "5550100", "5550001", "es")
    assert [step.kind for step in told.steps] == ["interaction", "menu", "key", "input", "queue_join"]
    assert told.digits == {"card": "****4321"}
    assert [(queue, until) for queue, _, until in told.waits] == [("sales", None)]
    assert told_so_far([]).guid == ""
