"""The page of the licence and its API: looked at, installed, refused in words; the notice above every page."""

import asyncio
import io
from pathlib import Path
from typing import Any

import pytest
from aiohttp import FormData
from sqlalchemy import delete, update

from appliance.core.license.clock import Mark
from appliance.core.license.document import sign
from appliance.core.new_person import NewPerson
from appliance.services.clock import now
from appliance.services.licenses.current import load_licensing
from appliance.services.licenses.seats import SECTION
from appliance.services.new_person import make_person
from appliance.store import licenses as store
from appliance.store.db import Database
from appliance.store.tables.licenses import LicenseFileRow
from tests.app.api import an_api
from tests.app.console import Browser, Console
from tests.licenses import DAY, PRIVATE, a_license, install_license
from tests.sites import a_site

TEN = tuple(f"seat-{n}" for n in range(1, 11))
NAMED: dict[str, Any] = {"model": "named", "seats": TEN, "replaces": ("L-1",), "channels_per_agent": 5}


def signed(number: str = "L-2", **fields: Any) -> str:
    dates = {"issued_at": now(), "not_before": now(), "expires_at": now() + 400 * DAY}
    return sign(a_license(number, **NAMED | dates | fields), PRIVATE)


async def without_license(database: Database) -> None:
    async with database.transaction() as tx:
        await tx.execute(delete(LicenseFileRow))


async def on_an_old_license(database: Database, days_after_end: float) -> None:
    async with database.transaction() as tx:
        begin = now() - (100 + days_after_end) * DAY
        old = a_license(issued_at=begin, not_before=begin, expires_at=begin + 100 * DAY)
        await tx.execute(update(LicenseFileRow).values(text=sign(old, PRIVATE)))


async def test_a_file_is_looked_at_and_then_installed(admin: Browser, database: Database) -> None:
    await admin.get("/license")
    text = signed(features=("quality", "colour"), support="quality")
    preview = await admin.post("/license/preview", {"text": text})
    shown = await preview.text()
    assert preview.status == 200
    assert "Install license L-2?" in shown
    for word in ("named seats", '<td data-label="Then">colour, Quality management</td>', ">quality</td>"):
        assert word in shown
    async with database.reading() as tx:
        assert len(await store.load_files(tx)) == 1
    installed = await admin.post("/license/install", {"text": text})
    assert (installed.status, installed.headers["Location"]) == (303, "/license?done=installed")
    page = await admin.get("/license?done=installed")
    for word in ("It holds from now on", "Tea &amp; Co.", "L-2", "Ana López", "seat-1", "2 of 10", "0 of 50"):
        assert word in page


async def test_what_is_refused_is_said_and_written_down(admin: Browser, database: Database) -> None:
    await admin.get("/license")
    for text, words in ((signed().replace("Seats: 10", "Seats: 90"), "damaged"), ("hello", "no license file")):
        refused = await admin.post("/license/preview", {"text": text})
        assert refused.status == 422
        assert words in await refused.text()
    async with database.reading() as tx:
        assert [row.action for row in await store.load_history(tx, SECTION)][:2] == ["refuse license file"] * 2


async def test_a_file_in_another_writing_is_taken_and_what_is_none_is_refused_at_once(admin: Browser) -> None:
    await admin.get("/license")
    begin = "-----BEGIN APPLIANCE LICENSE-----\n"
    for content, status, words in (
        (signed().replace("\n", "\r\n").encode("utf-16"), 200, "Install license L-2?"),
        (b"\x89PNG\r\n\x1a\n\x00\xff\xfe", 422, "no license file"),
        (begin.encode() * 10_000, 422, "no license file"),
        (b"x" * 550_000, 422, "too large"),
        (b"x" * 2_000_000, 413, "too large"),
    ):
        form = FormData()
        form.add_field("csrf", admin.csrf)
        form.add_field("file", io.BytesIO(content), filename='<b>"; ../\u202e.lic', content_type="application/pdf")
        async with asyncio.timeout(10):
            answer = await admin.client.post("/license/preview", data=form, allow_redirects=False)
            shown = await answer.text()
        assert answer.status == status, shown
        assert words in shown


