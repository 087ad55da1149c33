"""Extensions are phones; agents are the people who take interactions on them."""

from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field, StringConstraints

from appliance.core.entities.fields import Entity, Key, Line, Refers, Shown, Title, problem
from appliance.core.words import N_


def _check_extension(number: str) -> str:
    if not (number.isascii() and number.isdigit() and 2 <= len(number) <= 6):
        raise problem("extension", N_("must be 2 to 6 digits"))
    return number


SHORTEST_SECRET = 10  # whoever guesses it can place calls as this phone


def _check_secret(secret: str) -> str:
    if secret and (len(secret) < SHORTEST_SECRET or len(set(secret)) < 4):
        raise problem("secret", N_("must have at least 10 characters, not all alike; left empty, a strong one is made"))
    return secret


ExtensionNumber = Annotated[str, AfterValidator(_check_extension)]


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
            description=N_("4 to 10 digits. Left empty, it stays as it is; a new extension gets one."),
        ),
        Shown(group=N_("Voicemail"), secret=True),
    ]


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
