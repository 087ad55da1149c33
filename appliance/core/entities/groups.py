"""Ring groups and conference rooms: several phones under one number."""

from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field, StringConstraints

from appliance.core.entities.fields import HANGUP, Destination, Entity, Key, Part, Refers, Shown, Title
from appliance.core.entities.people import check_extension
from appliance.core.words import N_

OptionalExtension = Annotated[str, AfterValidator(lambda number: check_extension(number) if number else number)]
Pin = Annotated[str, StringConstraints(pattern=r"^([0-9]{4,10})?$")]


class GroupMember(Part):
    extension: Annotated[str, Refers("extensions"), Field(min_length=1, title=N_("Extension"))]


class RingGroup(Entity):
    SINGULAR: ClassVar[str] = N_("Ring group")
    PLURAL: ClassVar[str] = N_("Ring groups")
    ICON: ClassVar[str] = "phone-call"
    HELP: ClassVar[str] = N_("A ring group lets several phones ring, without waiting music or agents.")

    key: Annotated[Key, Field(title=N_("Key"), description=N_("Short and unchanging, such as front-desk."))]
    name: Annotated[Title, Field(title=N_("Name"), description=N_("How people here call this group."))]
    number: Annotated[
        OptionalExtension,
        Field("", title=N_("Internal number"), description=N_("Phones reach the group by it; 2 to 6 digits.")),
    ]
    members: Annotated[
        list[GroupMember],
        Field(min_length=1, max_length=50, title=N_("Phones"), description=N_("Which phones ring.")),
        Shown(group=N_("Phones"), asterisk="Dial"),
    ]
    strategy: Annotated[
        Literal["all", "in_order"],
        Field("all", title=N_("How they ring"), description=N_("All at once, or one after the other.")),
        Shown(group=N_("Phones")),
    ]
    ring_s: Annotated[
        int,
        Field(20, ge=5, le=300, title=N_("Ring time"), description=N_("Of all, or of each phone in its turn.")),
        Shown(group=N_("Phones"), unit="s"),
    ]
    destination: Annotated[
        Destination,
        Field(HANGUP, title=N_("When nobody answers"), description=N_("Where the caller goes then.")),
        Shown(group=N_("Phones")),
    ]


class Conference(Entity):
    SINGULAR: ClassVar[str] = N_("Conference room")
    PLURAL: ClassVar[str] = N_("Conference rooms")
    ICON: ClassVar[str] = "users"
    HELP: ClassVar[str] = N_("In a conference room all who call in talk with each other.")

    key: Annotated[Key, Field(title=N_("Key"), description=N_("Short and unchanging, such as board."))]
    name: Annotated[Title, Field(title=N_("Name"), description=N_("How people here call this room."))]
    number: Annotated[
        OptionalExtension,
        Field("", title=N_("Internal number"), description=N_("Phones reach the room by it; 2 to 6 digits.")),
    ]
    pin: Annotated[
        Pin,
        Field(
            "",
            title=N_("PIN"),
            description=N_("4 to 10 digits, better 6 or more. Empty: everybody who reaches the room may enter."),
        ),
        Shown(group=N_("Who may enter"), private=True),
    ]
    max_members: Annotated[
        int,
        Field(20, ge=2, le=200, title=N_("Most people"), description=N_("Further callers are refused.")),
        Shown(group=N_("Who may enter"), asterisk="max_members"),
    ]
    announce_people: Annotated[
        bool,
        Field(True, title=N_("Tell who comes and goes"), description=N_("A tone when somebody enters or leaves.")),
        Shown(group=N_("Sound"), asterisk="quiet"),
    ]
    recording: Annotated[
        bool,
        Field(False, title=N_("Record"), description=N_("The whole conference, from the first word.")),
        Shown(group=N_("Sound"), asterisk="record_conference"),
    ]
