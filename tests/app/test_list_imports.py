"""The blacklist and the VIP list from CSV files: a preview, one transaction, and rows that mean no good."""

import io
import re

import pytest
from aiohttp import ClientResponse, FormData
from sqlalchemy import select

from appliance.core.entities.callers import BlockedNumber
from appliance.store.configuration import load_status
from appliance.store.site import load_section
from appliance.store.tables.configuration import AuditRow
from tests.app.console import Browser, Console

ROUTE = "5550100"
HOSTILE = f"""Number;Reason;Only on;Until
+51 900-000-001;first;{ROUTE}|{ROUTE}x;
+51900000001;good;{ROUTE} ;2027-01-31
5550666;changed;;
+51900000001;again;;
;no number;;
12345\n67;;;
<script>alert(1)</script>;<script>alert(2)</script>;;
5551*;'=HYPERLINK(1);;
1,n,Hangup();same => n,System(x);;
99999999999999999999;long;;
5552;{"x" * 201};;
5553;x;;31/12/2027
5554;too many;;;cells
5555;"line
break";;
"""


async def upload(browser: Browser, path: str, content: bytes | str) -> ClientResponse:
    await browser.get(f"{path}/import")
    form = FormData({"csrf": browser.csrf})
    sent = content.encode() if isinstance(content, str) else content
    form.add_field("file", io.BytesIO(sent), filename="list.csv")
    return await browser.client.post(f"{path}/import", data=form, allow_redirects=False)


def seal_in(page: str) -> str:
    found = re.search(r'name="seal" value="([0-9a-f]{64})"', page)
    assert found, page
    return found.group(1)


def told(page: str) -> dict[str, str]:
    """What is said of each line of the file."""
    rows = re.findall(r'class="number">(\d+)</td>(.*?)</tr>', page, re.DOTALL)
    return {line: " ".join(re.sub(r"<[^>]+>", " ", rest).split()) for line, rest in rows}


async def generation(console: Console) -> int:
    async with console.database.reading() as tx:
        return (await load_status(tx, "local")).wanted


async def listed(console: Console, section: str) -> dict[str, object]:
    async with console.database.reading() as tx:
        return {key: entity.model_dump() for key, entity in (await load_section(tx, section)).items()}


async def test_bad_rows_are_told_and_good_ones_stored_together(console: Console, admin: Browser) -> None:
    before, stored = await generation(console), await listed(console, "blacklist")
    preview = await upload(admin, "/blacklist", HOSTILE)
    page = await preview.text()
    assert preview.status == 200
    assert "<script>alert" not in page
    assert (await generation(console), await listed(console, "blacklist")) == (before, stored)
    said = told(page)
    assert "does not exist in inbound_routes" in said["2"]
    assert said["3"].startswith("+51900000001 New")
    assert "Reason: nuisance → changed" in said["4"]
    assert "stands in line 3 already" in said["5"]
    assert {line for line, text in said.items() if " Refused " in f" {text} "} == set(said) - {"3", "4", "7", "8", "10"}
    poked = console.applier.count
    report = await admin.post("/blacklist/import/confirm", {"text": HOSTILE, "seal": seal_in(page)})
    assert (report.status, told(await report.text())) == (200, said)
    assert (await generation(console), console.applier.count) == (before + 1, poked + 1)
    after = await listed(console, "blacklist")
    assert set(after) == {*stored, "+51900000001", "12345", "67", "5551*"}
    assert after["5551*"]["reason"] == "=HYPERLINK(1)"  # type: ignore[index]
    async with console.database.reading() as tx:
        columns = AuditRow.action, AuditRow.entity_key, AuditRow.by
        trail = (await tx.execute(select(*columns).where(AuditRow.generation == before + 1))).all()
    assert {tuple(row) for row in trail} == {
        ("change", "5550666", "administrator"),
        *(("create", key, "administrator") for key in ("+51900000001", "12345", "67", "5551*")),
    }


