"""Every form in both themes and on a phone: no barrier that axe knows, nothing wider than the screen."""

from playwright.async_api import Browser

from tests.browser.conftest import BusyDay
from tests.browser.looks import forms, look_at


async def test_no_form_has_a_barrier(busy_day: BusyDay, chromium: Browser) -> None:
    found = await look_at(busy_day, chromium, forms())
    assert not found, "\n".join(found)
