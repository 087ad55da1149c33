"""Every list in both themes and on a phone: no barrier that axe knows, nothing wider than the screen."""

from playwright.async_api import Browser

from tests.browser.conftest import BusyDay
from tests.browser.looks import lists, look_at


async def test_no_list_has_a_barrier(busy_day: BusyDay, chromium: Browser) -> None:
    found = await look_at(busy_day, chromium, lists())
    assert not found, "\n".join(found)
