"""Every form in both themes and on a phone: no barrier that axe knows, nothing wider than the screen."""

import pytest
from playwright.async_api import Browser

from tests.browser.conftest import BusyDay
from tests.browser.looks import forms, look_at


@pytest.mark.parametrize("look", ["light", "phone"])
async def test_no_form_has_a_barrier(busy_day: BusyDay, chromium: Browser, look: str) -> None:
    found = await look_at(busy_day, chromium, forms(), look)
    assert not found, "\n".join(found)
