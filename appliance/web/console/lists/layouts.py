"""A layout as people chose it in a form: how the file is cut, of which country its numbers are, what each column is."""

from collections.abc import Container
from typing import Any, NamedTuple

from aiohttp import web
from babel import Locale
from multidict import MultiMapping
from phonenumbers import SUPPORTED_REGIONS

from appliance.core.lists.layout import ENCODINGS, MOST_COLUMNS, SEPARATORS, USES, Layout
from appliance.core.problems import Invalid, Problem
from appliance.core.words import N_
from appliance.services.imports import intake
from appliance.store.lists.imports import Import
from appliance.web.keys import IMPORTS
from appliance.web.language import language

NO_COUNTRY = N_("{value} is no country: say it in two letters, such as PE")


class Chosen(NamedTuple):
    """`is_new`: the file is cut in another way than was shown, so that its columns were found anew."""

    layout: Layout
    is_new: bool
    refused: Invalid | None


def countries() -> dict[str, str]:
    """Code and name of those whose numbers are known, by their names."""
    names = Locale.parse(language()).territories
    return dict(sorted(((code, names.get(code, code)) for code in SUPPORTED_REGIONS), key=lambda each: each[1]))


async def read_layout(request: web.Request, found: Import, form: MultiMapping[Any]) -> Chosen:
    layout = Layout.model_validate(found.options["layout"])
    encoding = _one_of(form, "encoding", ENCODINGS, layout.encoding)
    separator = _one_of(form, "separator", SEPARATORS, layout.separator)
    if (encoding, separator) != (layout.encoding, layout.separator):
        layout = await intake.lay_out(request.app[IMPORTS].folder, found, encoding, separator)
    country, refused = str(form.get("country", layout.country)).strip().upper(), None
    if country and country not in SUPPORTED_REGIONS:
        refused, country = Invalid([Problem(("country",), NO_COUNTRY, {"value": country[:20]})]), ""
    layout = layout.model_copy(update={"country": country})
    shown = form.get("shown_encoding", encoding), form.get("shown_separator", separator)
    is_new = shown != (encoding, separator)
    return Chosen(layout if is_new else _with_uses(layout, form), is_new, refused)


def _one_of(form: MultiMapping[Any], name: str, known: Container[str], usual: str) -> Any:
    value = str(form.get(name, usual))
    return value if value in known else usual


def _with_uses(layout: Layout, form: MultiMapping[Any]) -> Layout:
    columns = [
        column.model_copy(update={"use": use if (use := str(form.get(f"use.{index}", column.use))) in USES else ""})
        for index, column in enumerate(layout.columns[:MOST_COLUMNS])
    ]
    return layout.model_copy(update={"columns": columns, "has_header": form.get("has_header") == "yes"})
