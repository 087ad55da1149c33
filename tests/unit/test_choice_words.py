"""What a form offers is said in words: no choice is shown as it is stored."""

from collections.abc import Iterator

import pytest
from pydantic import BaseModel

from appliance.core.site import SECTIONS
from appliance.web.forms.choices import choice_title
from appliance.web.forms.schema import fields_of

# Names that are the same in every language, keys of a telephone, and the key of what there is once.
UNTOLD = {"alaw", "ulaw", "g722", "opus", "gsm", "udp", "tcp", "tls", "GET", "POST", *"0123456789*#", "main"}


def choices(model: type[BaseModel]) -> Iterator[tuple[str, str]]:
    for field in fields_of(model):
        yield from ((field.name, choice) for choice in field.choices)
        if field.inner is not None and field.inner.model_fields:
            yield from choices(field.inner)


@pytest.mark.parametrize("section", SECTIONS)
def test_every_choice_has_a_word_of_its_own(section: str) -> None:
    bare = {(name, choice) for name, choice in choices(SECTIONS[section]) if choice_title(choice) == choice}
    assert {(name, choice) for name, choice in bare if choice not in UNTOLD} == set()


def test_choices_of_one_field_differ() -> None:
    for model in SECTIONS.values():
        for field in fields_of(model):
            titles = [choice_title(choice) for choice in field.choices]
            assert len(set(titles)) == len(titles), (model, field.name)