async def test_seats_are_given_and_freed(admin: Browser, database: Database, console: Console) -> None:
    async with database.transaction() as tx:
        await install_license(tx, "L-2", **NAMED, issued_at=now())
    await admin.get("/license")
    pokes = console.membership.count
    assert (await admin.post("/license/seats/seat-1/free")).status == 303
    assert (await admin.get("/agents")).count("No seat in the license") == 1
    page = await admin.get("/license")
    assert "Seat seat-1 taken from ana" in page
    assert '<option value="ana">' in page
    assert (await admin.post("/license/seats/give", {"seat": "seat-5", "agent": "ana"})).status == 303
    assert "seat-5" in await admin.get("/license.csv")
    assert console.membership.count == pokes + 2
    again = await admin.post("/license/seats/give", {"seat": "seat-6", "agent": "ana"})
    assert "ana has seat seat-5 already" in await again.text()


async def test_a_new_person_gets_a_seat_while_there_are_new_ones(database: Database) -> None:
    async with database.transaction() as tx:
        await install_license(tx, "L-2", **NAMED, issued_at=now())
        person = NewPerson(name="Rosa Díaz", number="1009", is_agent=True, is_user=False)
        made = await make_person(tx, person, by="eva")
        assert (await load_licensing(tx)).holders[made.agent].seat_id == "seat-1"


async def test_the_trial_is_one_click(admin: Browser, database: Database) -> None:
    await without_license(database)
    page = await admin.get("/license")
    assert "Start the trial" in page
    assert "No license is installed" in await admin.get("/queues")
    assert "Agents log in with a license" in await admin.get("/setup/done")
    assert (await admin.post("/license/trial")).status == 303
    assert "Trial" in await admin.get("/license?done=trial")
    assert (await admin.post("/license/trial")).status == 422


@pytest.mark.parametrize(
    ("days_after_end", "words", "who"),
    [
        (-40, "", ()),
        (-6, "in 6 days", ("administrator",)),
        (1, "nobody can log in", ("administrator", "supervisor", "agent")),
        (20, "its grace is over", ("administrator", "supervisor", "agent")),
    ],
)
async def test_everybody_is_told_in_time(
    console: Console, database: Database, days_after_end: float, words: str, who: tuple[str, ...]
) -> None:
    await on_an_old_license(database, days_after_end)
    for role in ("administrator", "supervisor", "agent"):
        browser = await console.signed_in(role)  # type: ignore[arg-type]
        page = await browser.get("/profile")
        assert ("license-notice" in page) is (role in who)
        assert words in page or role not in who


async def test_a_clock_that_was_set_back_is_an_alarm(admin: Browser, database: Database) -> None:
    async with database.transaction() as tx:
        await store.save_mark(tx, Mark(now() + DAY))
    assert "was set back" in await admin.get("/profile")


async def test_who_may_not_log_in_reads_why(admin: Browser, database: Database) -> None:
    await on_an_old_license(database, 20)
    await admin.get("/agents")
    refused = await admin.post("/agents/ana/log-in", headers={"HX-Request": "true"})
    assert refused.status == 409
    assert "its grace is over" in await refused.text()


async def test_addresses_for_warnings(admin: Browser, database: Database) -> None:
    await admin.get("/license")
    assert (await admin.post("/license/mail", {"mail_to": "eva@example.com, it@example.com"})).status == 303
    async with database.reading() as tx:
        assert await store.load_mail_to(tx) == "eva@example.com it@example.com"
    assert "no e-mail address" in await (await admin.post("/license/mail", {"mail_to": "eva"})).text()


async def test_the_request_file_is_downloaded(admin: Browser) -> None:
    assert "BEGIN APPLIANCE LICENSE REQUEST" in await admin.get("/license/request")


async def test_the_api_tells_installs_and_gives(database: Database, tmp_path: Path) -> None:
    async with an_api(database, tmp_path, a_site()) as api:
        assert (await api.json("GET", "/license"))["model"] == "concurrent"
        installed = await api.json("POST", "/license", json={"text": signed()})
        assert (installed["license_id"], installed["seats"], installed["channels"]) == ("L-2", 10, 50)
        seat = {"agent": "ana"}
        refused = await api.json("PUT", "/license/seats/seat-9", json=seat, status=409)
        assert "already" in refused["title"]
        await api.json("PUT", "/license/seats/seat-1", json={"agent": ""})
        assert [each["agent"] for each in (await api.json("GET", "/license/seats"))["items"]] == ["luis"]
        refused = await api.json("POST", "/agents/ana/login", status=409)
        assert "has no seat" in refused["title"]
        refused = await api.json("POST", "/license", json={"text": "x"}, status=409)
        assert "no license file" in refused["title"]
