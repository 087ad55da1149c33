"""How calls come in: routes by the number that was dialled, inbound campaigns, the blacklist."""

from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field, StringConstraints

from appliance.core.entities.fields import (
    HANGUP,
    Destination,
    Entity,
    Key,
    Language,
    Line,
    Number,
    Refers,
    Shown,
    Title,
    problem,
)
from appliance.core.words import N_

OptionalPrompt = Annotated[str, Refers("prompts")]
OptionalSchedule = Annotated[str, Refers("schedules")]


class Campaign(Entity):
    """An inbound campaign: a piece of business with its queue, hours and prompts."""

    SINGULAR: ClassVar[str] = N_("Campaign")
    PLURAL: ClassVar[str] = N_("Campaigns")
    ICON: ClassVar[str] = "target-arrow"
    HELP: ClassVar[str] = N_("A campaign is a piece of business: its queue, its hours, its greeting, its recording.")

    key: Annotated[Key, Field(title=N_("Key"), description=N_("Short and unchanging, such as support."))]
    name: Annotated[Title, Field(title=N_("Name"), description=N_("How people here call this business."))]
    queue: Annotated[
        str, Refers("queues"), Field(min_length=1, title=N_("Queue"), description=N_("Where its callers wait."))
    ]
    welcome_prompt: Annotated[
        OptionalPrompt,
        Field("", title=N_("Greeting"), description=N_("Heard when open, before waiting.")),
        Shown(group=N_("When open")),
    ]
    schedule: Annotated[
        OptionalSchedule,
        Field("", title=N_("Schedule"), description=N_("Without one it is always open.")),
        Shown(group=N_("When closed")),
    ]
    closed_prompt: Annotated[
        OptionalPrompt,
        Field("", title=N_("Out-of-hours prompt"), description=N_("Heard when closed or on a holiday.")),
        Shown(group=N_("When closed")),
    ]
    closed_destination: Annotated[
        Destination,
        Field(HANGUP, title=N_("When closed, go to"), description=N_("After the out-of-hours prompt.")),
        Shown(group=N_("When closed")),
    ]
    recording: Annotated[
        Literal["queue", "always", "never"],
        Field("queue", title=N_("Recording"), description=N_("As its queue says, always, or never.")),
        Shown(group=N_("Recording")),
    ]


class InboundRoute(Entity):
    SINGULAR: ClassVar[str] = N_("Inbound route")
    PLURAL: ClassVar[str] = N_("Inbound routes")
    ICON: ClassVar[str] = "phone-incoming"
    HELP: ClassVar[str] = N_("An inbound route says where calls to one of your numbers go.")

    key: Annotated[
        Number, Field(title=N_("Number (DID)"), description=N_("As the telephone company sends it: digits, + allowed."))
    ]
    name: Annotated[Title, Field(title=N_("Name"), description=N_("What this number is for."))]
    language: Annotated[
        Language,
        Field("en", title=N_("Language"), description=N_("Callers hear prompts in this language.")),
        Shown(asterisk="CHANNEL(language)", widget="language"),
    ]
    open_prompt: Annotated[
        OptionalPrompt,
        Field("", title=N_("Greeting when open"), description=N_("Heard first.")),
        Shown(group=N_("When open")),
    ]
    destination: Annotated[
        Destination,
        Field(title=N_("Goes to"), description=N_("Where calls go when open.")),
        Shown(group=N_("When open")),
    ]
    schedule: Annotated[
        OptionalSchedule,
        Field("", title=N_("Schedule"), description=N_("Without one the number is always open.")),
        Shown(group=N_("When closed")),
    ]
    closed_prompt: Annotated[
        OptionalPrompt,
        Field("", title=N_("Prompt when closed"), description=N_("Heard outside opening hours.")),
        Shown(group=N_("When closed")),
    ]
    closed_destination: Annotated[
        Destination,
        Field(HANGUP, title=N_("When closed, go to"), description=N_("After the prompt.")),
        Shown(group=N_("When closed")),
    ]
    holiday_prompt: Annotated[
        OptionalPrompt,
        Field("", title=N_("Prompt on holidays"), description=N_("Empty: the prompt when closed.")),
        Shown(group=N_("On holidays")),
    ]
    holiday_destination: Annotated[
        Destination,
        Field(HANGUP, title=N_("On holidays, go to"), description=N_("After the prompt.")),
        Shown(group=N_("On holidays")),
    ]


def _check_blocked(number: str) -> str:
    digits = number.removeprefix("+").removesuffix("*")
    if not (digits.isascii() and digits.isdigit() and 2 <= len(digits) <= 15):
        raise problem("blocked", N_("must be digits, with a * at the end for all numbers that begin so"))
    return number


class BlockedNumber(Entity):
    SINGULAR: ClassVar[str] = N_("Blocked number")
    PLURAL: ClassVar[str] = N_("Blacklist")
    ICON: ClassVar[str] = "phone-off"
    HELP: ClassVar[str] = N_("Calls from these numbers end at once.")

    key: Annotated[
        str,
        StringConstraints(max_length=17),
        AfterValidator(_check_blocked),
        Field(title=N_("Number"), description=N_("Add * at the end to block all numbers that begin so.")),
    ]
    reason: Annotated[Line, Field("", max_length=200, title=N_("Reason"), description=N_("For your colleagues."))]
