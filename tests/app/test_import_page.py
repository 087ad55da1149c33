"""The page that takes over a site of FreePBX or Issabel: nothing is stored before it is confirmed."""

from html import unescape
from pathlib import Path

import pytest
from aiohttp import ClientResponse, FormData

from appliance.core.site import Site
from appliance.store.configuration import load_status
from appliance.store.site import load_site
from tests.app.console import Browser, Console

FREEPBX = Path(__file__).parent / "freepbx" / "freepbx"
PAGE = "/import/freepbx"

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def stored(console: Console) -> tuple[Site, int]:
    async with console.database.reading() as tx:
        return await load_site(tx), (await load_status(tx, "local")).wanted


async def upload(admin: Browser, files: dict[str, bytes], **fields: str) -> ClientResponse:
    await admin.get(PAGE)
    form = FormData({"csrf": admin.csrf, **fields}, quote_fields=False)
    for name, content in files.items():
        form.add_field("files", content, filename=name)
    return await admin.client.post(PAGE, data=form, allow_redirects=False)


def exported() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in FREEPBX.iterdir()}


def token_of(page: str) -> str:
    return page.partition('name="token" value="')[2].partition('"')[0]


async def test_a_preview_stores_nothing_and_a_confirmation_all(console: Console, admin: Browser) -> None:
    before = await stored(console)
    response = await upload(admin, exported())
    preview = unescape(await response.text())
    assert response.status == 200
    assert "Nothing is stored yet." in preview
    assert "ivr-3,s,1 is a menu, which no export holds" in preview
    assert "queue 499 is in no table with its name" in preview
    assert not any(secret in preview for secret in ("a35fe7f7", "terces", "99887"))
    assert (await stored(console), console.applier.count) == (before, 0)

    done = await admin.post(f"{PAGE}/confirm", {"token": token_of(preview)})
    assert "The import is stored and is being applied." in await done.text()
    site, wanted = await stored(console)
    assert wanted == before[1] + 1
    assert console.applier.count == 1
    assert {"1003", "1004"} <= set(site.extensions)
    assert site.extensions["1001"] == before[0].extensions["1001"]

    again = await admin.post(f"{PAGE}/confirm", {"token": token_of(preview)})
    assert again.status == 409
    assert "no longer here" in await again.text()


async def test_the_files_win_where_asked(console: Console, admin: Browser) -> None:
    preview = await (await upload(admin, exported(), replace="on")).text()
    await admin.post(f"{PAGE}/confirm", {"token": token_of(preview)})
    site, _wanted = await stored(console)
    assert site.extensions["1001"].secret == "a35fe7f7fe8217b4369a"


@pytest.mark.parametrize(
    ("files", "reason"),
    [({}, "Choose at least one CSV file."), ({"<b>.csv": b""}, "<b>.csv: the file is empty")],
    ids=["none", "empty"],
)
async def test_what_is_no_file_is_told(admin: Browser, files: dict[str, bytes], reason: str) -> None:
    response = await upload(admin, files)
    page = await response.text()
    assert response.status == 422
    assert reason in unescape(page)
    assert "<b>.csv" not in page


async def test_what_the_site_refuses_is_told_and_nothing_stored(console: Console, admin: Browser) -> None:
    before = await stored(console)
    phones = b"extension,name,tech,voicemail\n1001,Eva,sip,novm\n"
    response = await upload(admin, {"phones.csv": phones}, replace="on")
    assert response.status == 422
    assert "extension 1001 has no voicemail" in await response.text()
    assert await stored(console) == before


async def test_each_confirms_only_their_own(console: Console, admin: Browser) -> None:
    before = await stored(console)
    preview = await (await upload(admin, exported())).text()
    wrong = await admin.post(f"{PAGE}/confirm", {"token": token_of(preview)[:-1]})
    assert wrong.status == 409
    supervisor = await console.signed_in("supervisor")
    assert (await supervisor.client.get(PAGE)).status == 403
    assert (await supervisor.post(f"{PAGE}/confirm", {"token": token_of(preview)})).status == 403
    assert await stored(console) == before
