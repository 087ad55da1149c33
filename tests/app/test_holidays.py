"""Public holidays of a country go into a schedule; settings that a site has once open at once."""

import datetime as dt
import re

import pytest

from appliance.services.holiday_sets import holidays_of
from tests.app.console import Browser, Console
from tests.app.test_console_entities import site_of

YEAR = dt.datetime.now(dt.UTC).year


async def test_the_chosen_days_are_added_and_the_others_not(console: Console, admin: Browser) -> None:
    path = f"/schedules/office/holidays?country=PE&year={YEAR}"
    page = await admin.get(path)
    version = re.search(r'name="version" value="([0-9]+)"', page)
    assert version is not None
    assert f'value="{YEAR}-12-25"' in page
    chosen = [("version", version[1]), ("date", f"{YEAR}-12-25"), ("date", f"{YEAR}-07-28"), ("date", "1999-01-01")]
    assert (await admin.post(path, chosen)).status == 303
    dates = [holiday.date for holiday in (await site_of(console)).schedules["office"].holidays]
    assert dates == [dt.date(2020, 12, 25), dt.date(YEAR, 7, 28), dt.date(YEAR, 12, 25)]
    assert "there already" in await admin.get(path)
    assert (await admin.post(path, chosen)).status == 303  # nothing is new: nothing is stored twice
    assert console.applier.count == 1


@pytest.mark.parametrize("query", ["", "?country=XX", "?country=PE&year=9999", "?country=<script>&year=x"])
async def test_odd_questions_have_an_answer(admin: Browser, query: str) -> None:
    assert "<script>&" not in await admin.get(f"/schedules/office/holidays{query}")


def test_names_are_in_the_language_of_the_reader_where_there_are_any() -> None:
    assert holidays_of("PE", 2026, "es")[0].name == "Año Nuevo"
    assert "New Year" in holidays_of("PE", 2026, "en")[0].name
    assert holidays_of("PE", 2026, "ja")[0].name == "Año Nuevo"


async def test_settings_open_at_once_whether_they_were_stored_or_not(console: Console, admin: Browser) -> None:
    assert 'value="Example"' in await admin.get("/general")
    assert "Feature codes" in await admin.get("/feature-codes")
