"""Whom to call: lists of contacts, and filters that choose some of them."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from appliance.core.entities.fields import Entity, Key, Line, Part, Shown, Title
from appliance.core.entities.schedules import OptionalTimeZone
from appliance.core.words import N_

_KEY_HELP = N_("Short and unchanging; letters, digits and hyphens.")


_ORDER = N_("Order")


class ContactList(Entity):
    SINGULAR: ClassVar[str] = N_("List")
    PLURAL: ClassVar[str] = N_("Lists")
    ICON: ClassVar[str] = "clipboard-list"
    HELP: ClassVar[str] = N_("A list holds the contacts that a dialer calls. They come from a file or through the API.")

    key: Annotated[Key, Field(title=N_("Key"), description=_KEY_HELP)]
    name: Annotated[Title, Field(title=N_("Name"), description=N_("How people here call this list."))]
    country: Annotated[
        str,
        StringConstraints(pattern=r"^([A-Z]{2})?$"),
        Field(
            "",
            title=N_("Country"),
            description=N_("Two letters, of numbers without a country code. Empty: as the centre's."),
        ),
    ]
    time_zone: Annotated[
        OptionalTimeZone,
        Field(
            "", title=N_("Time zone"), description=N_("Of contacts whose number tells none. Empty: as the centre's.")
        ),
        Shown(widget="time_zone"),
    ]
    once_by: Annotated[
        Literal["number", "key", "none"],
        Field(
            "number",
            title=N_("The same contact twice"),
            description=N_("By what a contact is known that there is already: number, key of its own, or not at all."),
        ),
        Shown(group=N_("Doubles")),
    ]
    once_in: Annotated[
        Literal["list", "campaign", "system"],
        Field(
            "list",
            title=N_("Looked for in"),
            description=N_("This list, all lists of the same dialer, or all lists."),
        ),
        Shown(group=N_("Doubles")),
    ]
    once_days: Annotated[
        int,
        Field(0, ge=0, le=3650, title=N_("Only if added within"), description=N_("0: however long ago it was added.")),
        Shown(group=N_("Doubles"), unit="d"),
    ]
    order_field: Annotated[
        Line,
        Field(
            "",
            max_length=60,
            title=N_("Order by the field"),
            description=N_("Of the contact, for a dialer that calls by a field. Numbers by size, dates as 2026-05-31."),
        ),
        Shown(group=_ORDER, widget="own_field"),
    ]
    order_direction: Annotated[
        Literal["ascending", "descending"],
        Field("ascending", title=N_("Called first"), description=N_("Who has no value is called last, either way.")),
        Shown(group=_ORDER),
    ]


Operator = Literal["is", "is_not", "contains", "begins", "less", "more", "empty", "not_empty"]


class Condition(Part):
    """`field` is priority, tries, result, disposition, owner, zone, added_days, last_days or one of the contact's."""

    field: Annotated[Line, Field(min_length=1, max_length=60, title=N_("Field")), Shown(widget="contact_field")]
    operator: Annotated[Operator, Field("is", title=N_("How"))]
    value: Annotated[Line, Field("", max_length=200, title=N_("Value"))]


class ContactFilter(Entity):
    SINGULAR: ClassVar[str] = N_("Contact filter")
    PLURAL: ClassVar[str] = N_("Contact filters")
    ICON: ClassVar[str] = "filter"
    HELP: ClassVar[str] = N_("A contact filter is a part of a list: the contacts for which its conditions hold.")

    key: Annotated[Key, Field(title=N_("Key"), description=_KEY_HELP)]
    name: Annotated[Title, Field(title=N_("Name"), description=N_("Such as customers in the north."))]
    match: Annotated[
        Literal["all", "any"],
        Field("all", title=N_("Which must hold"), description=N_("All conditions, or any one of them.")),
    ]
    conditions: Annotated[
        list[Condition],
        Field(
            min_length=1, max_length=20, title=N_("Conditions"), description=N_("Of the contacts that belong to it.")
        ),
    ]
