"""What a call did in the steps between is told in sentences, with the names that people know."""

import datetime as dt

import pytest

from appliance.core.journal.facts import Step
from appliance.core.story import told
from appliance.web.console.story import tell_steps

NAMES = {
    "inputs": {"customer": "Customer number"},
    "lookups": {"level": "Customer level"},
    "surveys": {"happy": "Happy?"},
    "menus": {},
    "agents": {},
    "queues": {},
}


@pytest.mark.parametrize(
    ("kind", "detail", "sentence"),
    [
        ("language", "es", "Goes on in language es"),
        ("input", "customer|customer|0047", "Typed for Customer number: 0047"),
        ("input", "card|card|****1111", "Typed for card: ****1111"),
        ("input_failed", "customer", "Typed nothing that fits for Customer number"),
        ("lookup", "level|gold", "Web lookup Customer level: gold"),
        ("lookup_failed", "level|slow", "Web lookup Customer level had no answer: slow"),
        ("survey_begin", "happy", "Survey Happy?"),
        ("survey", "happy|2|4", "Survey Happy?, question 2: 4"),
        ("survey", "happy|2|", "Survey Happy?, question 2: no answer"),
    ],
)
def test_sentences(kind: str, detail: str, sentence: str) -> None:
    at = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    (line,) = tell_steps([Step._make((*("guid", 1, at, kind, detail),)[-len(Step._fields) :])], NAMES)
    assert line.text == sentence
    assert told(kind, detail)
