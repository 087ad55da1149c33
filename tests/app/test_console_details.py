"""Details of forms and pages that people stumble over: an empty key, far zones, an address typed by hand."""

import datetime as dt
import re

import pytest

from appliance.store.configuration import insert_revision
from appliance.store.tables.configuration import RevisionRow
from tests.app.console import Browser, Console
from tests.app.test_console_entities import changed, errors_of, form_of


@pytest.mark.parametrize("path", ["/queues", "/inbound-routes", "/extensions", "/blacklist"])
async def test_an_empty_key_must_be_given_whatever_its_form(admin: Browser, path: str) -> None:
    form = changed(form_of(await admin.get(f"{path}/_new")), key="")
    response = await admin.post(f"{path}/_new", form)
    assert errors_of(await response.text(), "key") == ["must be given"]


async def test_zones_of_the_site_and_its_country_come_first_and_once(admin: Browser) -> None:
    page = await admin.get("/schedules/office")
    select = page[page.index('<select class="form-select" id="f-time_zone"') :]
    select = select[: select.index("</select>")]
    zones = re.findall(r'<option value="([^"]*)"', select)
    assert zones[0] == "America/Lima"
    assert "UTC" in zones[:5]
    assert "Europe/Madrid" in zones
    assert len(zones) == len(set(zones))


async def test_the_address_of_a_phone_typed_by_hand_leads_to_its_extension(admin: Browser) -> None:
    response = await admin.client.get("/extensions/1001/phone", allow_redirects=False)
    assert (response.status, response.headers["Location"]) == (303, "/extensions/1001")


async def test_a_revision_says_what_it_changed_in_the_readers_language(console: Console, admin: Browser) -> None:
    facts = {"node": "local", "generation": 1, "by": "carla", "diff": "", "is_applied": True, "error": ""}
    row = RevisionRow(**facts, at=dt.datetime.now(dt.UTC), summary="change queues sales; +2", site={})
    async with console.database.transaction() as tx:
        number = await insert_revision(tx, row)
    for path in ("/revisions", f"/revisions/{number}"):
        assert "Queue &#39;sales&#39; changed; and 2 more" in await admin.get(path)
