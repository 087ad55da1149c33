"""How a contact's number is dialled, and the manager action that dials it for an attempt."""

from collections.abc import Iterator
from typing import NamedTuple

from appliance.core.callbacks import may_call
from appliance.core.entities.dialers import Dialer
from appliance.core.number_plan import plan_of
from appliance.core.site import Site

MARGIN_S = 60  # that an attempt may take besides ringing: other trunks are tried


class Dial(NamedTuple):
    """An attempt as Asterisk is told of it: `number` is the contact's, `dialled` what our routes carry for it."""

    guid: str
    dialer: str
    number: str
    dialled: str
    caller_id: str


def dialled_for(site: Site, number: str) -> str:
    """The first way to write a number that a route open to everybody carries; empty where none does."""
    return next((each for each in _ways(site, number) if may_call(site, each)), "")


def _ways(site: Site, number: str) -> Iterator[str]:
    """As it is stored, as it is dialled in the country, and without its plus."""
    yield number
    plan = plan_of(site.settings.country)
    yield plan.formatted(number, "national")
    yield plan.formatted(number, "e164")


def originate_fields(dialer: Dialer, campaign: str, dial: Dial) -> dict[str, str | list[str]]:
    """Who answers goes on in the dialplan: nothing is to be done here with the half that dials."""
    variables = {
        "__GUID": dial.guid,
        "__ATTEMPT": dial.guid,
        "__ATTEMPT_NUMBER": dial.number,
        "__CAMPAIGN": campaign,
        "OUT_SHOWN": dial.caller_id,
    }
    return {
        "Channel": f"Local/{dial.dialled}@dialer-out-{dial.dialer}/n",
        "Application": "NoOp",
        "CallerID": f"<{dial.number}>",
        "Timeout": str((dialer.ring_s + MARGIN_S) * 1000),
        "Async": "true",
        "Variable": [f"{name}={value}" for name, value in variables.items()],
    }
