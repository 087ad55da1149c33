"""Web lookups: the one step where a call waits for the daemon, with a time limit and a way on without it."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints, field_validator

from appliance.core.entities.fields import (
    HANGUP,
    Destination,
    Entity,
    Key,
    Line,
    Part,
    Shown,
    Title,
    problem,
)
from appliance.core.words import N_

_KEY_HELP = N_("Short and unchanging; letters, digits and hyphens.")
Variable = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,29}$")]


class LookupAnswer(Part):
    answer: Annotated[
        str,
        StringConstraints(pattern=r"^[A-Za-z0-9_.-]{1,40}$"),
        Field(title=N_("Answer"), description=N_("As the web service gives it.")),
    ]
    destination: Annotated[Destination, Field(title=N_("Goes to"))]


class Lookup(Entity):
    """The only step that waits for the daemon: with a time limit, and a way on without an answer."""

    SINGULAR: ClassVar[str] = N_("Web lookup")
    PLURAL: ClassVar[str] = N_("Web lookups")
    ICON: ClassVar[str] = "world-search"
    HELP: ClassVar[str] = N_("A web lookup asks a web service of yours about the caller; its answer chooses the way.")

    key: Annotated[Key, Field(title=N_("Key"), description=_KEY_HELP)]
    name: Annotated[Title, Field(title=N_("Name"), description=N_("What is looked up."))]
    url: Annotated[
        Line,
        StringConstraints(max_length=400, pattern=r"^https?://[^\s\"<>\\/?#{}]+([/?#][^\s\"<>\\]*)?$"),
        Field(
            title=N_("Address"),
            description=N_("With {caller}, {did}, {guid} or {digits.NAME} where the call's own values go."),
        ),
        Shown(private=True),  # it may hold a key
    ]
    method: Annotated[
        Literal["GET", "POST"],
        Field("GET", title=N_("Method"), description=N_("POST sends all of the call's values as JSON.")),
    ]
    token: Annotated[
        Line,
        Field(
            "", max_length=200, title=N_("Token"), description=N_("Sent as 'Authorization: Bearer', if there is one.")
        ),
        Shown(secret=True),
    ]
    answer_field: Annotated[
        str,
        StringConstraints(pattern=r"^[A-Za-z0-9_.]{0,60}$"),
        Field(
            "",
            title=N_("Field of the answer"),
            description=N_("Of a JSON answer, such as customer.level. Empty: the answer is plain text."),
        ),
    ]
    timeout_s: Annotated[
        int,
        Field(3, ge=1, le=10, title=N_("Time limit"), description=N_("After it the call goes on without an answer.")),
        Shown(unit="s"),
    ]
    answers: Annotated[
        list[LookupAnswer],
        Field(default=[], max_length=50, title=N_("Answers"), description=N_("Where each answer leads.")),
        Shown(group=N_("Ways on")),
    ]
    other_destination: Annotated[
        Destination,
        Field(HANGUP, title=N_("Any other answer"), description=N_("Where the call goes.")),
        Shown(group=N_("Ways on")),
    ]
    failed_destination: Annotated[
        Destination,
        Field(
            HANGUP,
            title=N_("Without an answer"),
            description=N_("Where the call goes when the service is slow or down."),
        ),
        Shown(group=N_("Ways on")),
    ]

    @field_validator("answers")
    @classmethod
    def _each_answer_once(cls, answers: list[LookupAnswer]) -> list[LookupAnswer]:
        words = [each.answer for each in answers]
        twice = sorted({word for word in words if words.count(word) > 1})
        if twice:
            raise problem("answer_twice", N_("answer {answers} is in the list twice"), answers=", ".join(twice))
        return answers
