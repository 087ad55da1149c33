"""Rows of a dialer: the lists that it calls, and the numbers that it shows."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from appliance.core.entities.fields import OptionalNumber, Part, Refers, Shown
from appliance.core.words import N_


class CalledList(Part):
    list: Annotated[str, Refers("lists"), Field(min_length=1, title=N_("List"))]
    filter: Annotated[str, Refers("contact_filters"), Field("", title=N_("Contact filter"))]
    share_pct: Annotated[int, Field(100, ge=1, le=100, title=N_("Share")), Shown(unit="%")]


class CallerNumber(Part):
    number: Annotated[OptionalNumber, Field(min_length=1, title=N_("Number"))]
    area: Annotated[
        str,
        StringConstraints(max_length=17, pattern=r"^(\+?[0-9]*)$"),
        Field("", title=N_("Shown to numbers that begin")),
    ]


Mode = Literal["preview", "progressive", "power", "predictive", "agentless"]
Law = Literal["none", "us", "uk", "ca", "mx", "ar", "id"]
