"""What agents work with: dispositions, forms, scripts, screen pops, pause reasons; and who supervises whom."""

from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field, StringConstraints, field_validator, model_validator

from appliance.core.entities.fields import (
    Entity,
    Key,
    Line,
    OptionalKey,
    Part,
    Refers,
    Shown,
    Title,
    check_lines,
    problem,
)
from appliance.core.form_pattern import check_pattern
from appliance.core.words import N_

_KEY_HELP = N_("Short and unchanging; letters, digits and hyphens.")


class Disposition(Entity):
    SINGULAR: ClassVar[str] = N_("Disposition")
    PLURAL: ClassVar[str] = N_("Dispositions")
    ICON: ClassVar[str] = "tags"
    HELP: ClassVar[str] = N_("A disposition is how an interaction ended, as the agent says. They can have two levels.")

    key: Annotated[Key, Field(title=N_("Key"), description=_KEY_HELP)]
    name: Annotated[Title, Field(title=N_("Name"), description=N_("As agents choose it."))]
    parent: Annotated[
        str,
        Refers("dispositions"),
        Field("", title=N_("Below"), description=N_("The disposition of the first level that this one belongs to.")),
    ]
    success: Annotated[
        bool,
        Field(False, title=N_("Success"), description=N_("Counts as the goal of the campaign.")),
        Shown(group=N_("What it means")),
    ]
    contact: Annotated[
        bool,
        Field(True, title=N_("Contact"), description=N_("The agent spoke with the right person.")),
        Shown(group=N_("What it means")),
    ]
    callback: Annotated[
        bool,
        Field(False, title=N_("Call back"), description=N_("The agent says when to call again.")),
        Shown(group=N_("What it means")),
    ]
    do_not_call: Annotated[
        bool,
        Field(False, title=N_("Do not call"), description=N_("This number is never dialled again.")),
        Shown(group=N_("What it means")),
    ]
    retry: Annotated[
        bool,
        Field(False, title=N_("Try again"), description=N_("The campaign's retry rules apply.")),
        Shown(group=N_("What it means")),
    ]
    machine: Annotated[
        bool,
        Field(False, title=N_("Machine"), description=N_("An answering machine answered, and nobody else.")),
        Shown(group=N_("What it means")),
    ]


class FormField(Part):
    key: Annotated[Key, Field(title=N_("Key"))]
    label: Annotated[Title, Field(title=N_("Label"))]
    kind: Annotated[
        Literal["text", "number", "date", "list", "yes_no", "long_text", "label"], Field("text", title=N_("Kind"))
    ]
    required: Annotated[bool, Field(False, title=N_("Required"))]
    default: Annotated[Line, Field("", max_length=200, title=N_("Default"))]
    choices: Annotated[
        Line, Field("", max_length=1000, title=N_("Choices"), description=N_("Of a list, separated by |."))
    ]
    pattern: Annotated[
        str,
        StringConstraints(max_length=200),
        AfterValidator(check_pattern),
        Field("", title=N_("Pattern"), description=N_("What an answer looks like, such as [A-Z]{2}[0-9]{6}.")),
    ]
    shown_if: Annotated[OptionalKey, Field("", title=N_("Shown if"), description=N_("The key of a field above."))]
    shown_if_value: Annotated[Line, Field("", max_length=200, title=N_("has the value"))]

    @model_validator(mode="after")
    def _fits_its_kind(self) -> "FormField":
        if self.kind == "list" and not any(choice.strip() for choice in self.choices.split("|")):
            raise problem("form_choices", N_("a list needs choices, separated by |"))
        if self.default and self.kind == "list" and self.default not in self.choices.split("|"):
            raise problem("form_default", N_("the default must be one of the choices"))
        return self


class WorkForm(Entity):
    SINGULAR: ClassVar[str] = N_("Form")
    PLURAL: ClassVar[str] = N_("Forms")
    ICON: ClassVar[str] = "forms"
    HELP: ClassVar[str] = N_("Agents fill in a form during a call; what they write is kept with the interaction.")

    key: Annotated[Key, Field(title=N_("Key"), description=_KEY_HELP)]
    name: Annotated[Title, Field(title=N_("Name"), description=N_("How people here call this form."))]
    fields: Annotated[
        list[FormField],
        Field(min_length=1, max_length=60, title=N_("Fields"), description=N_("In the order in which they are shown.")),
        Shown(group=N_("Fields")),
    ]

    @field_validator("fields")
    @classmethod
    def _fields_fit_together(cls, fields: list[FormField]) -> list[FormField]:
        above: set[str] = set()
        for field in fields:
            if field.key in above:
                raise problem("form_key_twice", N_("field {key} is in the form twice"), key=field.key)
            if field.shown_if and field.shown_if not in above:
                raise problem(
                    "form_shown_if",
                    N_("field {key} depends on {other}, which is not above it"),
                    key=field.key,
                    other=field.shown_if,
                )
            above.add(field.key)
        return fields


