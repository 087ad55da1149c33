"""What the form of a new entity begins with, besides its defaults: a proposal, which whoever makes it may change."""

from typing import Any

from appliance.core.entities.retries import RetryRule
from appliance.core.trunk_kinds import TRUNK_KINDS

# Without a rule a contact is done after its first try, which nobody expects of who was busy.
_USUAL_RETRIES: tuple[dict[str, Any], ...] = (
    {"outcome": "busy", "tries": 3, "delay_min": 15},
    {"outcome": "no_answer", "tries": 3, "delay_min": 120, "next_number": True},
    {"outcome": "machine", "tries": 2, "delay_min": 240},
    {"outcome": "abandoned", "tries": 1, "delay_min": 60},
    {"outcome": "disposition", "tries": 3, "delay_min": 60},
)


def start_of(section: str, kind: str) -> dict[str, Any]:
    if section == "trunks" and kind in TRUNK_KINDS:
        return dict(TRUNK_KINDS[kind].values)
    rules = [RetryRule.model_validate(each).model_dump() for each in _USUAL_RETRIES]
    return {"retries": rules} if section == "dialers" else {}
