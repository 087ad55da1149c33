"""Alarms that were raised, and taking notice of one; what alarms watch is a section of the configuration."""

import datetime as dt
from typing import Annotated

from aiohttp import web
from pydantic import Field

from appliance.core.access import FLOOR, VIEW
from appliance.services.board.alarms import see_alarm
from appliance.services.board.picture import FLOOR as NEWS
from appliance.store.floor import list_alarms
from appliance.web.api.operations import Answer, Operation, json_answer
from appliance.web.api.reading import read_number
from appliance.web.keys import DATABASE, HUB, PERSON, SIGHT


class RaisedAlarm(Answer):
    alarm_raise_id: int
    alarm: Annotated[str, Field(description="The key of the alarm.")]
    subject: Annotated[str, Field(description="What it is about, such as queues:sales.")]
    value: str
    raised_at: dt.datetime
    over_at: dt.datetime | None
    seen_by: str
    seen_at: dt.datetime | None


class RaisedAlarms(Answer):
    items: list[RaisedAlarm]


async def get_raised(request: web.Request) -> web.StreamResponse:
    async with request.app[DATABASE].reading() as tx:
        rows = [row for row in await list_alarms(tx) if request[SIGHT].may_see(*row.subject.split(":", 1))]
    names = RaisedAlarm.model_fields
    items = [RaisedAlarm.model_validate({name: getattr(row, name) for name in names}) for row in rows]
    return json_answer(RaisedAlarms(items=items))


async def post_seen(request: web.Request) -> web.StreamResponse:
    async with request.app[DATABASE].transaction() as tx:
        await see_alarm(tx, read_number(request, "raise_id"), by=request[PERSON].login, sight=request[SIGHT])
    request.app[HUB].publish(NEWS, {})
    return web.Response(status=204)


_ALL, _TAG = "/raised-alarms", "alarms"
OPERATIONS = [
    Operation("GET", _ALL, get_raised, VIEW, "Alarms that are or were raised, the newest first", _TAG, RaisedAlarms),
    Operation("POST", f"{_ALL}/{{raise_id}}/seen", post_seen, FLOOR, "Take notice of an alarm", _TAG, status=204),
]
