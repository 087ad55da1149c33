"""Digits that callers type: asked for, checked, and kept with the call."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints, model_validator

from appliance.core.entities.fields import (
    HANGUP,
    Destination,
    Entity,
    Key,
    Refers,
    Shown,
    Title,
    problem,
)
from appliance.core.words import N_

_KEY_HELP = N_("Short and unchanging; letters, digits and hyphens.")
Variable = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,29}$")]


class Input(Entity):
    """Digits that the caller types; their value travels with the call under the name `variable`."""

    SINGULAR: ClassVar[str] = N_("Digits to collect")
    PLURAL: ClassVar[str] = N_("Collected digits")
    ICON: ClassVar[str] = "dialpad"
    HELP: ClassVar[str] = N_("Asks the caller for digits, such as a customer number, and keeps them with the call.")

    key: Annotated[Key, Field(title=N_("Key"), description=_KEY_HELP)]
    name: Annotated[Title, Field(title=N_("Name"), description=N_("What is asked for, such as Customer number."))]
    prompt: Annotated[
        str,
        Refers("prompts"),
        Field(min_length=1, title=N_("Prompt"), description=N_("Asks for the digits.")),
        Shown(asterisk="Read"),
    ]
    variable: Annotated[
        Variable,
        Field("number", title=N_("Kept as"), description=N_("Small letters, digits and _; screen pops use this name.")),
    ]
    min_digits: Annotated[
        int, Field(1, ge=1, le=20, title=N_("Fewest digits"), description=N_("Fewer are asked for again."))
    ]
    max_digits: Annotated[
        int,
        Field(10, ge=1, le=20, title=N_("Most digits"), description=N_("With so many, the caller need not press #.")),
    ]
    mask: Annotated[
        str,
        StringConstraints(pattern=r"^[0-9XZN]{0,20}$"),
        Field(
            "",
            title=N_("Form"),
            description=N_("Digits, X (0-9), Z (1-9) or N (2-9), such as 4XXXXXXX. Empty: any digits."),
        ),
        Shown(advanced=True),
    ]
    check_digit: Annotated[
        Literal["none", "luhn", "mod11"],
        Field("none", title=N_("Check digit"), description=N_("The last digit is checked by this rule.")),
        Shown(advanced=True),
    ]
    masked: Annotated[
        bool,
        Field(
            False,
            title=N_("Confidential"),
            description=N_("Reports and the screen show only the last four digits, such as of a card number."),
        ),
    ]
    wait_s: Annotated[
        int,
        Field(5, ge=1, le=60, title=N_("Waiting time"), description=N_("After each digit.")),
        Shown(unit="s", advanced=True),
    ]
    tries: Annotated[int, Field(3, ge=1, le=10, title=N_("Tries"), description=N_("How often it is asked in all."))]
    invalid_prompt: Annotated[
        str,
        Refers("prompts"),
        Field("", title=N_("Prompt after wrong digits"), description=N_("Played before it is asked again.")),
        Shown(advanced=True),
    ]
    destination: Annotated[Destination, Field(title=N_("Then"), description=N_("Where the call goes with its digits."))]
    failed_destination: Annotated[
        Destination, Field(HANGUP, title=N_("After the last try"), description=N_("Where the call goes without them."))
    ]

    @model_validator(mode="after")
    def _lengths_fit(self) -> "Input":
        if self.min_digits > self.max_digits:
            raise problem("digits_order", N_("the fewest digits must not be more than the most"))
        if self.mask and not self.min_digits <= len(self.mask) <= self.max_digits:
            raise problem("mask_length", N_("the form must have as many digits as are asked for"))
        return self
