"""How calls come in: routes by the number that was dialled, and inbound campaigns."""

from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from appliance.core.entities.callers import check_caller
from appliance.core.entities.fields import (
    HANGUP,
    Destination,
    Entity,
    Key,
    Language,
    OptionalLanguage,
    OptionalPrompt,
    Part,
    Refers,
    Shown,
    Title,
    problem,
)
from appliance.core.words import N_

OptionalSchedule = Annotated[str, Refers("schedules")]


class CampaignDisposition(Part):
    disposition: Annotated[str, Refers("dispositions"), Field(min_length=1, title=N_("Disposition"))]


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
    language: Annotated[
        OptionalLanguage,
        Field("", title=N_("Language"), description=N_("Empty: as the call came in.")),
        Shown(asterisk="CHANNEL(language)", widget="language"),
    ]
    recording: Annotated[
        Literal["queue", "always", "percentage", "on_demand", "never"],
        Field(
            "queue", title=N_("Recording"), description=N_("As its queue says, always, a share, on demand, or never.")
        ),
        Shown(group=N_("Recording")),
    ]
    recording_pct: Annotated[
        int,
        Field(100, ge=1, le=100, title=N_("Share of calls"), description=N_("Where a share of the calls is recorded.")),
        Shown(group=N_("Recording"), unit="%"),
    ]
    recording_prompt: Annotated[
        OptionalPrompt,
        Field(
            "",
            title=N_("Announcement of recording"),
            description=N_("Heard before waiting by callers whose call may be recorded."),
        ),
        Shown(group=N_("Recording")),
    ]
    script: Annotated[
        str,
        Refers("scripts"),
        Field("", title=N_("Script"), description=N_("What agents say.")),
        Shown(group=N_("Agents' desktop")),
    ]
    form: Annotated[
        str,
        Refers("forms"),
        Field("", title=N_("Form"), description=N_("What agents fill in.")),
        Shown(group=N_("Agents' desktop")),
    ]
    screen_pop: Annotated[
        str,
        Refers("screen_pops"),
        Field("", title=N_("Screen pop"), description=N_("What opens when a call reaches an agent.")),
        Shown(group=N_("Agents' desktop")),
    ]
    dispositions: Annotated[
        list[CampaignDisposition],
        Field(
            default=[],
            max_length=100,
            title=N_("Dispositions"),
            description=N_("What agents may choose. With none: all."),
        ),
        Shown(group=N_("Agents' desktop")),
    ]
    disposition_required: Annotated[
        bool,
        Field(
            False,
            title=N_("Disposition required"),
            description=N_("The agent gets no further call before choosing one."),
        ),
        Shown(group=N_("Agents' desktop")),
    ]
    disposition_timeout_s: Annotated[
        int,
        Field(
            0,
            ge=0,
            le=3600,
            title=N_("Choose for the agent after"),
            description=N_("0: wait for the agent. Else the disposition below is stored."),
        ),
        Shown(group=N_("Agents' desktop"), unit="s"),
    ]
    disposition_default: Annotated[
        str,
        Refers("dispositions"),
        Field(
            "", title=N_("Disposition chosen then"), description=N_("Stored where the agent did not choose in time.")
        ),
        Shown(group=N_("Agents' desktop")),
    ]

    @model_validator(mode="after")
    def _time_out_has_a_default(self) -> "Campaign":
        if self.disposition_timeout_s and not self.disposition_default:
            raise problem("disposition_default", N_("a time-out needs the disposition that is chosen then"))
        return self


def _check_did(did: str) -> str:
    body = did.removeprefix("+").removesuffix("*")
    if not (1 <= len(body) <= 15 and all(sign in "0123456789X" for sign in body) and body.strip("X")):
        raise problem(
            "did", N_("must be digits, X for any digit, with + before them and * after them for any further digits")
        )
    return did


Did = Annotated[str, StringConstraints(max_length=17), AfterValidator(_check_did)]


class CallerRule(Part):
    """Callers whose number begins so go elsewhere."""

    caller: Annotated[
        str,
        StringConstraints(max_length=17),
        AfterValidator(check_caller),
        Field(title=N_("Caller"), description=N_("A number; with * at the end all that begin so.")),
    ]
    destination: Annotated[Destination, Field(title=N_("Goes to"))]


class InboundRoute(Entity):
    SINGULAR: ClassVar[str] = N_("Inbound route")
    PLURAL: ClassVar[str] = N_("Inbound routes")
    ICON: ClassVar[str] = "phone-incoming"
    HELP: ClassVar[str] = N_("An inbound route says where calls to one of your numbers go.")

    key: Annotated[
        Did,
        Field(
            title=N_("Number (DID)"),
            description=N_(
                "As the telephone company sends it. X stands for any digit, * at the end for any further ones."
            ),
        ),
    ]
    name: Annotated[Title, Field(title=N_("Name"), description=N_("What this number is for."))]
    language: Annotated[
        Language,
        Field("en", title=N_("Language"), description=N_("Callers hear prompts in this language.")),
        Shown(asterisk="CHANNEL(language)", widget="language"),
    ]
    callers: Annotated[
        list[CallerRule],
        Field(
            default=[],
            max_length=200,
            title=N_("Special callers"),
            description=N_("Where certain callers go at any hour."),
        ),
        Shown(group=N_("Special callers"), advanced=True),
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
