"""Translates text for people: English is the source, .po files are read once at start, one language per request."""

from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any

from aiohttp import web
from babel import Locale, negotiate_locale
from babel.messages.pofile import read_po

FOLDER = Path(__file__).parents[1] / "locale"
SOURCE = "en"
# How texts are found in the code: `_("...")` where they are shown, `N_("...")` where they are only named.
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
KEYWORDS = {"_": None, "N_": None, "counted": (2, 3)}  # of which arguments are texts
LANGUAGES = {"en": "English", "es": "Español"}

_catalogues: dict[str, dict[str, str]] = {SOURCE: {}}
_language: ContextVar[str] = ContextVar("language", default=SOURCE)


@cache
def load_languages() -> None:
    """Read every catalogue, once; called at start, because it reads files."""
    for language in LANGUAGES:
        Locale.parse(language)
        path = FOLDER / language / "LC_MESSAGES" / "appliance.po"
        if path.exists():
            with path.open("rb") as file:
                catalogue = read_po(file, locale=language)
            _catalogues[language] = {str(m.id): str(m.string) for m in catalogue if m.id and m.string}


def use_language(language: str) -> None:
    """For the rest of this request."""
    _language.set(language if language in LANGUAGES else SOURCE)


def language() -> str:
    return _language.get()


def _(text: str, /, **values: Any) -> str:
    """The text in the language of this request, with its {placeholders} filled."""
    found = _catalogues.get(_language.get(), {}).get(text, text) if text else ""
    return found.format(**values) if values else found


def every_word(text: str) -> set[str]:
    """The text in each language."""
    return {text, *(catalogue.get(text, text) for catalogue in _catalogues.values())}


def counted(n: int, one: str, many: str) -> str:
    """`counted(2, N_("{n} call"), N_("{n} calls"))`."""
    return _(one if n == 1 else many, n=n)


def choose_language(request: web.Request, wanted: str) -> str:
    """The person's own choice, else what the browser asks for."""
    if wanted in LANGUAGES:
        return wanted
    asked = [part.partition(";")[0].strip() for part in request.headers.get("Accept-Language", "").split(",")]
    return negotiate_locale([a for a in asked if a], list(LANGUAGES), sep="-") or SOURCE
