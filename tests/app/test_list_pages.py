"""A list's pages: a file is sent, laid out, imported by the daemon's job and looked at; the list is emptied."""

import asyncio
import datetime as dt
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import FormData
from sqlalchemy import select, update

from appliance.services.entities import replace_site
from appliance.services.imports.job import Imports
from appliance.store.db import Database
from appliance.store.lists.members import count_lists
from appliance.store.tables.dialing import DoNotCallRow, ListContactRow
from appliance.web.keys import IMPORTS
from tests.app.console import Browser, Console
from tests.app.test_console_entities import changed, form_of
from tests.dialing import add_contacts
from tests.pbx.dialer_site import set_state
from tests.sites import a_site
from tests.waiting import eventually

LIST = next(iter(a_site().lists))
CONTACTS = f"/lists/{LIST}/contacts"
FILE = "Phone,Name,Debt\n987654321,Ana Ruiz,90\n12,Nobody,1\n987654322,=1+1,2\n"


async def sent(browser: Browser, path: str, content: bytes | str, name: str = "people.csv") -> str:
    """Where the browser is led."""
    form = FormData()
    form.add_field("csrf", browser.csrf)
    form.add_field("file", content if isinstance(content, bytes) else content.encode(), filename=name)
    response = await browser.client.post(path, data=form, allow_redirects=False)
    text = await response.text()
    return response.headers.get("Location") or text


async def done(browser: Browser, path: str) -> str:
    async def ended() -> str:
        text = await browser.get(f"{path}/progress")
        return "" if "every 1s" in text else text

    found: str = await eventually(ended, 60)
    return found


async def filled(admin: Browser) -> None:
    """The two good rows of the file are in the list."""
    path = await sent(admin, f"/lists/{LIST}/import", FILE)
    await admin.post(f"{path}/start", {"has_header": "yes"})
    await done(admin, path)


@pytest.fixture
async def importing(console: Console) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(console.server.app[IMPORTS].run())
    yield task
    task.cancel()
    await asyncio.wait({task})


async def test_a_file_becomes_a_list(console: Console, admin: Browser, importing: asyncio.Task[None]) -> None:
    assert "No contact yet" in await admin.get(CONTACTS)
    path = await sent(admin, f"/lists/{LIST}/import", FILE)
    assert path.startswith(f"/lists/{LIST}/imports/"), path
    draft = await admin.get(path)
    assert "12 is no number that a telephone can have" in draft
    assert "Ana Ruiz" in draft
    assert "Nothing is stored yet" in draft
    response = await admin.post(f"{path}/layout", {"has_header": "yes", "use.2": "notes", "use.0": "work"})
    assert "Work" in await response.text()
    response = await admin.post(f"{path}/start", {"has_header": "yes", "keep_as": "Debts"})
    assert (response.status, response.headers["Location"]) == (303, path)
    told = await done(admin, path)
    assert re.findall(r"<dd>(\d+)</dd>", told) == ["2", "0", "1", "0"], told
    listed = await admin.get(CONTACTS)
    assert "Ana Ruiz" in listed
    assert "people.csv" in listed
    assert "Ana Ruiz" not in await admin.get(f"{CONTACTS}?state=done")
    results = await admin.get(f"{CONTACTS}.csv")
    assert "Ana Ruiz" in results
    assert "'=1+1" in results
    assert results.splitlines()[0].endswith(",Added,Debt,Further fields")
    assert results.splitlines()[1].endswith(",90,")
    rejected = await admin.get(f"{path}/rejects.csv")
    assert "3,12 is no number that a telephone can have,12,Nobody,1" in rejected
    again = await sent(admin, f"/lists/{LIST}/import", FILE)
    assert "Debts" in await admin.get(again)
    assert (await admin.post(f"{again}/cancel", {})).status == 303
    assert "Cancelled" in await admin.get(again)


async def test_an_import_belongs_to_its_list(console: Console, admin: Browser) -> None:
    path = await sent(admin, f"/lists/{LIST}/import", FILE)
    assert (await admin.client.get(path.replace(LIST, "other"))).status == 404


