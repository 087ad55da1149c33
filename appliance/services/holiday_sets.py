"""Public holidays of a country and year, put into a schedule; the calendar is a library's, not the internet's."""

import datetime as dt
from collections.abc import Collection

import holidays
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.entities.schedules import Holiday, Schedule
from appliance.core.problems import Invalid, Problem
from appliance.core.words import N_
from appliance.services.entities import save_entity
from appliance.services.errors import NotFound
from appliance.store.site import load_entity

MOST_HOLIDAYS = 400  # of a schedule, see its schema


def countries() -> tuple[str, ...]:
    """Two letters each."""
    return tuple(sorted(holidays.list_supported_countries(include_aliases=False)))


def holidays_of(country: str, year: int, language: str) -> list[Holiday]:
    """In the reader's language where the library has it, else in the country's own."""
    if country not in countries():
        return []
    spoken = holidays.list_localized_countries(include_aliases=False).get(country, [])
    chosen = next((each for each in spoken if each.split("_")[0] == language.split("_", maxsplit=1)[0]), None)
    # Always told a language: without one the library goes on in the one that was asked before.
    found = holidays.country_holidays(country, years=year, language=chosen or _own_language(country))
    return [Holiday(date=day, name=_one_line(name)) for day, name in sorted(found.items())]


def _own_language(country: str) -> str | None:
    language: str | None = holidays.country_holidays(country).default_language
    return language


def _one_line(name: str) -> str:
    return " ".join(name.replace(";", ",").split())[:80]


async def add_holidays(
    tx: AsyncSession, key: str, added: Collection[Holiday], *, version: int, by: str
) -> list[dt.date]:
    """The dates that were new to the schedule; a date that is there keeps its name."""
    found = await load_entity(tx, "schedules", key)
    if found is None:
        raise NotFound(f"schedules.{key}")
    schedule = found[0]
    assert isinstance(schedule, Schedule)  # noqa: S101 - what that section holds
    known = {holiday.date for holiday in schedule.holidays}
    new = [holiday for holiday in added if holiday.date not in known]
    together = sorted([*schedule.holidays, *new], key=lambda holiday: holiday.date)
    if len(together) > MOST_HOLIDAYS:
        context = {"max_length": MOST_HOLIDAYS}
        raise Invalid([Problem(("schedules", key, "holidays"), N_("may have at most {max_length}"), context)])
    if new:
        changed = schedule.model_copy(update={"holidays": together})
        await save_entity(tx, "schedules", changed, version=version, by=by)
    return [holiday.date for holiday in new]
