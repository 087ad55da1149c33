"""The three ways in for what people edit: form, API and YAML; each says what it refuses as path and sentence."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from html import unescape
from typing import Any

import yaml
from pydantic import BaseModel

from appliance.core.problems import Invalid, Problem, check_site
from appliance.core.site import SECTIONS, Site
from appliance.core.site_yaml import SiteFileError, parse_site, read_document
from appliance.services.entities import parse_entity
from appliance.web.forms.schema import fields_of
from appliance.web.navigation import section_path
from tests.app.console import Browser
from tests.examples import Values

Path = tuple[str | int, ...]
Refusal = tuple[Path, str]  # the path inside the entity, and the sentence
_DUMPER: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


@dataclass(eq=False)
class Faces:
    site: Site
    admin: Browser
    token: str

    def by_rules(self, section: str, values: Values) -> list[Refusal]:
        """As the rules alone say; the faces must say the same."""
        problems = self.by_schema(section, values)
        if not problems:
            entity = parse_entity(section, values)
            problems = check_site(self.site.replaced(section, entity.key, entity))
        return sorted((problem.path[2:], problem.text()) for problem in problems)

    def by_schema(self, section: str, values: Values) -> list[Problem]:
        try:
            parse_entity(section, values)
        except Invalid as error:
            return error.problems
        return []

    def by_yaml(self, section: str, values: Values) -> list[Refusal]:
        """The whole file with this in it, or this alone where its schema refuses it already.

        What is wrong with a key stands at the key itself, not at a field `key`.
        """
        text = _dump({section: {values["key"]: _fields(values)}})
        if not self.by_schema(section, values):
            text = self._text_without(section) + _dump({section: self._section_with(section, values)})
        try:
            parse_site(read_document(text, "site.yml"))
        except SiteFileError as error:
            problems = error.problems
        else:
            problems = []
        assert all(problem.path[:2] == (section, values["key"]) for problem in problems), problems
        found = [(problem.path[2:], problem.message.format(**problem.context)) for problem in problems]
        return sorted((path or ("key",), sentence) for path, sentence in found)

    def _section_with(self, section: str, values: Values) -> Values:
        there = {key: _fields(entity.model_dump(mode="json")) for key, entity in self.site.section(section).items()}
        return {**there, values["key"]: _fields(values)}

    @cache  # noqa: B019 - of the few that a test makes
    def _text_without(self, section: str) -> str:
        others = {name: self.site.section(name) for name in SECTIONS if name != section}
        return _dump(
            {
                name: {key: _fields(entity.model_dump(mode="json")) for key, entity in found.items()}
                for name, found in others.items()
            }
        )

    async def by_api(self, section: str, values: Values) -> list[Refusal]:
        headers = {"Authorization": f"Bearer {self.token}", "Accept": "application/json"}
        if values["key"] in self.site.section(section):
            headers["If-Match"] = '"1"'
            path = f"/api/v1/{section}/{values['key']}"
            response = await self.admin.client.put(path, json=values, headers=headers)
        else:
            response = await self.admin.client.post(f"/api/v1/{section}", json=values, headers=headers)
        found = await response.json()
        if response.status != 422:
            return [((), f"{response.status} {found}")]
        assert all("pointer" in error for error in found["errors"]), found
        return sorted((tuple(error["path"][2:]), error["message"]) for error in found["errors"])

    async def by_form(self, section: str, model: type[BaseModel], values: Values) -> list[Refusal]:
        """The path is known for the fields of the entity itself; what stands deeper has the path ()."""
        key = values["key"] if values["key"] in self.site.section(section) else "_new"
        pairs = [("version", "1"), *form_pairs(model, values)]
        response = await self.admin.post(f"{section_path(section)}/{key}", pairs)
        page = await response.text()
        if response.status != 422:
            return [((), f"{response.status} {page[:300]}")]
        return sorted(_errors(page, [field.name for field in fields_of(model)]))


def _dump(document: Values) -> str:
    text: str = yaml.dump(document, Dumper=_DUMPER, allow_unicode=False, sort_keys=False, width=10**6)
    return text


def _fields(values: Values) -> Values:
    return {name: value for name, value in values.items() if name != "key"}


def form_pairs(model: type[BaseModel], values: Values, prefix: str = "") -> Iterator[tuple[str, str]]:
    """What a browser sends for these values."""
    for field in fields_of(model):
        value, name = values.get(field.name), prefix + field.name
        if field.kind == "check":
            yield from [(name, "on")] if value else []
        elif field.kind in ("days", "order"):
            yield from ((name, str(each)) for each in value or [])
        elif field.kind in ("rows", "languages"):
            assert field.inner is not None
            items = value.items() if field.kind == "languages" else enumerate(value or [])
            for index, (key, row) in enumerate(items):
                yield from [(f"{name}.{index}._key", str(key))] if field.kind == "languages" else []
                yield from form_pairs(field.inner, row, f"{name}.{index}.")
        else:
            yield name, "" if value is None else str(value)


def _errors(page: str, names: list[str]) -> Iterator[Refusal]:
    page = re.sub("<template.*?</template>", "", page, flags=re.S)  # what scripts may show is not said yet
    texts = re.findall(
        r'class="field-error">(.*?)</p>|<div class="notice notice-bad"(?![^>]*hidden).*?<div>(.*?)</div>', page, re.S
    )
    everything = [_plain(first or second) for first, second in texts]
    for name in names:
        for place in re.findall(f'<div id="f-{name}-help">(.*?)</div>', page, re.S):
            for text in re.findall(r'class="field-error">(.*?)</p>', place, re.S):
                everything.remove(_plain(text))
                yield (name,), _plain(text)
    yield from (((), text) for text in everything)


def _plain(markup: str) -> str:
    return unescape(re.sub("<[^>]*>", "", markup)).strip()
