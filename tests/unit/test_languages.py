"""Every English text has its Spanish one, with the same placeholders, and is shown in the language of the request."""

import re
from functools import cache
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from appliance.web.language import FOLDER, KEYWORDS, LANGUAGES, METHODS, SOURCE, _, load_languages, use_language

PACKAGE = Path(__file__).parents[2] / "appliance"
TRANSLATIONS = [language for language in LANGUAGES if language != SOURCE]


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    found = extract_from_dir(PACKAGE, METHODS, keywords=KEYWORDS)
    return {
        text: f"{file}:{line}"
        for file, line, texts, _comments, _context in found
        for text in (texts if isinstance(texts, tuple) else (texts,))
        if text
    }


@cache
def catalogue(language: str) -> dict[str, str]:
    with (FOLDER / language / "LC_MESSAGES" / "appliance.po").open("rb") as file:
        return {str(m.id): str(m.string) for m in read_po(file, locale=language) if m.id}


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_no_text_is_without_translation(language: str, texts: dict[str, str]) -> None:
    known = catalogue(language)
    missing = [f"{place}: {text}" for text, place in texts.items() if not known.get(text)]
    assert not missing, "run `make messages` and fill in:\n" + "\n".join(missing)


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_translations_keep_the_placeholders(language: str) -> None:
    def placeholders(text: str) -> list[str]:
        return sorted(re.findall(r"\{\w*\}", text))

    wrong = {text: other for text, other in catalogue(language).items() if placeholders(text) != placeholders(other)}
    assert not wrong


def test_texts_of_the_core_and_the_templates_are_found(texts: dict[str, str]) -> None:
    assert {"must be given", "Who is rung first.", "Sign in", "Longest idle", "{n} in all"} <= texts.keys()


def test_a_text_is_shown_in_the_language_of_the_request() -> None:
    load_languages()
    use_language("es")
    assert _("Sign in") == "Iniciar sesión"
    assert _("Page {n}", n=3) == "Página 3"
    use_language("xx")
    assert _("Sign in") == "Sign in"
