"""An example of any entity, made from its schema alone: one that is added later is tried without an edit here."""

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, ValidationError

from appliance.core.entities.fields import Entity
from appliance.core.problems import check_site
from appliance.core.site import SECTIONS, Site
from appliance.web.forms.schema import FieldSchema, fields_of
from tests.sites import a_site

Values = dict[str, Any]
TEXTS = (
    "thing",
    "5550999",
    "1999",
    "19",
    "X",
    "https://example.com/x",
    "someone@example.com",
    "08:00",
    "18:00",
    "PE",
    "0" * 64,
)
SIMPLE: dict[str, Any] = {
    "check": False,
    "number": 5,
    "destination": "hangup",
    "language": "en",
    "zone": "UTC",
    "date": "2026-12-25",
    "clock": "08:00",
    "textarea": "Hello.",
    "password": "correct-horse-9",
}


def a_whole_site() -> Site:
    """The usual site with one of every kind, a phone that nobody works at, and a campaign that nobody dials for."""
    site = a_site()
    phone = site.extensions["1001"].model_copy(update={"key": "1903", "name": "Free", "voicemail": False})
    campaign = site.campaigns["support"].model_copy(update={"key": "spare", "name": "Without a dialer"})
    site = site.replaced("extensions", "1903", phone).replaced("campaigns", "spare", campaign)
    for section in SECTIONS:
        if not site.section(section):
            entity = made(section, an_example(section, site))
            site = site.replaced(section, entity.key, entity)
    assert not check_site(site)
    return site


def made(section: str, values: Values) -> Entity:
    return SECTIONS[section].model_validate(values)


def an_example(section: str, site: Site) -> Values:
    """Good values of an entity that `site` has not; all that a form shows has a value."""
    there = site.section(section)
    values = next(iter(there.values())).model_dump(mode="json") if there else required(SECTIONS[section], site)
    for key in (*TEXTS, "main"):
        if key in there and key != "main":
            continue
        tried = _mended(section, {**values, "key": key}, site)
        if not refused_fields(section, tried, site):
            return made(section, tried).model_dump(mode="json")
    raise AssertionError(f"no example of {section}: {values}")


def _mended(section: str, values: Values, site: Site) -> Values:
    """What the original alone may have, such as its phone or its number, is given another value."""
    fields = {field.name: field for field in fields_of(SECTIONS[section]) if field.name != "key"}
    for name in refused_fields(section, values, site) & fields.keys():
        others: Iterable[Any] = (*TEXTS, "")
        if fields[name].kind == "reference":
            others = site.section(fields[name].section)
        elif fields[name].kind == "rows":
            others = ([],)
        good = (each for each in others if name not in refused_fields(section, {**values, name: each}, site))
        values = {**values, name: next(good, values[name])}
    return values


def refused_fields(section: str, values: Values, site: Site) -> set[str]:
    try:
        entity = made(section, values)
    except ValidationError as error:
        return {str(item["loc"][0]) if item["loc"] else "" for item in error.errors()}
    problems = check_site(site.replaced(section, entity.key, entity))
    return {str(problem.path[2]) for problem in problems if problem.path[:2] == (section, entity.key)}


def required(model: type[BaseModel], site: Site) -> Values:
    """Only what must be given; where that is not enough together, everything."""
    few = {field.name: _value(model, field, site) for field in fields_of(model) if field.is_required}
    try:
        model.model_validate(few | ({"key": "thing"} if "key" in few else {}))
    except ValidationError as error:
        if all(len(item["loc"]) == 0 for item in error.errors()):
            return {field.name: _value(model, field, site) for field in fields_of(model)}
    return few


def _value(model: type[BaseModel], field: FieldSchema, site: Site) -> Any:
    match field.kind:
        case "select" | "radio":
            return field.choices[0]
        case "days" | "order":
            return [field.choices[0]]
        case "reference":
            return next(iter(site.section(field.section)), "")
        case "rows":
            assert field.inner is not None
            return [required(field.inner, site)]
        case "languages":
            assert field.inner is not None
            return {"en": required(field.inner, site)}
    candidates = [SIMPLE[field.kind]] if field.kind in SIMPLE else list(TEXTS)
    return next((each for each in candidates if _suits(model, field.name, each)), candidates[0])


def _suits(model: type[BaseModel], name: str, value: Any) -> bool:
    try:
        model.model_validate({name: value})
    except ValidationError as error:
        return all(item["loc"][:1] != (name,) for item in error.errors())
    return True