OLD_WORKBOOK = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(512)


@pytest.mark.parametrize(
    ("content", "told"),
    [("", "file is empty"), (b"PK\x03\x04nothing", "cannot be read"), (OLD_WORKBOOK, "Save it as CSV")],
)
async def test_what_is_no_file_of_rows_is_told(
    console: Console, admin: Browser, content: bytes | str, told: str
) -> None:
    assert told in await sent(admin, f"/lists/{LIST}/import", content)
    assert not list(Path(console.server.app[IMPORTS].folder).iterdir())


async def test_without_a_column_of_numbers_nothing_starts(console: Console, admin: Browser) -> None:
    path = await sent(admin, f"/lists/{LIST}/import", FILE)
    response = await admin.post(f"{path}/start", {"has_header": "yes", "use.0": "field"})
    assert response.status == 422
    assert "one column must be a telephone number" in await response.text()


async def test_encoding_separator_and_country_are_chosen_by_hand(
    console: Console, admin: Browser, importing: asyncio.Task[None]
) -> None:
    content = "Phone|Name\n+51987654321|Jos\u00e9\n5512345678|Zo\u00eb, B\u00e1rbara\n".encode("cp850")
    path = await sent(admin, f"/lists/{LIST}/import", content)
    assert "5512345678 is no number" in await admin.get(path)
    shown = {"shown_encoding": "cp1252", "shown_separator": "|", "has_header": "yes"}
    comma = await admin.post(f"{path}/start", shown | {"separator": ",", "country": "MX"})
    assert "Nothing is stored yet" in await comma.text(), "nobody has seen these rows"
    chosen = {"encoding": "cp850", "separator": "|", "country": "MX", "has_header": "yes"}
    text = await (await admin.post(f"{path}/layout", shown | chosen)).text()
    assert "Zo\u00eb, B\u00e1rbara" in text
    assert "+525512345678" in text
    assert '<option value="cp850" selected>' in text
    wrong = await admin.post(
        f"{path}/start", chosen | {"shown_encoding": "cp850", "shown_separator": "|", "country": "XX"}
    )
    assert (wrong.status, "XX is no country" in await wrong.text()) == (422, True)
    await admin.post(f"{path}/start", chosen | {"shown_encoding": "cp850", "shown_separator": "|"})
    await done(admin, path)
    assert "Zo\u00eb, B\u00e1rbara" in await admin.get(CONTACTS)


async def test_one_contact_more_is_written_by_hand(admin: Browser) -> None:
    assert f"{CONTACTS}/new" in await admin.get(CONTACTS)
    form = changed(form_of(await admin.get(f"{CONTACTS}/new")), name="Ana Ruiz", number="987654321", priority="5")
    form = changed(form, field_name="Debt", field_value="90", zone="America/Bogota", key="A-1")
    card = await admin.post(f"{CONTACTS}/new", form)
    told = await admin.get(card.headers["Location"])
    assert all(part in told for part in ("+51987654321", "Debt", "90"))
    assert "America/Bogota" in await admin.get(f"{CONTACTS}.csv")

    twice = await admin.post(f"{CONTACTS}/new", changed(form, name="Ana R."))
    text = await twice.text()
    assert (twice.status, "its key is in the list" in text, card.headers["Location"] in text) == (422, True, True)
    assert 'value="Ana R."' in text
    wrong = {"number": "12"}, {"zone": "Lima"}, {"priority": "first"}, {"number": ""}, {"owner": "nobody"}
    said = "12 is no number", "no time zone Lima", "priority first", "no telephone number", "no agent nobody"
    for values, words in zip(wrong, said, strict=True):
        refused = await admin.post(f"{CONTACTS}/new", changed(form, **({"key": ""} | values)))
        assert (refused.status, words in await refused.text()) == (422, True), words
    assert (await admin.client.get("/lists/nowhere/contacts/new")).status == 404


