"""A customer's card as a form: what a browser sends, and what it gets back with what is wrong."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from appliance.core.contacts import KINDS, MOST_FIELDS, MOST_NUMBERS, Contact
from appliance.core.problems import Invalid
from appliance.web.shown import problem_text

LINES = ("name", "company", "email", "notes")
LONGEST = 4500


async def read_contact(request: web.Request) -> dict[str, Any]:
    """Rows that nobody filled in are left out."""
    form = await request.post()
    values: dict[str, Any] = {name: str(form.get(name, ""))[:LONGEST] for name in LINES}
    kinds, numbers = _texts(form, "number_kind"), _texts(form, "number")
    names, texts = _texts(form, "field_name"), _texts(form, "field_value")
    pairs = zip(kinds, numbers, strict=False)
    values["numbers"] = [{"kind": kind, "number": number} for kind, number in pairs if number.strip()]
    rows = zip(names, texts, strict=False)
    values["fields"] = [{"name": name, "value": text} for name, text in rows if name.strip() or text.strip()]
    return values


def _texts(form: Any, name: str) -> list[str]:
    return [str(each)[:LONGEST] for each in form.getall(name, [])]


def form_context(values: Mapping[str, Any], error: Invalid | None = None, *, spare: int = 1) -> dict[str, Any]:
    """With empty rows to write in after those that there are, so many at most."""
    numbers, fields = list(values["numbers"]), list(values["fields"])
    numbers += [{"kind": "mobile", "number": ""} for _ in range(min(spare, MOST_NUMBERS - len(numbers)))]
    fields += [{"name": "", "value": ""} for _ in range(min(spare, MOST_FIELDS - len(fields)))]
    errors = {problem.path: problem_text(problem) for problem in error.problems} if error else {}
    return {"values": {**values, "numbers": numbers, "fields": fields}, "errors": errors, "kinds": KINDS}


def values_of(contact: Contact) -> dict[str, Any]:
    return contact.model_dump()


EMPTY: dict[str, Any] = {"name": "", "company": "", "email": "", "notes": "", "numbers": [], "fields": []}