class ScriptPage(Part):
    title: Annotated[Title, Field(title=N_("Title"))]
    text: Annotated[
        str,
        StringConstraints(max_length=5000),
        AfterValidator(check_lines),
        Field(title=N_("Text"), description=N_("With {contact.name}, {call.number}, {digits.NAME} and the like.")),
        Shown(widget="textarea"),
    ]


class Script(Entity):
    SINGULAR: ClassVar[str] = N_("Script")
    PLURAL: ClassVar[str] = N_("Scripts")
    ICON: ClassVar[str] = "script"
    HELP: ClassVar[str] = N_("A script tells the agent what to say, page by page, with the caller's own data in it.")

    key: Annotated[Key, Field(title=N_("Key"), description=_KEY_HELP)]
    name: Annotated[Title, Field(title=N_("Name"), description=N_("How people here call this script."))]
    pages: Annotated[
        list[ScriptPage],
        Field(min_length=1, max_length=30, title=N_("Pages"), description=N_("In the order in which they are read.")),
        Shown(group=N_("Pages")),
    ]


class ScreenPop(Entity):
    SINGULAR: ClassVar[str] = N_("Screen pop")
    PLURAL: ClassVar[str] = N_("Screen pops")
    ICON: ClassVar[str] = "app-window"
    HELP: ClassVar[str] = N_("A screen pop opens a page of your own system when a call reaches an agent.")

    key: Annotated[Key, Field(title=N_("Key"), description=_KEY_HELP)]
    name: Annotated[Title, Field(title=N_("Name"), description=N_("Which system opens."))]
    url: Annotated[
        Line,
        StringConstraints(max_length=400, pattern=r"^https?://[^\s\"<>\\]+$"),
        Field(
            title=N_("Address"),
            description=N_(
                "With {caller}, {did}, {guid}, {agent}, {queue} or {digits.NAME} where the call's values go."
            ),
        ),
    ]
    kind: Annotated[
        Literal["tab", "iframe", "webhook"],
        Field("tab", title=N_("How"), description=N_("In a new tab, inside the desktop, or sent by this server.")),
    ]
    secret: Annotated[
        Line,
        Field(
            "", max_length=200, title=N_("Signing key"), description=N_("Signs what this server sends (HMAC-SHA256).")
        ),
        Shown(secret=True),
    ]


class PauseReason(Entity):
    SINGULAR: ClassVar[str] = N_("Pause reason")
    PLURAL: ClassVar[str] = N_("Pause reasons")
    ICON: ClassVar[str] = "coffee"
    HELP: ClassVar[str] = N_("Why an agent takes no calls for a while. Without any, a usual set is offered.")

    key: Annotated[Key, Field(title=N_("Key"), description=_KEY_HELP)]
    name: Annotated[Title, Field(title=N_("Name"), description=N_("As agents choose it."))]
    productive: Annotated[
        bool, Field(False, title=N_("Productive"), description=N_("Counts as work, such as training."))
    ]
    allowance_min: Annotated[
        int,
        Field(0, ge=0, le=1440, title=N_("Daily allowance"), description=N_("0 means without limit.")),
        Shown(unit="min"),
    ]
    needs_approval: Annotated[
        bool, Field(False, title=N_("Needs approval"), description=N_("A supervisor must agree first."))
    ]


class GroupSupervisor(Part):
    login: Annotated[Line, Field(min_length=1, max_length=80, title=N_("User"))]


class GroupQueue(Part):
    queue: Annotated[str, Refers("queues"), Field(min_length=1, title=N_("Queue"))]


class GroupCampaign(Part):
    campaign: Annotated[str, Refers("campaigns"), Field(min_length=1, title=N_("Campaign"))]


class GroupAgent(Part):
    agent: Annotated[str, Refers("agents"), Field(min_length=1, title=N_("Agent"))]


class SecurityGroup(Entity):
    SINGULAR: ClassVar[str] = N_("Security group")
    PLURAL: ClassVar[str] = N_("Security groups")
    ICON: ClassVar[str] = "shield"
    HELP: ClassVar[str] = N_("A supervisor in a security group sees its queues, campaigns and agents, and no others.")

    key: Annotated[Key, Field(title=N_("Key"), description=_KEY_HELP)]
    name: Annotated[Title, Field(title=N_("Name"), description=N_("Such as a team or a client."))]
    supervisors: Annotated[
        list[GroupSupervisor],
        Field(
            default=[],
            max_length=200,
            title=N_("Supervisors"),
            description=N_("Users, by the name they sign in with; an API token as the word token and its name."),
        ),
    ]
    queues: Annotated[
        list[GroupQueue], Field(default=[], max_length=500, title=N_("Queues"), description=N_("Which they see."))
    ]
    campaigns: Annotated[
        list[GroupCampaign], Field(default=[], max_length=500, title=N_("Campaigns"), description=N_("Which they see."))
    ]
    agents: Annotated[
        list[GroupAgent], Field(default=[], max_length=1000, title=N_("Agents"), description=N_("Whom they see."))
    ]
