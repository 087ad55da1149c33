"""Menus (IVR): a prompt, keys, and what happens when a caller presses none or a wrong one."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, field_validator

from appliance.core.entities.fields import (
    HANGUP,
    Destination,
    Entity,
    Key,
    MenuTarget,
    Part,
    Refers,
    Shown,
    Title,
    problem,
)
from appliance.core.words import N_

MAX_MENU_LEVELS = 4
Digit = Literal["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "#"]
PromptKey = Annotated[str, Refers("prompts")]


class MenuOption(Part):
    digit: Annotated[Digit, Field(title=N_("Press"))]
    label: Annotated[Title, Field(title=N_("For"))]
    destination: Annotated[MenuTarget, Field(title=N_("Goes to"))]


class Menu(Entity):
    SINGULAR: ClassVar[str] = N_("Menu")
    PLURAL: ClassVar[str] = N_("Menus")
    ICON: ClassVar[str] = "sitemap"
    HELP: ClassVar[str] = N_("A menu asks callers to press a key and sends them on. Menus can be four levels deep.")

    key: Annotated[Key, Field(title=N_("Key"), description=N_("Short and unchanging, such as main."))]
    name: Annotated[Title, Field(title=N_("Name"), description=N_("How people here call this menu."))]
    prompt: Annotated[
        PromptKey,
        Field(min_length=1, title=N_("Prompt"), description=N_("Says which key is for what.")),
        Shown(asterisk="Background"),
    ]
    options: Annotated[
        list[MenuOption],
        Field(min_length=1, max_length=12, title=N_("Keys"), description=N_("What each key does.")),
        Shown(group=N_("Keys")),
    ]
    wait_s: Annotated[
        int,
        Field(5, ge=1, le=60, title=N_("Waiting time"), description=N_("How long a caller has to press a key.")),
        Shown(group=N_("No key or a wrong one"), unit="s", asterisk="WaitExten"),
    ]
    tries: Annotated[
        int,
        Field(3, ge=1, le=10, title=N_("Tries"), description=N_("How often the menu is played in all.")),
        Shown(group=N_("No key or a wrong one")),
    ]
    timeout_prompt: Annotated[
        PromptKey,
        Field("", title=N_("Prompt after no key"), description=N_("Played before the menu is repeated.")),
        Shown(group=N_("No key or a wrong one"), advanced=True),
    ]
    invalid_prompt: Annotated[
        PromptKey,
        Field("", title=N_("Prompt after a wrong key"), description=N_("Played before the menu is repeated.")),
        Shown(group=N_("No key or a wrong one"), advanced=True),
    ]
    timeout_destination: Annotated[
        Destination,
        Field(HANGUP, title=N_("After the last try without a key"), description=N_("Where the caller goes then.")),
        Shown(group=N_("No key or a wrong one")),
    ]
    invalid_destination: Annotated[
        Destination,
        Field(HANGUP, title=N_("After the last wrong key"), description=N_("Where the caller goes then.")),
        Shown(group=N_("No key or a wrong one")),
    ]
    direct_dial: Annotated[
        bool,
        Field(
            False, title=N_("Extensions may be dialled"), description=N_("Callers who know an extension may type it.")
        ),
        Shown(group=N_("Keys")),
    ]
    operator: Annotated[
        Destination,
        Field(HANGUP, title=N_("Operator"), description=N_("Where the choice 'operator' leads.")),
        Shown(group=N_("Keys")),
    ]

    @field_validator("options")
    @classmethod
    def _each_digit_once(cls, options: list[MenuOption]) -> list[MenuOption]:
        digits = [option.digit for option in options]
        twice = sorted({digit for digit in digits if digits.count(digit) > 1})
        if twice:
            raise problem("digit_twice", N_("key {digits} is used twice"), digits=", ".join(twice))
        return options
