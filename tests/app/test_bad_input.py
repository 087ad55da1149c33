"""Bad input to every field of everything that people edit: form, API and YAML refuse it with the same sentence.

The tables below know no entity: one that is added later is tried too. What the rules refuse is sent through all three
ways in; afterwards nothing may be stored or applied. What they allow must be able to reach Asterisk's files.
"""

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel, ValidationError

from appliance.core.access import SCOPES
from appliance.core.render import render
from appliance.core.site import SECTIONS, Site
from appliance.services.tokens import NewToken, create_token
from appliance.store.configuration import load_status
from appliance.store.db import Database
from appliance.store.site import load_site
from appliance.web.forms.schema import FieldSchema, fields_of
from tests.app.console import Console, a_console
from tests.app.faces import Faces, Refusal
from tests.examples import Values, a_whole_site, an_example, made, refused_fields, required
from tests.golden.files import ENVIRONMENT, NODE

TEXTS = {
    "line feed": "a\nb",
    "AMI header": "a\r\nAction: Originate",
    "null byte": "a\x00b",
    "escape": "a\x1b[31mb",
    "line separator": "a\u2028b",
    "variable": "${SHELL(id)}",
    "expression": "$[1+1]",
    "comment": "a;b",
    "include": "#include /etc/passwd",
    "section": "[general]",
    "arguments": "x,1) & System(id",
    "SQL": "'); DROP TABLE queues --",
    "markup": "<script>alert(1)</script>",
    "template": "{{ 7*7 }} {0} %s",
    "path": "../../etc/passwd",
    "right to left": "\u202egpj.exe",
    "emoji": "\U0001f4de",
    "other digits": "١٢٣٤",
    "very long": "x" * 10_000,
    "huge number": "9" * 40,
    "below zero": "-1",
    "fraction": "1.5",
    "no such queue": "queue:nowhere",
    "no such kind": "planet:mars",
    "no key": "queue:",
    "blank": "   ",
}
DEFAULTED = ("number", "select", "radio", "zone", "destination", "date")  # left empty in a form, they are as usual
NUMBERS = (-1, 10**6, 10**12)
TARGETS = ("nowhere", "queue:nowhere", "extension:9999", "menu:MAIN")
LISTS = ("rows", "languages")


@pytest.fixture
async def console(database: Database, tmp_path: Path) -> AsyncIterator[Console]:
    async with a_console(database, tmp_path, a_whole_site()) as console:
        yield console


@pytest.fixture
async def faces(console: Console) -> Faces:
    async with console.database.transaction() as tx:
        token = await create_token(tx, NewToken("test", "administrator", SCOPES), by="test")
    return Faces(a_whole_site(), await console.signed_in("administrator"), token)


def with_rows(section: str, site: Site) -> Values:
    """An example whose lists have a row each, where its rules allow that."""
    values = an_example(section, site)
    for field in fields_of(SECTIONS[section]):
        if field.kind == "rows" and not values[field.name] and field.inner is not None:
            tried = {**values, field.name: [required(field.inner, site)]}
            try:
                filled = made(section, tried).model_dump(mode="json")
            except ValidationError:
                continue
            if field.name not in refused_fields(section, filled, site):
                values = filled
    return values


def bad_everywhere(model: type[BaseModel], values: Values, text: str, *, deep: bool = True) -> Values:
    """`text` in every field that takes words or a number, in the first row of every list too."""
    bad = dict(values)
    for field in fields_of(model):
        value = values.get(field.name)
        if field.kind in LISTS and field.inner is not None:
            if deep and value:
                bad[field.name] = _first_bad(field, value, text)
        elif field.kind in ("days", "order"):
            bad[field.name] = [text]
        elif field.kind != "check" and not (text.isspace() and field.kind in DEFAULTED):
            bad[field.name] = text
    return bad


def _first_bad(field: FieldSchema, value: object, text: str) -> object:
    assert field.inner is not None
    if isinstance(value, dict):
        key, row = next(iter(value.items()))
        return {key: bad_everywhere(field.inner, row, text)}
    assert isinstance(value, list)
    return [bad_everywhere(field.inner, value[0], text)]


def only_refused(good: Values, bad: Values, refusals: list[Refusal]) -> Values:
    """Good values but for those fields that are refused: one more that is allowed could be refused for others' sake."""
    names = {path[0] for path, _sentence in refusals if path}
    return {name: bad[name] if name in names else good[name] for name in good}


def bad_entities(section: str, good: Values) -> Iterator[tuple[str, Values]]:
    """What to try, and what it is called."""
    fields = fields_of(SECTIONS[section])
    for name, text in TEXTS.items():
        yield name, bad_everywhere(SECTIONS[section], good, text, deep=not text.isspace())
    for number in NUMBERS:
        yield f"number {number}", good | {field.name: number for field in fields if field.kind == "number"}
    for target in TARGETS:
        to = {field.name: target for field in fields if field.kind in ("reference", "destination")}
        yield f"target {target}", good | to
    yield "empty lists", good | {field.name: [] for field in fields if field.kind in ("rows", "days", "order")}
    for field in fields:
        if field.kind == "languages":
            yield "language", {**good, field.name: {"x\ny": next(iter(good[field.name].values()))}}


