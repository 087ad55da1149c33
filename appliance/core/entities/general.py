"""Settings that a site has once: the company, its mail server, the codes that phones dial."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints, model_validator

from appliance.core.entities.fields import HANGUP, Destination, Entity, Language, Line, Refers, Shown, problem
from appliance.core.entities.schedules import TimeZone
from appliance.core.entities.trunks import Host
from appliance.core.words import N_

MAIN = "main"
Only = Annotated[Literal["main"], Field("main", title=N_("Key"), description=N_("There is one only."))]
Code = Annotated[str, StringConstraints(pattern=r"^(\*[0-9]{1,4}\*?)?$")]


class GeneralSettings(Entity):
    SINGULAR: ClassVar[str] = N_("General settings")
    PLURAL: ClassVar[str] = N_("General settings")
    ICON: ClassVar[str] = "settings"
    HELP: ClassVar[str] = N_("What the whole centre shares: company, language, country and what happens to odd calls.")

    key: Only
    company: Annotated[
        Line, Field("", max_length=80, title=N_("Company"), description=N_("Shown on pages and reports."))
    ]
    language: Annotated[
        Language,
        Field("en", title=N_("Language"), description=N_("Of prompts where a call says no other.")),
        Shown(widget="language"),
    ]
    time_zone: Annotated[
        TimeZone,
        Field("UTC", title=N_("Time zone"), description=N_("Of pages, reports and new schedules.")),
        Shown(widget="time_zone"),
    ]
    country: Annotated[
        str,
        StringConstraints(pattern=r"^([A-Z]{2})?$"),
        Field(
            "",
            title=N_("Country"),
            description=N_("Two letters such as PE. Numbers without a country code belong to it."),
        ),
    ]
    unknown_did_destination: Annotated[
        str,
        Refers("announcements"),
        Field(
            "",
            title=N_("Numbers without a route"),
            description=N_(
                "An announcement for calls to numbers that no route knows. Empty: they are refused as not in service."
            ),
        ),
        Shown(group=N_("Odd calls")),
    ]
    blocked_destination: Annotated[
        Destination,
        Field(HANGUP, title=N_("Blacklisted callers"), description=N_("Where their calls go.")),
        Shown(group=N_("Odd calls")),
    ]
    listed_calls: Annotated[
        Literal["asked", "refused", "allowed"],
        Field(
            "asked",
            title=N_("Dialling numbers on the do-not-call list"),
            description=N_("Of people, by hand. Dialers never do, and emergency numbers always go out."),
        ),
        Shown(group=N_("Do not call")),
    ]
    emergency_closed: Annotated[
        bool,
        Field(False, title=N_("Closed for an emergency"), description=N_("Every inbound call hears the prompt below.")),
        Shown(group=N_("Emergency")),
    ]
    emergency_prompt: Annotated[
        str,
        Refers("prompts"),
        Field("", title=N_("Emergency prompt"), description=N_("Heard while closed for an emergency.")),
        Shown(group=N_("Emergency")),
    ]
    emergency_destination: Annotated[
        Destination,
        Field(HANGUP, title=N_("Then"), description=N_("Where calls go after the emergency prompt.")),
        Shown(group=N_("Emergency")),
    ]


class MailServer(Entity):
    SINGULAR: ClassVar[str] = N_("Mail server")
    PLURAL: ClassVar[str] = N_("Mail server")
    ICON: ClassVar[str] = "mail"
    HELP: ClassVar[str] = N_("Voicemail and reports are sent through this server of yours.")

    key: Only
    host: Annotated[Host, Field("", max_length=120, title=N_("Host"), description=N_("Empty: no mail is sent."))]
    port: Annotated[int, Field(587, ge=1, le=65535, title=N_("Port"), description=N_("Usually 587, 465 or 25."))]
    security: Annotated[
        Literal["starttls", "tls", "none"],
        Field("starttls", title=N_("Encryption"), description=N_("As the server asks for it.")),
    ]
    username: Annotated[
        Line, Field("", max_length=120, title=N_("User name"), description=N_("If the server asks for one."))
    ]
    secret: Annotated[
        Line,
        Field("", max_length=200, title=N_("Password"), description=N_("Left empty, it stays as it is.")),
        Shown(secret=True),
    ]
    from_address: Annotated[
        str,
        StringConstraints(max_length=120, pattern=r"^([A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+)?$"),
        Field("", title=N_("Sender"), description=N_("The address that mails come from.")),
    ]


class FeatureCodes(Entity):
    SINGULAR: ClassVar[str] = N_("Feature codes")
    PLURAL: ClassVar[str] = N_("Feature codes")
    ICON: ClassVar[str] = "asterisk"
    HELP: ClassVar[str] = N_("What phones dial for a service of this centre. An empty code switches it off.")

    key: Only
    voicemail: Annotated[Code, Field("*97", title=N_("Own voicemail"), description=N_("Listen to one's messages."))]
    pickup: Annotated[
        Code, Field("*8", title=N_("Pick up"), description=N_("Take a call that rings in one's pick-up group."))
    ]
    pickup_one: Annotated[
        Code, Field("*9*", title=N_("Pick up a phone"), description=N_("Followed by the extension that rings."))
    ]
    park: Annotated[Code, Field("*70", title=N_("Park"), description=N_("Transfer a call here; the place is told."))]
    do_not_disturb: Annotated[Code, Field("*78", title=N_("Do not disturb"), description=N_("On and off."))]
    forward: Annotated[
        Code, Field("*72*", title=N_("Forward always"), description=N_("Followed by the number; alone it ends it."))
    ]
    forward_busy: Annotated[
        Code, Field("*90*", title=N_("Forward when busy"), description=N_("Followed by the number; alone it ends it."))
    ]
    forward_unanswered: Annotated[
        Code,
        Field("*92*", title=N_("Forward without answer"), description=N_("Followed by the number; alone it ends it.")),
    ]
    record_prompt: Annotated[
        Code,
        Field(
            "*77*", title=N_("Record a prompt"), description=N_("Followed by the code that the prompt's page shows.")
        ),
    ]
    agent_log_in: Annotated[
        Code, Field("*11", title=N_("Agent logs in"), description=N_("At any phone, with number and PIN."))
    ]
    agent_log_out: Annotated[Code, Field("*12", title=N_("Agent logs out"), description=N_("At the phone in use."))]
    agent_pause: Annotated[
        Code, Field("*13", title=N_("Agent pauses"), description=N_("On and off, at the phone in use."))
    ]
    echo: Annotated[Code, Field("*43", title=N_("Echo test"), description=N_("One hears oneself: is the sound good?"))]

    @model_validator(mode="after")
    def _each_code_once(self) -> "FeatureCodes":
        codes = [value for name, value in self if name != "key" and value]
        twice = sorted({code for code in codes if codes.count(code) > 1})
        if twice:
            raise problem("code_twice", N_("code {codes} is used twice"), codes=", ".join(twice))
        return self
