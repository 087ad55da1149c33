"""Customers' cards: what one may hold, and the forms in which one telephone number may be written."""

import re
from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, StringConstraints, ValidationError

from appliance.core.entities.fields import Part, check_lines, problem
from appliance.core.number_plan import NumberPlan, plan_of
from appliance.core.problems import Invalid, Problem
from appliance.core.refusals import sentence
from appliance.core.words import N_

NumberKind = Literal["mobile", "work", "home", "other"]
KINDS: dict[str, str] = {
    "mobile": N_("Mobile"),
    "work": N_("Work"),
    "home": N_("Home"),
    "other": N_("Other"),
}
MOST_NUMBERS, MOST_FIELDS = 10, 30
_BETWEEN_DIGITS = re.compile(r"[\s()\-./]")
_NUMBER = re.compile(r"\+?[0-9]{2,20}")
_BREAKS = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029]")


def _check_person_line(text: str) -> str:
    """Of people, for people: it never reaches Asterisk."""
    if _BREAKS.search(text):
        raise problem("line", N_("must be one line without control characters"))
    return text


def _check_written_number(text: str) -> str:
    number = _BETWEEN_DIGITS.sub("", text)
    if not _NUMBER.fullmatch(number):
        raise problem("contact_number", N_("must be 2 to 20 digits, with or without a leading +"))
    return number


PersonLine = Annotated[str, StringConstraints(max_length=120), AfterValidator(_check_person_line)]
Notes = Annotated[str, StringConstraints(max_length=4000), AfterValidator(check_lines)]


class ContactNumber(Part):
    kind: NumberKind = "mobile"
    number: Annotated[str, StringConstraints(max_length=40), AfterValidator(_check_written_number)]


class ContactField(Part):
    name: Annotated[PersonLine, Field(min_length=1, max_length=60)]
    value: PersonLine = ""


class Contact(Part):
    """What people write on a customer's card."""

    name: Annotated[PersonLine, Field(min_length=1)]
    company: PersonLine = ""
    email: Annotated[
        str,
        StringConstraints(max_length=120, pattern=r"^([A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+)?$"),
    ] = ""
    notes: Notes = ""
    numbers: Annotated[list[ContactNumber], Field(default=[], max_length=MOST_NUMBERS)]
    fields: Annotated[list[ContactField], Field(default=[], max_length=MOST_FIELDS)]


def parse_contact(values: dict[str, Any], plan: NumberPlan) -> Contact:
    """With its numbers in international form where the country is known; raises `Invalid`."""
    try:
        contact = Contact.model_validate(values)
    except ValidationError as error:
        problems = [Problem(tuple(item["loc"]), *sentence(item, Contact)) for item in error.errors()]
        raise Invalid(problems) from None
    numbers = [each.model_copy(update={"number": normalised(each.number, plan)}) for each in contact.numbers]
    _refuse_doubles(numbers, contact.fields)
    return contact.model_copy(update={"numbers": numbers})


def _refuse_doubles(numbers: list[ContactNumber], fields: list[ContactField]) -> None:
    written = [each.number for each in numbers]
    problems = [
        Problem(("numbers", index, "number"), N_("is on this card already"))
        for index, number in enumerate(written)
        if number in written[:index]
    ]
    names = [each.name.casefold() for each in fields]
    problems += [
        Problem(("fields", index, "name"), N_("is on this card already"))
        for index, name in enumerate(names)
        if name in names[:index]
    ]
    if problems:
        raise Invalid(problems)


def plain_number(text: str) -> str:
    """Without what people write between digits; empty where it is no number."""
    number = _BETWEEN_DIGITS.sub("", text)
    return number if _NUMBER.fullmatch(number) else ""


def ending(number: str) -> str:
    """What all ways to write a number have in common: the dialplan (`not-twice`) compares people by it."""
    return re.sub("[^0-9]", "", number)[-8:]


def normalised(number: str, plan: NumberPlan) -> str:
    """As cards keep it."""
    return plan.formatted(number, "e164_plus")


def written_forms(number: str, plan: NumberPlan) -> frozenset[str]:
    """However trunks, journals and cards may have written this number."""
    plain = plain_number(number)
    return plan.every_format(plain) if plain else frozenset()


def every_form(number: str, plan: NumberPlan) -> frozenset[str]:
    """However it may stand anywhere, also from a time in which the country was another one, or not set."""
    bare = number.removeprefix("+")
    return written_forms(number, plan) | {bare, f"+{bare}"}


def every_form_of(numbers: Iterable[str], country: str) -> dict[str, frozenset[str]]:
    plan = plan_of(country)
    return {number: every_form(number, plan) for number in numbers}
