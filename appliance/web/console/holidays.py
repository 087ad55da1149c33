"""The page that puts the public holidays of a country and year into a schedule."""

import datetime as dt

from aiohttp import web
from babel import Locale

from appliance.core.access import EDIT
from appliance.core.entities.schedules import Schedule
from appliance.services.clock import now
from appliance.services.errors import NotFound
from appliance.services.holiday_sets import add_holidays, countries, holidays_of
from appliance.store.site import load_entity
from appliance.web.access import Access, add_route
from appliance.web.forms.choices import Choice
from appliance.web.keys import APPLIER, DATABASE, PERSON
from appliance.web.language import language
from appliance.web.numbers import whole_number
from appliance.web.pages import go_to, page
from appliance.web.sight import load_seen

YEARS_AHEAD = 5


def add_routes(app: web.Application) -> None:
    add_route(app, "GET /schedules/{key}/holidays", get_holidays, Access(EDIT))
    add_route(app, "POST /schedules/{key}/holidays", post_holidays, Access(EDIT))


async def get_holidays(request: web.Request) -> web.StreamResponse:
    async with request.app[DATABASE].reading() as tx:
        found, site = await load_entity(tx, "schedules", request.match_info["key"]), (await load_seen(tx, request)).site
    if found is None or not isinstance(found[0], Schedule):
        raise NotFound(request.match_info["key"])
    country, year = _asked(request, site.settings.country)
    return await page(
        request,
        "holidays.html",
        schedule=found[0],
        version=found[1],
        country=country,
        year=year,
        years=_years(),
        countries=_country_choices(),
        holidays=holidays_of(country, year, language()),
        known={holiday.date for holiday in found[0].holidays},
    )


async def post_holidays(request: web.Request) -> web.StreamResponse:
    key, post = request.match_info["key"], await request.post()
    country, year = _asked(request, "")
    chosen = set(post.getall("date", []))
    added = [each for each in holidays_of(country, year, language()) if each.date.isoformat() in chosen]
    version = whole_number(str(post.get("version", ""))) or 0
    async with request.app[DATABASE].transaction() as tx:
        new = await add_holidays(tx, key, added, version=version, by=request[PERSON].login)
    if new:
        request.app[APPLIER].poke()
    return go_to(request, f"/schedules?saved={key}")


def _asked(request: web.Request, country: str) -> tuple[str, int]:
    """The year is one that is offered: the library would make up a calendar for the year 9999 too."""
    year = whole_number(request.query.get("year", "")) or 0
    return request.query.get("country", country), year if year in _years() else _years()[0]


def _years() -> range:
    this_year: int = now().astimezone(dt.UTC).year
    return range(this_year, this_year + YEARS_AHEAD)


def _country_choices() -> list[Choice]:
    names = Locale.parse(language()).territories
    found = [Choice(code, names.get(code, code)) for code in countries()]
    return sorted(found, key=lambda choice: choice.title)
