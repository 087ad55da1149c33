"""Public holidays of a country, which a schedule may take over."""

import asyncio
from typing import Annotated

from aiohttp import web
from pydantic import Field

from appliance.core.access import VIEW
from appliance.core.problems import Invalid, Problem
from appliance.core.words import N_
from appliance.services.holiday_sets import countries, holidays_of
from appliance.web.api.operations import Answer, Operation, json_answer
from appliance.web.api.reading import Query, read_query
from appliance.web.language import language


class HolidayQuery(Query):
    country: Annotated[str, Field(pattern="^[A-Z]{2}$", description="Two letters, as ES.")]
    year: Annotated[int, Field(ge=2000, le=2100)]


class HolidayAnswer(Answer):
    date: Annotated[str, Field(description="As 2026-12-25.")]
    name: str


class HolidaysAnswer(Answer):
    holidays: list[HolidayAnswer]


async def get_holidays(request: web.Request) -> web.StreamResponse:
    query = read_query(request, HolidayQuery)
    if query.country not in countries():
        raise Invalid([Problem(("query", "country"), N_("the holidays of this country are not known"))])
    found = await asyncio.to_thread(holidays_of, query.country, query.year, language())
    return json_answer(
        HolidaysAnswer(holidays=[HolidayAnswer(date=each.date.isoformat(), name=each.name) for each in found])
    )


OPERATIONS = [
    Operation(
        "GET",
        "/holidays",
        get_holidays,
        VIEW,
        "Public holidays of a country, to be put into a schedule",
        "schedules",
        HolidaysAnswer,
        query=HolidayQuery,
    ),
]
