"""What a form offers is said in words: no choice is shown as it is stored."""

from collections.abc import Iterator

import pytest
from pydantic import BaseModel

from appliance.core.site import SECTIONS, Site
from appliance.web.forms.choices import choice_title, choices_of
from appliance.web.forms.schema import fields_of
from appliance.web.forms.words import CHOICE_TITLES

# Names that are the same in every language, keys of a telephone, and the key of what there is once.
UNTOLD = {"alaw", "ulaw", "g722", "opus", "gsm", *"0123456789*#", "main"}


def choices(model: type[BaseModel]) -> Iterator[tuple[str, str]]:
    for field in fields_of(model):
        yield from ((field.name, choice) for choice in field.choices)
        if field.inner is not None and field.inner.model_fields:
            yield from choices(field.inner)


def has_word(field: str, choice: str) -> bool:
    return not choice or choice in UNTOLD or bool({choice, f"{field}.{choice}"} & CHOICE_TITLES.keys())


@pytest.mark.parametrize("section", SECTIONS)
def test_every_choice_has_a_word(section: str) -> None:
    assert [place for place in choices(SECTIONS[section]) if not has_word(*place)] == []


def test_a_language_that_is_not_chosen_is_said_to_be_whose() -> None:
    fields = {field.name: field for field in fields_of(SECTIONS["wallboards"])}
    [group] = choices_of(fields["language"], Site.model_validate({}), "")
    assert (group.choices[0].value, group.choices[0].title) == ("", "That of the company")


def test_choices_of_one_field_differ() -> None:
    for model in SECTIONS.values():
        for field in fields_of(model):
            titles = [choice_title(choice, field.name) for choice in field.choices]
            assert len(set(titles)) == len(titles), (model, field.name)
