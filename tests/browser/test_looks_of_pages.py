"""Every page that is no list and no form of a section, in both themes and on a phone, as in `looks`."""

import pytest
from playwright.async_api import Browser

from tests.browser.conftest import BusyDay
from tests.browser.looks import look_at, others


@pytest.mark.parametrize("look", ["light", "phone"])
async def test_no_page_has_a_barrier(busy_day: BusyDay, chromium: Browser, look: str) -> None:
    found = await look_at(busy_day, chromium, others(busy_day.guid), look)
    assert not found, "\n".join(found)