async def test_what_the_export_wrote_can_be_read_again(console: Console, admin: Browser) -> None:
    text = (
        f"key,name,priority,destination,only_for,expires\n+519*,=Ñandú,7,queue:sales,{ROUTE},2027-01-31\n1234,B,,,,\n"
    )
    page = await (await upload(admin, "/vips", text.encode("latin-1"))).text()
    await admin.post("/vips/import/confirm", {"text": text, "seal": seal_in(page)})
    assert len(await listed(console, "vips")) == 3
    for language in ("en", "es"):
        export = await (await admin.client.get("/vips.csv", headers={"Accept-Language": language})).read()
        again = told(await (await upload(admin, "/vips", export)).text())
        assert len(again) == 3
        assert all("Same" in row for row in again.values()), again


async def test_a_preview_that_is_out_of_date_is_shown_again(console: Console, admin: Browser) -> None:
    text = "key,reason\n5550666,mine\n"
    seal = seal_in(await (await upload(admin, "/blacklist", text)).text())
    await admin.get("/blacklist/5550666")
    saved = await admin.post("/blacklist/5550666", {"version": "1", "reason": "theirs"})
    assert saved.status == 303
    refused = await admin.post("/blacklist/import/confirm", {"text": text, "seal": seal})
    page = await refused.text()
    assert (refused.status, "Reason: theirs → mine" in told(page)["2"]) == (409, True)
    assert (await listed(console, "blacklist"))["5550666"]["reason"] == "theirs"  # type: ignore[index]
    await admin.post("/blacklist/import/confirm", {"text": text, "seal": seal_in(page)})
    assert (await listed(console, "blacklist"))["5550666"]["reason"] == "mine"  # type: ignore[index]


async def test_a_file_that_changes_nothing_makes_no_generation(console: Console, admin: Browser) -> None:
    before, text = await generation(console), "key\n5550666\n"
    page = await (await upload(admin, "/blacklist", text)).text()
    assert "/blacklist/import/confirm" in page
    assert "btn-main" not in page.split("<main", 1)[1]
    report = await admin.post("/blacklist/import/confirm", {"text": text, "seal": seal_in(page)})
    assert (report.status, await generation(console)) == (200, before)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "the file is empty"),
        (b"reason\nx\n", "&#39;key&#39; is missing"),
        (b"key,key\n1,2\n", "stands there twice"),
        (b"key,secret\n1,2\n", "&#39;secret&#39; is not known"),
        (b"key\n" + b"12\n" * 20_001, "at most 20000 rows"),
        (b"key\n" + b"x" * (4 << 20), "at most 4096 kB"),
        (b'key\n"' + b"x" * 200_000 + b'"\n', "this is not a CSV file"),
    ],
)
async def test_a_file_that_is_none_is_refused(admin: Browser, content: bytes, words: str) -> None:
    response = await upload(admin, "/blacklist", content)
    assert (response.status, words in await response.text()) == (422, True)


async def test_a_full_file_is_one_page_and_one_change(console: Console, admin: Browser) -> None:
    text = "key\n" + "".join(f"{7_000_000 + number}\n" for number in range(20_000))
    page = await (await upload(admin, "/blacklist", text)).text()
    assert len(page) < 400_000
    assert "of 20000 rows are shown" in page
    before = await generation(console)
    report = await admin.post("/blacklist/import/confirm", {"text": text, "seal": seal_in(page)})
    assert (report.status, await generation(console)) == (200, before + 1)
    found = await listed(console, "blacklist")
    assert len(found) == 20_001
    assert found["7000000"] == BlockedNumber(key="7000000").model_dump()


async def test_only_administrators_are_offered_it(console: Console, admin: Browser) -> None:
    supervisor = await console.signed_in("supervisor")
    for path in ("/blacklist", "/vips"):
        assert f'href="{path}/import"' in await admin.get(path)
        assert f'href="{path}/import"' not in await supervisor.get(path)
        assert (await supervisor.client.get(f"{path}/import")).status == 403
    assert 'href="/queues/import"' not in await admin.get("/queues")
