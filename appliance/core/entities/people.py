"""Extensions are phones; agents are the people who take interactions on them."""

from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field, StringConstraints, field_validator

from appliance.core.entities.fields import (
    HANGUP,
    Destination,
    Entity,
    Key,
    Line,
    OptionalKey,
    OptionalNumber,
    Part,
    Refers,
    Shown,
    Title,
    problem,
)
from appliance.core.words import N_


def check_extension(number: str) -> str:
    if not (number.isascii() and number.isdigit() and 2 <= len(number) <= 6):
        raise problem("extension", N_("must be 2 to 6 digits"))
    return number


SHORTEST_SECRET = 10  # whoever guesses it can place calls as this phone


def _check_secret(secret: str) -> str:
    if secret and (len(secret) < SHORTEST_SECRET or len(set(secret)) < 4):
        raise problem("secret", N_("must have at least 10 characters, not all alike; left empty, a strong one is made"))
    return secret


ExtensionNumber = Annotated[str, AfterValidator(check_extension)]


class Extension(Entity):
    SINGULAR: ClassVar[str] = N_("Extension")
    PLURAL: ClassVar[str] = N_("Extensions")
    ICON: ClassVar[str] = "device-landline-phone"
    HELP: ClassVar[str] = N_(
        "An extension is a phone with an internal number. It signs in with that number and a password."
    )

    key: Annotated[ExtensionNumber, Field(title=N_("Number"), description=N_("Internal number, 2 to 6 digits."))]
    name: Annotated[
        Title, Field(title=N_("Name"), description=N_("Shown on other phones.")), Shown(asterisk="callerid")
    ]
    secret: Annotated[
        Line,
        AfterValidator(_check_secret),
        Field(
            "",
            max_length=80,
            title=N_("SIP password"),
            description=N_("Left empty, it stays as it is; a new extension gets a strong one."),
        ),
        Shown(asterisk="password", secret=True),
    ]
    ring_s: Annotated[
        int,
        Field(25, ge=5, le=300, title=N_("Ring time"), description=N_("How long a direct call rings here.")),
        Shown(group=N_("Calls"), unit="s"),
    ]
    unanswered_destination: Annotated[
        Destination,
        Field(
            HANGUP, title=N_("Without answer"), description=N_("Where direct calls go. Voicemail, if on, comes first.")
        ),
        Shown(group=N_("Calls"), advanced=True),
    ]
    caller_id: Annotated[
        OptionalNumber,
        Field("", title=N_("Caller ID outside"), description=N_("The number that is shown on calls to the outside.")),
        Shown(group=N_("Calls")),
    ]
    pickup_group: Annotated[
        OptionalKey,
        Field("", title=N_("Pick-up group"), description=N_("Phones of the same group may take each other's calls.")),
        Shown(group=N_("Calls"), asterisk="named_call_group"),
    ]
    max_calls: Annotated[
        int,
        Field(2, ge=1, le=10, title=N_("Calls at once"), description=N_("Further callers hear busy.")),
        Shown(group=N_("Calls"), asterisk="device_state_busy_at", advanced=True),
    ]
    voicemail: Annotated[
        bool,
        Field(False, title=N_("Voicemail"), description=N_("Takes a message where nobody answers.")),
        Shown(group=N_("Voicemail")),
    ]
    voicemail_pin: Annotated[
        str,
        StringConstraints(pattern=r"^([0-9]{4,10})?$"),
        Field(
            "",
            title=N_("Voicemail PIN"),
            description=N_(
                "4 to 10 digits, better 6 or more. Left empty, it stays as it is; a new extension gets one."
            ),
        ),
        Shown(group=N_("Voicemail"), secret=True),
    ]
    voicemail_email: Annotated[
        str,
        StringConstraints(max_length=120, pattern=r"^([A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+)?$"),
        Field(
            "", title=N_("Send messages to"), description=N_("E-mail address that gets each message as a sound file.")
        ),
        Shown(group=N_("Voicemail"), asterisk="voicemail.conf"),
    ]


def _check_agent_number(number: str) -> str:
    return check_extension(number) if number else number


class SkillLevel(Part):
    skill: Annotated[Key, Field(title=N_("Skill"), description=N_("Such as english or billing."))]
    level: Annotated[int, Field(5, ge=1, le=10, title=N_("Level"), description=N_("10 is best."))]


class Agent(Entity):
    SINGULAR: ClassVar[str] = N_("Agent")
    PLURAL: ClassVar[str] = N_("Agents")
    ICON: ClassVar[str] = "headset"
    HELP: ClassVar[str] = N_("An agent is a person who takes calls from queues. Each works at an extension.")

    key: Annotated[Key, Field(title=N_("Key"), description=N_("Short and unchanging, such as ana-lopez."))]
    name: Annotated[Title, Field(title=N_("Name"), description=N_("How supervisors and colleagues see this person."))]
    extension: Annotated[
        str,
        Refers("extensions"),
        Field(min_length=1, title=N_("Extension"), description=N_("The phone on which calls of this agent ring.")),
        Shown(asterisk="interface"),
    ]
    shift: Annotated[
        str,
        Refers("schedules"),
        Field(
            "",
            title=N_("Shift"),
            description=N_(
                "When this agent works. Dialers place fewer calls just before it ends; it logs nobody out. "
                "Empty: not known ahead."
            ),
        ),
    ]
    number: Annotated[
        str,
        AfterValidator(_check_agent_number),
        Field("", title=N_("Agent number"), description=N_("Typed to log in by phone. Empty: the extension's.")),
        Shown(group=N_("Log-in by phone")),
    ]
    pin: Annotated[
        str,
        StringConstraints(pattern=r"^([0-9]{4,10})?$"),
        Field(
            "",
            title=N_("PIN"),
            description=N_("4 to 10 digits, better 6 or more. Without one, this agent cannot log in by phone."),
        ),
        Shown(group=N_("Log-in by phone"), secret=True),
    ]
    skills: Annotated[
        list[SkillLevel],
        Field(
            default=[],
            max_length=30,
            title=N_("Skills"),
            description=N_("Queues that ask for one of these skills take this agent, the best first."),
        ),
    ]

    @field_validator("skills")
    @classmethod
    def _each_skill_once(cls, skills: list[SkillLevel]) -> list[SkillLevel]:
        names = [each.skill for each in skills]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise problem("skill_twice", N_("skill {skills} is in the list twice"), skills=", ".join(twice))
        return skills
