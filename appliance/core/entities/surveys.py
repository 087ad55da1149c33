"""Surveys: questions that callers answer with a key."""

from typing import Annotated, ClassVar

from pydantic import Field, StringConstraints, model_validator

from appliance.core.entities.fields import (
    HANGUP,
    Destination,
    Entity,
    Key,
    Part,
    Refers,
    Title,
    problem,
)
from appliance.core.words import N_

_KEY_HELP = N_("Short and unchanging; letters, digits and hyphens.")
Variable = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,29}$")]


class Question(Part):
    prompt: Annotated[str, Refers("prompts"), Field(min_length=1, title=N_("Prompt"))]
    lowest: Annotated[int, Field(1, ge=0, le=9, title=N_("Lowest key"))]
    highest: Annotated[int, Field(5, ge=0, le=9, title=N_("Highest key"))]

    @model_validator(mode="after")
    def _keys_in_order(self) -> "Question":
        if self.lowest >= self.highest:
            raise problem("survey_keys", N_("the lowest key must be below the highest"))
        return self


class Survey(Entity):
    SINGULAR: ClassVar[str] = N_("Survey")
    PLURAL: ClassVar[str] = N_("Surveys")
    ICON: ClassVar[str] = "clipboard-check"
    HELP: ClassVar[str] = N_(
        "A survey asks callers questions that they answer with a key. The answers are kept with the call."
    )

    key: Annotated[Key, Field(title=N_("Key"), description=_KEY_HELP)]
    name: Annotated[Title, Field(title=N_("Name"), description=N_("How people here call this survey."))]
    welcome_prompt: Annotated[
        str, Refers("prompts"), Field("", title=N_("Welcome"), description=N_("Heard before the first question."))
    ]
    questions: Annotated[
        list[Question],
        Field(min_length=1, max_length=10, title=N_("Questions"), description=N_("One key answers each.")),
    ]
    tries: Annotated[int, Field(2, ge=1, le=5, title=N_("Tries"), description=N_("How often each question is asked."))]
    thanks_prompt: Annotated[
        str, Refers("prompts"), Field("", title=N_("Thanks"), description=N_("Heard after the last question."))
    ]
    destination: Annotated[Destination, Field(HANGUP, title=N_("Then"), description=N_("Where the call goes."))]
