"""How a contact's number is dialled, and the manager action that dials it for an attempt."""

import datetime as dt
from collections.abc import Iterator
from typing import NamedTuple

from appliance.core.callbacks import may_call
from appliance.core.entities.dialers import Dialer
from appliance.core.number_plan import plan_of
from appliance.core.site import Site

AGENT_RINGS_S = 20
# Makers differ in which of these they listen to.
AUTO_ANSWER = (
    "PJSIP_HEADER(add,Alert-Info)=<http://127.0.0.1>;info=alert-autoanswer;delay=0",
    "PJSIP_HEADER(add,Call-Info)=<sip:127.0.0.1>;answer-after=0",
)
MARGIN_S = 60  # that an attempt may take besides ringing: other trunks are tried
FRESH_S = 5  # an order that Asterisk takes up later than this is an old one: who ordered it has gone on


class Dial(NamedTuple):
    """An attempt as Asterisk is told of it: `number` is the contact's, `dialled` what our routes carry for it.

    `at` is now, `until` when it may reach the network at the latest.
    """

    guid: str
    dialer: str
    number: str
    dialled: str
    caller_id: str
    at: dt.datetime
    until: dt.datetime


def dialled_for(site: Site, number: str) -> str:
    """The first way to write a number that a route open to everybody carries; empty where none does."""
    return next((each for each in _ways(site, number) if may_call(site, each)), "")


def _ways(site: Site, number: str) -> Iterator[str]:
    """As it is stored, as it is dialled in the country, and without its plus."""
    yield number
    plan = plan_of(site.settings.country)
    yield plan.formatted(number, "national")
    yield plan.formatted(number, "e164")


def with_agent_fields(campaign: str, dial: Dial, phone: str, trunk: str) -> dict[str, str | list[str]]:
    """The agent's phone first; it answers by itself where it can, and then the contact is called."""
    return {
        "Channel": f"PJSIP/{phone}",
        "Context": f"dialer-preview-{dial.dialer}",
        "Exten": dial.dialled,
        "Priority": "1",
        "CallerID": f"<{dial.number}>",
        "Timeout": str(AGENT_RINGS_S * 1000),
        "Async": "true",
        "Variable": [
            *AUTO_ANSWER,
            f"OUT_PHONE={phone}",
            *_variables(campaign, dial, trunk, AGENT_RINGS_S + FRESH_S),
        ],
    }


def originate_fields(dialer: Dialer, campaign: str, dial: Dial, trunk: str) -> dict[str, str | list[str]]:
    """By the trunk that has room for it. Who answers goes on in the dialplan, and the half that dials is done."""
    return {
        "Channel": f"Local/{dial.dialled}@dialer-out-{dial.dialer}/n",
        "Application": "NoOp",
        "CallerID": f"<{dial.number}>",
        "Timeout": str((dialer.ring_s + MARGIN_S) * 1000),
        "Async": "true",
        "Variable": _variables(campaign, dial, trunk, FRESH_S),
    }


def _variables(campaign: str, dial: Dial, trunk: str, fresh_s: int) -> list[str]:
    variables = {
        "__GUID": dial.guid,
        "__ATTEMPT": dial.guid,
        "__ATTEMPT_NUMBER": dial.number,
        "__CAMPAIGN": campaign,
        "OUT_SHOWN": dial.caller_id,
        "OUT_BY": str(int(dial.at.timestamp()) + fresh_s),
        "OUT_UNTIL": str(int(dial.until.timestamp())),
        "OUT_FIRST": trunk,
    }
    return [f"{name}={value}" for name, value in variables.items()]
