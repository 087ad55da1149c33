"""Every page that is no list and no form of a section, in both themes and on a phone, as in `looks`."""

from playwright.async_api import Browser

from tests.browser.conftest import BusyDay
from tests.browser.looks import look_at, others


async def test_no_page_has_a_barrier(busy_day: BusyDay, chromium: Browser) -> None:
    found = await look_at(busy_day, chromium, others(busy_day.guid))
    assert not found, "\n".join(found)
