"""The set-up sheet of a phone and its one-time link: for the one who scans it, once, and never for a stranger."""

import datetime as dt
import re
from xml.etree import ElementTree

import pytest
from sqlalchemy import select

from appliance.core.entities.people import Extension
from appliance.core.provisioning import linphone_xml, softphone_lines
from appliance.services.provisioning import LIFE, Provisioning
from appliance.store.tables.configuration import AuditRow
from tests.app.console import Console

START = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)


async def link_of(console: Console) -> str:
    admin = await console.signed_in("administrator")
    await admin.get("/extensions/1001")
    sheet = await (await admin.post("/extensions/1001/phone")).text()
    assert "<svg" in sheet
    assert "MicroSIP" in sheet
    assert "Zoiper" in sheet
    assert "without encryption" in sheet
    found = re.search(r"http://[^<]*(/provision/[A-Za-z0-9_-]+)", sheet)
    assert found
    return found[1]


async def test_the_link_works_once_without_signing_in_and_is_audited(console: Console) -> None:
    link, stranger = await link_of(console), console.browser()
    answer = await stranger.client.get(link)
    assert (answer.status, answer.content_type) == (200, "application/xml")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "secret-1001" in await answer.text()
    again = await stranger.client.get(link)
    assert again.status == 404
    assert "secret-1001" not in await again.text()
    async with console.database.reading() as tx:
        looks = (await tx.execute(select(AuditRow.by).where(AuditRow.action == "show secrets"))).scalars().all()
    assert sorted(looks) == ["administrator", "one-time link"]


async def test_a_new_sheet_ends_the_link_of_the_old_one(console: Console) -> None:
    old, new = await link_of(console), await link_of(console)
    stranger = console.browser()
    assert (await stranger.client.get(old)).status == 404
    assert (await stranger.client.get(new)).status == 200


@pytest.mark.parametrize("token", ["x", "a" * 500, "%00"])
async def test_a_stranger_cannot_guess(console: Console, token: str) -> None:
    await link_of(console)
    answer = await console.browser().client.get(f"/provision/{token}")
    assert "secret-" not in await answer.text()
    assert answer.status in (401, 404)


@pytest.mark.parametrize("role", ["supervisor", "agent", "auditor"])
async def test_only_administrators_see_the_sheet(console: Console, role: str) -> None:
    browser = await console.signed_in(role)
    assert (await browser.post("/extensions/1001/phone")).status == 403


def test_a_link_ends_after_half_an_hour() -> None:
    links = Provisioning()
    early, late = links.issue("1001", START), links.issue("1002", START)
    assert links.take(early, START + LIFE - dt.timedelta(seconds=1)) == "1001"
    assert links.take(late, START + LIFE) is None


@pytest.mark.parametrize("name", ["Ana López", '<b>"Ana" & \\ co</b>', "مرحبا"])
def test_the_file_is_xml_whatever_the_name(name: str) -> None:
    phone = Extension(key="1001", name=name, secret="a<b>&\"c'd-long")
    entries = {
        (section.get("name"), entry.get("name")): entry.text
        for section in ElementTree.fromstring(linphone_xml(phone, "pbx.example:5060"))
        for entry in section
    }
    assert entries["auth_info_0", "passwd"] == phone.secret
    identity = entries["proxy_0", "reg_identity"]
    assert identity
    assert identity.endswith(" <sip:1001@pbx.example:5060>")
    assert identity.count('"') == 2


def test_other_softphones_get_their_own_words() -> None:
    phone = Extension(key="1001", name="Ana", secret="secret-1001")
    lines = softphone_lines(phone, "pbx.example:5060")
    assert ("Username / Login", "1001@pbx.example") in lines["Zoiper"]
    assert ("Login", "1001") in lines["MicroSIP"]