async def test_a_list_is_emptied(
    console: Console, admin: Browser, database: Database, importing: asyncio.Task[None]
) -> None:
    await filled(admin)
    async with database.transaction() as tx:
        ids = list((await tx.execute(select(ListContactRow.contact_id))).scalars())
        await tx.execute(update(ListContactRow).where(ListContactRow.contact_id == ids[0]).values(state="dialing"))
    assert (await admin.post(f"/lists/{LIST}/empty", {})).status == 409
    async with database.transaction() as tx:
        await tx.execute(update(ListContactRow).values(state="done"))
    assert "2 contacts leave" in await admin.get(f"/lists/{LIST}/empty")
    assert (await admin.post(f"/lists/{LIST}/empty", {})).status == 303
    assert "No contact yet" in await admin.get(CONTACTS)
    assert "Ana Ruiz" not in await admin.get("/contacts")


async def test_contacts_of_a_list_that_was_deleted_go_too(
    console: Console, admin: Browser, database: Database, importing: asyncio.Task[None]
) -> None:
    """After a day in which its revision can be put back; until then nobody makes another of its name."""
    await filled(admin)

    async def are_gone() -> bool:
        async with database.reading() as tx:
            return (await tx.execute(select(ListContactRow.contact_id))).first() is None

    async with database.transaction() as tx:
        await replace_site(tx, a_site().model_copy(update={"dialers": {}, "lists": {}}), by="test", summary="test")
    form = changed(form_of(await admin.get("/lists/_new")), key=LIST, name="Again")
    refused = await admin.post("/lists/_new", form)
    assert (refused.status, "kept for a day" in await refused.text()) == (422, True)
    async with database.transaction() as tx:
        assert await count_lists(tx, [LIST])
    folder = console.server.app[IMPORTS].folder
    after_a_day = asyncio.create_task(Imports(database, folder, list_kept=dt.timedelta()).run())
    await eventually(are_gone)
    after_a_day.cancel()
    await asyncio.wait({after_a_day})


async def test_who_never_to_call(console: Console, admin: Browser, database: Database) -> None:
    assert "No number yet" in await admin.get("/do-not-call")
    campaign = next(iter(a_site().campaigns))
    for number, status in (("987 654 321", 303), ("+5118*", 303), ("12", 422), ("5118*", 422)):
        form = {"number": number, "campaign": campaign, "reason": "asked", "expires": "2100-01-31"}
        assert (await admin.post("/do-not-call", form)).status == status, number
    listed = await admin.get("/do-not-call")
    assert "+51987654321" in listed
    assert "+5118*" in listed
    report = await sent(admin, "/do-not-call/import", "number,reason\n987654321,again\n987654399,\nx,\n")
    assert "2 numbers are stored" in report
    assert "1 row was refused" in report
    async with database.transaction() as tx:
        rows = {each.number: each for each in (await tx.execute(select(DoNotCallRow))).scalars()}
    assert set(rows) == {"+51987654321", "+5118", "+51987654399"}
    done = {"list": LIST, "state": "done", "result": "never"}
    await add_contacts(database, [done | {"numbers": [number]} for number in ("+51181", "+51182", "+51987654321")])
    entry = rows["+5118"].do_not_call_id
    asked = await admin.get(f"/do-not-call/{entry}/remove")
    assert "+5118*" in asked
    assert re.search('href="/dialers/sales/recycle">.*</a> 2 contacts', asked)
    assert "No longer on" not in await admin.get("/dialers/sales/recycle")
    assert (await admin.post(f"/do-not-call/{entry}/remove", {})).status == 303
    assert re.search(
        'No longer on the do-not-call list <span class="number">2<', await admin.get("/dialers/sales/recycle")
    )
    assert "+5118*" not in await admin.get("/do-not-call")