def flat(section: str, refusals: list[Refusal]) -> Counter[Refusal]:
    """As a form can tell them: at the field of the entity; () for what stands in a row."""
    plain = {(field.name,) for field in fields_of(SECTIONS[section]) if field.kind not in LISTS}
    return Counter((path[:1] if path[:1] in plain or len(path) == 1 else (), text) for path, text in refusals)


async def said_otherwise(faces: Faces, section: str, tried: tuple[Values, Values], *, by_http: bool) -> list[str]:
    """What differs between the rules and the three faces; nothing where the rules allow it all."""
    good, bad = tried
    values = only_refused(good, bad, faces.by_rules(section, bad))
    expected = faces.by_rules(section, values)
    if not expected:
        return []
    found = differences("YAML", Counter(faces.by_yaml(section, values)), Counter(expected))
    if by_http:
        by_form = await faces.by_form(section, SECTIONS[section], values)
        found += differences("API", Counter(await faces.by_api(section, values)), Counter(expected))
        found += differences("form", flat(section, by_form), flat(section, expected))
    return found


def differences(face: str, found: Counter[Refusal], expected: Counter[Refusal]) -> list[str]:
    return [f"{face} says {each}" for each in found - expected] + [f"{face} lacks {each}" for each in expected - found]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_form_api_and_yaml_refuse_alike_and_nothing_happens(console: Console, faces: Faces) -> None:
    async with console.database.reading() as tx:
        before, wanted = await load_site(tx), (await load_status(tx, "local")).wanted
    wrong = []
    for turn, section in enumerate(SECTIONS):
        good = with_rows(section, faces.site)
        for number, (name, bad) in enumerate(bad_entities(section, good)):
            by_http = number % 2 == turn % 2  # every other one: neighbours try the rest, and most share their types
            found = await said_otherwise(faces, section, (good, bad), by_http=by_http)
            wrong += [f"{section}: {name}: {what}" for what in found]
    assert not wrong, "\n".join(wrong[:40])
    async with console.database.reading() as tx:
        assert await load_site(tx) == before
        assert (await load_status(tx, "local")).wanted == wanted
    assert (console.applier.count, console.membership.count) == (0, 0)


def allowed_everywhere(section: str, site: Site, text: str) -> Values:
    """`text` in all fields that may hold it, other than those that name something else."""
    values = an_example(section, site)
    for field in fields_of(SECTIONS[section]):
        if field.kind in ("text", "textarea", "password") and field.name != "key":
            tried = {**values, field.name: text}
            try:
                filled = made(section, tried).model_dump(mode="json")
            except ValidationError:
                continue
            if field.name not in refused_fields(section, filled, site):
                values = filled
    return values


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_what_is_allowed_can_be_applied(text: str) -> None:
    """A value that the schemas let in and the filters of Asterisk's files refuse would stop every later change."""
    site = a_whole_site()
    for section in SECTIONS:
        entity = made(section, allowed_everywhere(section, site, text))
        site = site.replaced(section, entity.key, entity)
    files = render(site, NODE, ENVIRONMENT)
    assert not any("SHELL(" in line and "${" in line for file in files.values() for line in file.splitlines())


# In a long text lines may break; a carriage return becomes one, as browsers send it.
BREAKS = {"line feed", "AMI header", "line separator"}
NEVER = (*BREAKS, "null byte", "escape", "very long")


def open_places(model: type[BaseModel], values: Values, name: str) -> Iterator[str]:
    """Fields that take this text, in the first row of lists too; what names something else must exist besides."""
    for field in fields_of(model):
        if field.kind in LISTS and field.inner is not None and values[field.name]:
            rows = values[field.name]
            row = next(iter(rows.values())) if isinstance(rows, dict) else rows[0]
            yield from (f"{field.name}.{place}" for place in open_places(field.inner, row, name))
        elif field.kind not in (*LISTS, "check", "reference", "destination") and not (
            field.kind == "textarea" and name in BREAKS
        ):
            text = [TEXTS[name]] if field.kind in ("days", "order") else TEXTS[name]
            if not _is_refused(model, {**values, field.name: text}, field.name):
                yield field.name


def _is_refused(model: type[BaseModel], values: Values, name: str) -> bool:
    try:
        model.model_validate(values)
    except ValidationError as error:
        return any(item["loc"][:1] == (name,) for item in error.errors())
    return False


@pytest.mark.parametrize("name", sorted(NEVER))
def test_no_line_takes_what_breaks_it_and_no_text_is_without_end(name: str) -> None:
    site = a_whole_site()
    places = {section: list(open_places(SECTIONS[section], with_rows(section, site), name)) for section in SECTIONS}
    assert {section: found for section, found in places.items() if found} == {}
