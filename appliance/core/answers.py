"""What agents wrote into a form: which fields are shown, and whether each answer is what its field asks for."""

import datetime as dt
import re
from collections.abc import Iterator, Mapping

from appliance.core.entities.work import FormField, WorkForm
from appliance.core.form_pattern import fits
from appliance.core.problems import Problem
from appliance.core.words import N_

Answers = dict[str, str]
SHORT, LONG = 500, 4000  # letters of an answer
_NUMBER = re.compile(r"[+-]?[0-9]{1,15}([.,][0-9]{1,6})?")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def first_answers(form: WorkForm) -> Answers:
    """What stands in a form before anybody wrote."""
    return {field.key: field.default for field in form.fields if field.default and field.kind != "label"}


def shown_fields(form: WorkForm, answers: Mapping[str, str]) -> Iterator[FormField]:
    """In order; a field that depends on one that is not shown is not shown either."""
    seen: set[str] = set()
    for field in form.fields:
        if not field.shown_if or (field.shown_if in seen and answers.get(field.shown_if) == field.shown_if_value):
            seen.add(field.key)
            yield field


def read_answers(form: WorkForm, given: Mapping[str, str]) -> Answers:
    """Of the fields that are shown; what is kept is what people see."""
    cleaned = {field.key: _cleaned(field, given.get(field.key, "")) for field in form.fields if field.kind != "label"}
    shown = [field.key for field in shown_fields(form, cleaned)]
    return {key: cleaned[key] for key in shown if cleaned.get(key)}


def answer_problems(form: WorkForm, answers: Mapping[str, str], *, is_final: bool) -> list[Problem]:
    """While somebody still writes, nothing is missing yet."""
    found = []
    for field in shown_fields(form, answers):
        text = answers.get(field.key, "")
        message = _wrong(field, text) if text else N_("must be given") if field.required and is_final else ""
        if message and field.kind != "label":
            found.append(Problem((field.key,), message))
    return found


def _cleaned(field: FormField, text: str) -> str:
    text = _CONTROLS.sub("", text.replace("\r\n", "\n")).strip()
    if field.kind != "long_text":
        text = text.replace("\n", " ")
    return text[: LONG if field.kind == "long_text" else SHORT]


def _wrong(field: FormField, text: str) -> str:
    match field.kind:
        case "number" if not _NUMBER.fullmatch(text):
            return N_("must be a number")
        case "date" if not _is_date(text):
            return N_("must be a date such as 2026-03-01")
        case "list" if text not in choices_of(field):
            return N_("must be one of the list")
        case "yes_no" if text not in ("yes", "no"):
            return N_("must be yes or no")
    return "" if fits(field.pattern, text) else N_("does not have the form that is asked for")


def choices_of(field: FormField) -> list[str]:
    return [choice.strip() for choice in field.choices.split("|") if choice.strip()]


def _is_date(text: str) -> bool:
    try:
        return bool(dt.date.fromisoformat(text)) and len(text) == len("2026-03-01")
    except ValueError:
        return False
