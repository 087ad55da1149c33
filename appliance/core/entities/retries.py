"""When a contact is tried again, by what came of the call."""

from typing import Annotated, Literal

from pydantic import Field

from appliance.core.entities.fields import Part, Shown
from appliance.core.words import N_

RetryOutcome = Literal["busy", "no_answer", "machine", "rejected", "abandoned", "short", "fax", "disposition"]


class RetryRule(Part):
    """`disposition` is any of the agent's whose flag says: try again."""

    outcome: Annotated[RetryOutcome, Field(title=N_("After"))]
    tries: Annotated[int, Field(3, ge=1, le=50, title=N_("Tries"))]
    delay_min: Annotated[int, Field(60, ge=1, le=43200, title=N_("Wait")), Shown(unit="min")]
    growth: Annotated[Literal["fixed", "doubling"], Field("fixed", title=N_("Then"))]
    next_number: Annotated[bool, Field(False, title=N_("The next number"))]
