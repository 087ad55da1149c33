"""Steps between two places of a caller's way: announcements and branches by schedule."""

from typing import Annotated, ClassVar

from pydantic import Field, StringConstraints

from appliance.core.entities.fields import (
    HANGUP,
    Destination,
    Entity,
    Key,
    OptionalLanguage,
    Refers,
    Shown,
    Title,
)
from appliance.core.words import N_

_KEY_HELP = N_("Short and unchanging; letters, digits and hyphens.")
Variable = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,29}$")]


class Announcement(Entity):
    SINGULAR: ClassVar[str] = N_("Announcement")
    PLURAL: ClassVar[str] = N_("Announcements")
    ICON: ClassVar[str] = "message-2"
    HELP: ClassVar[str] = N_("An announcement plays a prompt or changes the caller's language, and the call goes on.")

    key: Annotated[Key, Field(title=N_("Key"), description=_KEY_HELP)]
    name: Annotated[Title, Field(title=N_("Name"), description=N_("How people here call this step."))]
    language: Annotated[
        OptionalLanguage,
        Field("", title=N_("Change the language to"), description=N_("From here on prompts are in this language.")),
        Shown(asterisk="CHANNEL(language)", widget="language"),
    ]
    prompt: Annotated[
        str,
        Refers("prompts"),
        Field("", title=N_("Prompt"), description=N_("What the caller hears.")),
        Shown(asterisk="Playback"),
    ]
    destination: Annotated[Destination, Field(title=N_("Goes on to"), description=N_("Where the call goes then."))]


class Branch(Entity):
    SINGULAR: ClassVar[str] = N_("Branch by schedule")
    PLURAL: ClassVar[str] = N_("Branches by schedule")
    ICON: ClassVar[str] = "arrows-split"
    HELP: ClassVar[str] = N_("A branch asks a schedule and sends the call one way when open and another when closed.")

    key: Annotated[Key, Field(title=N_("Key"), description=_KEY_HELP)]
    name: Annotated[Title, Field(title=N_("Name"), description=N_("How people here call this step."))]
    schedule: Annotated[
        str, Refers("schedules"), Field(min_length=1, title=N_("Schedule"), description=N_("Which hours are asked."))
    ]
    open_destination: Annotated[Destination, Field(title=N_("When open"), description=N_("Where the call goes."))]
    closed_destination: Annotated[
        Destination, Field(HANGUP, title=N_("When closed"), description=N_("Where the call goes."))
    ]
    holiday_destination: Annotated[
        Destination, Field(HANGUP, title=N_("On holidays"), description=N_("Where the call goes."))
    ]