async def test_what_else_covers_a_number_is_told_before_it_is_removed(
    console: Console, admin: Browser, database: Database
) -> None:
    campaign = next(iter(a_site().campaigns))
    for number, where in (("+51987654321", ""), ("+51987654321", campaign), ("+5198*", ""), ("+51987*", campaign)):
        assert (await admin.post("/do-not-call", {"number": number, "campaign": where})).status == 303
    async with database.reading() as tx:
        ids = {
            (each.number, each.campaign): each.do_not_call_id
            for each in (await tx.execute(select(DoNotCallRow))).scalars()
        }

    async def told(number: str, where: str) -> tuple[bool, list[str]]:
        text = await admin.get(f"/do-not-call/{ids[number, where]}/remove")
        assert ("Dialers may call" in text) != ("It is not called afterwards either" in text)
        return "Dialers may call" in text, re.findall(r'phone-number">([+0-9*]+)</span></a> · ([^<·]+)<', text)

    everywhere, name = "All campaigns", a_site().campaigns[campaign].name
    wide = [("+5198*", everywhere), ("+51987*", name)]
    assert await told("+51987654321", "") == (False, [*wide, ("+51987654321", name)])
    assert await told("+51987", campaign) == (False, [wide[0], ("+51987654321", everywhere), ("+51987654321", name)])
    assert await told("+5198", "") == (True, [wide[1], ("+51987654321", everywhere), ("+51987654321", name)])


async def test_what_was_exported_is_imported_as_it_was(console: Console, admin: Browser) -> None:
    """Beginnings of numbers, and the day that somebody wrote; a day that is over holds for nobody."""
    await admin.get("/do-not-call")
    for number, expires, status in (
        ("+5118*", "2100-01-31", 303),
        ("987654321", "", 303),
        ("987654322", "2020-01-01", 422),
    ):
        assert (await admin.post("/do-not-call", {"number": number, "expires": expires})).status == status, number
    exported = await admin.get("/do-not-call.csv")
    assert "2100-01-31" in exported
    abroad = exported.replace("Number,Campaign,Reason,Expires", "Número,Campaña,Motivo,Vence")
    report = await sent(admin, "/do-not-call/import", abroad + "987654322,,,2020-01-01\n")
    assert "2 numbers are stored" in report
    assert "1 row was refused" in report
    assert await admin.get("/do-not-call.csv") == exported


async def test_a_filter_counts_while_it_is_written(
    console: Console, admin: Browser, importing: asyncio.Task[None]
) -> None:
    await filled(admin)
    form = {"match": "all", "conditions.0.field": "Debt", "conditions.0.operator": "more", "conditions.0.value": "50"}
    counted = await (await admin.post("/contact-filters/_new/count", form)).text()
    assert re.findall(r'<td class="number"[^>]*>(\d+)</td>', counted) == ["1", "2"], counted
    assert "None of the newest" not in counted
    offered = await admin.get("/contact-fields?q=e")
    assert 'value="Debt"' in offered
    assert 'value="tries"' in offered
    assert "priority" not in offered
    assert 'value="tries"' not in await admin.get("/contact-fields?own&q=e"), "a list orders by what stands on the card"
    form |= {"conditions.0.field": "Dept", "conditions.1.field": "result", "conditions.1.value": "Not answered"}
    doubted = await (await admin.post("/contact-filters/_new/count", form)).text()
    assert "None of the newest contacts has a field &#39;Dept&#39;." in doubted
    assert "There is no result &#39;Not answered&#39;." in doubted


async def test_of_an_archived_dialer_its_list_says_so(admin: Browser, database: Database) -> None:
    for state, is_told in (("finished", False), ("archived", True)):
        async with database.transaction() as tx:
            await set_state(tx, "sales", state)
        for path in ("/lists", CONTACTS):
            assert ("<span>Archived</span>" in await admin.get(path)) == is_told, path


async def test_a_list_that_no_dialer_calls_is_among_the_lists(admin: Browser) -> None:
    form = {"key": "summer", "name": "Summer people", "order_field": "Debt", "order_direction": "descending"}
    answer = await admin.post("/lists/_new", form | {"once_by": "number", "once_in": "list", "once_days": "0"})
    assert answer.headers.get("Location") == "/lists?saved=summer", await answer.text()
    assert "Summer people" in await admin.get("/lists")
    assert 'value="Debt"' in await admin.get("/lists/summer")
