"""The machinery of forms: every section can be listed, made, changed and deleted; what is wrong stands at its field."""

import asyncio
import re
from collections.abc import Iterable
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from aiohttp import FormData
from sqlalchemy import select

from appliance.core.entities.prompts import Prompt
from appliance.core.entities.queues import Queue
from appliance.core.entities.waiting import Member
from appliance.core.site import SECTIONS, Site
from appliance.store.site import load_entity, load_site
from appliance.store.tables.configuration import AuditRow
from appliance.web.console.singles import SECTIONS as SINGLES
from appliance.web.navigation import section_path, unlisted
from tests.app.console import Browser, Console
from tests.demo_data import write_tone

EVIL = "<script>alert(1)</script>"
# What differs between the databases shows with any section: the others are tried on one.
ON_BOTH = ("queues", "schedules")
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def each(sections: Iterable[str]) -> pytest.MarkDecorator:
    cases = [*(("sqlite", section) for section in sections), *(("postgres", section) for section in ON_BOTH)]
    return pytest.mark.parametrize(("database_url", "section"), cases, indirect=["database_url"])


async def site_of(console: Console) -> Site:
    async with console.database.reading() as tx:
        return await load_site(tx)


def form_of(page: str) -> list[tuple[str, str]]:
    """What a browser would send if the form was submitted as it stands."""
    inner = page[page.index('<form id="entity-form"') :]
    inner = inner[: inner.index("</form>")]
    values = []
    pattern = r"<input[^>]*>|<select[^>]*>.*?</select>|<textarea[^>]*>.*?</textarea>"
    for tag in re.findall(pattern, inner, flags=re.DOTALL):
        name = re.search(r'name="([^"]*)"', tag)
        kind = re.search(r'type="([^"]*)"', tag)
        if name is None or name[1] == "csrf" or (kind and kind[1] == "file"):
            continue
        if kind and kind[1] in ("checkbox", "radio") and " checked" not in tag:
            continue
        values.append((name[1], unescape(_value(tag))))
    return values


def _value(tag: str) -> str:
    if tag.startswith("<select"):
        chosen = re.search(r'<option value="([^"]*)" selected', tag) or re.search(r'<option value="([^"]*)"', tag)
        return chosen[1] if chosen else ""
    if tag.startswith("<textarea"):
        return tag[tag.index(">") + 1 : tag.rindex("<")]
    found = re.search(r'value="([^"]*)"', tag)
    return found[1] if found else "on"


def changed(form: list[tuple[str, str]], **values: str) -> list[tuple[str, str]]:
    """Names with a dot are written with two underscores."""
    names = {name.replace("__", "."): value for name, value in values.items()}
    return [pair for pair in form if pair[0] not in names] + list(names.items())


def errors_of(page: str, field: str) -> list[str]:
    """The error texts that stand at this field."""
    place = re.search(f'<div id="f-{field.replace(".", "-")}-help">(.*?)</div>', page, flags=re.DOTALL)
    assert place, f"no field {field}"
    return [unescape(re.sub("<[^>]*>", "", text)) for text in re.findall(r'class="field-error">(.*?)</p>', place[1])]


def test_every_section_has_a_link_in_the_menu() -> None:
    assert not unlisted()


@each(SECTIONS)
async def test_a_form_stored_as_it_stands_changes_nothing(console: Console, admin: Browser, section: str) -> None:
    before = await site_of(console)
    key = next(iter(before.section(section)))
    assert key in await admin.get(section_path(section))
    path = f"{section_path(section)}/{key}"
    response = await admin.post(path, form_of(await admin.get(path)))
    assert response.status == 303, errors_text(await response.text())
    assert await site_of(console) == before
    assert console.applier.count == 1
    assert "is saved" in await admin.get(response.headers["Location"])


def errors_text(page: str) -> list[str]:
    return re.findall(
        r'class="field-error">(.*?)</p>|class="notice notice-bad"(?![^>]*hidden).*?<div>(.*?)</div>', page
    )


@each(section for section in SECTIONS if section not in SINGLES)
async def test_an_empty_form_is_refused_at_its_key(admin: Browser, section: str) -> None:
    path = f"{section_path(section)}/_new"
    response = await admin.post(path, form_of(await admin.get(path)))
    assert response.status == 422
    assert errors_of(await response.text(), "key")


async def test_what_is_called_new_has_a_page_of_its_own(admin: Browser) -> None:
    form = changed(form_of(await admin.get("/queues/_new")), key="new", name="New")
    assert (await admin.post("/queues/_new", form)).headers["Location"] == "/queues?saved=new"
    assert 'action="/queues/new"' in await admin.get("/queues/new")


async def test_a_queue_is_made_changed_and_deleted(console: Console, admin: Browser) -> None:
    form = changed(form_of(await admin.get("/queues/_new")), key="vip", name="VIP", wrapup_s="15")
    form += [
        ("members.0.agent", "ana"),
        ("members.0.penalty", "3"),
        ("members.1.agent", ""),
        ("members.1.penalty", "0"),
    ]
    assert (await admin.post("/queues/_new", form)).headers["Location"] == "/queues?saved=vip"
    made = (await site_of(console)).queues["vip"]
    assert made == Queue(key="vip", name="VIP", wrapup_s=15, members=[Member(agent="ana", penalty=3)])

    form = changed(form_of(await admin.get("/queues/vip")), strategy="ringall")
    form = [pair for pair in form if pair[0] != "recording"]  # the box is not ticked
    assert (await admin.post("/queues/vip", form)).status == 303
    after = (await site_of(console)).queues["vip"]
    assert (after.strategy, after.recording, after.members) == ("ringall", False, made.members)

    assert "Nothing else uses it" in await admin.get("/queues/vip/delete")
    assert (await admin.post("/queues/vip/delete", {"version": "2"})).headers["Location"] == "/queues?deleted=vip"
    assert "vip" not in (await site_of(console)).queues
    assert (await admin.client.get("/queues/vip")).status == 404


async def test_what_is_used_is_not_deleted_and_says_where(console: Console, admin: Browser) -> None:
    page = await admin.get("/queues/sales/delete")
    assert "Menu: Main" in page
    assert 'action="/queues/sales/delete"' not in page
    assert "cannot be deleted" in page
    response = await admin.post("/queues/sales/delete", {"version": "1"})
    assert response.headers["Location"] == "/queues/sales/delete"
    assert "sales" in (await site_of(console)).queues


async def test_a_change_of_an_old_version_is_refused_and_keeps_what_was_typed(console: Console, admin: Browser) -> None:
    form = form_of(await admin.get("/queues/sales"))
    assert (await admin.post("/queues/sales", changed(form, name="First"))).status == 303
    response = await admin.post("/queues/sales", changed(form, name="Second"))
    page = await response.text()
    assert response.status == 409
    assert "Somebody else changed this in the meantime" in page
    assert 'value="Second"' in page
    assert (await site_of(console)).queues["sales"].name == "First"


async def test_what_two_share_is_said_once(admin: Browser) -> None:
    answer = await admin.post("/agents/_new", {"key": "eva", "name": "Eva", "extension": "1001"})
    page = unescape(await answer.text())
    assert page.count("extension 1001 belongs to agent 'ana' already") == 1
    assert "belongs to agent 'eva'" not in page


@ON_SQLITE
@pytest.mark.parametrize(
    ("path", "values", "field", "words"),
    [
        ("/queues/sales", {"name": ""}, "name", "must be given"),
        ("/queues/sales", {"ring_s": "soon"}, "ring_s", "must be a whole number"),
        ("/queues/sales", {"ring_s": "2"}, "ring_s", "must be 3 or more"),
        ("/queues/sales", {"weight": "101"}, "weight", "must be 100 or less"),
        ("/queues/sales", {"name": "a;b"}, "name", "must not hold"),
        ("/queues/sales", {"timeout_destination": "queue:gone"}, "timeout_destination", "does not exist"),
        ("/queues/sales", {"members__1__agent": "gone"}, "members.1.agent", "does not exist"),
        ("/queues/sales", {"members__1__penalty": "99"}, "members.1.penalty", "must be 9 or less"),
        ("/queues/sales", {"members__1__agent": "ana"}, "members", "is in the list twice"),
        ("/queues/_new", {"key": "A b", "name": "x"}, "key", "may have small letters"),
        ("/queues/_new", {"key": "sales", "name": "x"}, "key", "exists already"),
        ("/menus/main", {"options__1__destination": "menu:main"}, "options.1.destination", "go in a circle"),
        ("/menus/main", {"options__1__digit": "1"}, "options", "is used twice"),
        ("/menus/main", {"prompt": ""}, "prompt", "must be given"),
        ("/schedules/office", {"time_zone": "Mars/Base"}, "time_zone", "is not a time zone"),
        ("/schedules/office", {"hours__0__start": "9"}, "hours.0.start", "must be a time such as 08:30"),
        ("/schedules/office", {"holidays__0__date": "soon"}, "holidays.0.date", "must be a date"),
        ("/extensions/1001", {"voicemail_pin": "abc"}, "voicemail_pin", "4 to 10 digits"),
        ("/prompts/welcome", {"audio__0__text": ""}, "audio.0.text", ""),
        ("/agents/ana", {"extension": "1002"}, "extension", "belongs to agent"),
        ("/inbound-routes/5550100", {"destination": ""}, "destination", "must name a destination"),
    ],
)
async def test_each_error_stands_at_its_field(
    console: Console, admin: Browser, path: str, values: dict[str, str], field: str, words: str
) -> None:
    before = await site_of(console)
    response = await admin.post(path, changed(form_of(await admin.get(path)), **values))
    page = await response.text()
    assert response.status == 422
    if words:
        assert [text for text in errors_of(page, field) if words in text], errors_text(page)
    else:
        assert "needs a text to speak or an uploaded file" in page
    assert await site_of(console) == before
    assert console.applier.count == 0


async def test_an_error_speaks_the_language_of_the_reader(admin: Browser) -> None:
    await admin.post("/profile", {"name": "Admin", "language": "es"})
    form = changed(form_of(await admin.get("/queues/sales")), ring_s="2")
    page = await (await admin.post("/queues/sales", form)).text()
    assert errors_of(page, "ring_s") == ["debe ser 3 o más"]


async def test_names_are_escaped_everywhere(console: Console, admin: Browser) -> None:
    for path in ("/queues/sales", "/agents/ana", "/menus/main", "/inbound-routes/5550100", "/prompts/closed"):
        response = await admin.post(path, changed(form_of(await admin.get(path)), name=EVIL))
        assert response.status == 303, path
    paths = ["/", "/queues", "/agents", "/menus", "/inbound-routes", "/prompts", "/queues/sales", "/agents/ana"]
    paths += ["/menus/main", "/queues/sales/delete", "/queues?saved=sales", f"/queues?q={EVIL}", "/interactions"]
    paths += ["/queues?deleted=<script>", "/choices?section=queues", "/choices?extra=<script>"]
    for path in paths:
        assert "<script>" not in (await admin.get(path)).replace('<script src="', ""), path


async def test_secrets_never_come_back_and_an_empty_one_is_kept(console: Console, admin: Browser) -> None:
    page = await admin.get("/extensions/1001")
    assert "secret-1001" not in page
    assert "4711" not in page
    assert (await admin.post("/extensions/1001", changed(form_of(page), name="Other"))).status == 303
    kept = (await site_of(console)).extensions["1001"]
    assert (kept.name, kept.secret, kept.voicemail_pin) == ("Other", "secret-1001", "4711")
    refused = await admin.post("/extensions/1001", changed(form_of(page), name="", secret="new-secret"))
    assert "new-secret" not in await refused.text()


async def test_the_buttons_of_a_list_only_redraw_the_form(console: Console, admin: Browser) -> None:
    before, form = await site_of(console), form_of(await admin.get("/queues/sales"))

    async def agents_after(button: str, row: str) -> list[str]:
        response = await admin.post("/queues/sales", [*form, (button, row)])
        assert response.status == 200
        values = dict(form_of(await response.text()))
        return [values[name] for name in sorted(values) if re.fullmatch(r"members\.\d\.agent", name)]

    assert await agents_after("_add", "members") == ["ana", "luis", ""]
    assert await agents_after("_remove", "members.0") == ["luis"]
    assert await agents_after("_down", "members.0") == ["luis", "ana"]
    assert await agents_after("_up", "members.1") == ["luis", "ana"]
    assert await agents_after("_up", "members.0") == ["ana", "luis"]
    assert await agents_after("_remove", "members.9") == ["ana", "luis"]
    assert await agents_after("_remove", "nothing") == ["ana", "luis"]
    assert await site_of(console) == before


async def test_htmx_is_sent_on_and_gets_the_form_back(admin: Browser) -> None:
    headers, form = {"HX-Request": "true"}, form_of(await admin.get("/queues/sales"))
    refused = await admin.post("/queues/sales", changed(form, name=""), headers=headers)
    assert refused.status == 422
    assert 'id="entity-form"' in await refused.text()
    stored = await admin.post("/queues/sales", form, headers=headers)
    assert (stored.status, stored.headers["HX-Redirect"]) == (204, "/queues?saved=sales")


async def test_a_sound_is_uploaded_with_the_form(console: Console, admin: Browser, tmp_path: Path) -> None:
    await asyncio.to_thread(write_tone, tmp_path / "tone.wav", 0.5)
    content = await asyncio.to_thread((tmp_path / "tone.wav").read_bytes)

    async def send(content: bytes) -> Any:
        data = FormData([("csrf", admin.csrf), *form_of(await admin.get("/prompts/welcome"))])
        data.add_field("audio.0.upload.file", content, filename="tone.wav", content_type="audio/wav")
        return await admin.client.post("/prompts/welcome", data=data, allow_redirects=False)

    refused = await send(b"this is no sound")
    assert refused.status == 422
    assert "not a sound file" in errors_of(await refused.text(), "audio.0.upload")[0]
    assert (await send(content)).status == 303
    async with console.database.reading() as tx:
        found = await load_entity(tx, "prompts", "welcome")
    assert found is not None
    assert isinstance(found[0], Prompt)
    assert len(found[0].audio["en"].upload) == 64
    response = await admin.client.get("/prompts/welcome/sound/en")
    assert (response.status, (await response.read())[:4]) == (200, b"RIFF")
    assert (await admin.client.get("/prompts/welcome/sound/fr")).status == 404


async def test_a_language_stands_only_once(admin: Browser) -> None:
    form = form_of(await admin.get("/prompts/welcome"))
    form += [("audio.1._key", "en"), ("audio.1.text", "Again"), ("audio.1.upload", "")]
    response = await admin.post("/prompts/welcome", form)
    assert response.status == 422
    assert "this language stands above already" in await response.text()


async def test_readers_see_forms_that_cannot_be_sent(console: Console) -> None:
    auditor = await console.signed_in("auditor")
    page = await auditor.get("/queues/sales")
    assert '<fieldset class="form-groups" disabled>' in page
    assert "Delete …" not in page
    assert "/queues/_new" not in await auditor.get("/queues")


async def test_a_phone_is_set_up_from_one_page_and_each_look_is_audited(console: Console, admin: Browser) -> None:
    form = await admin.get("/extensions/1001")
    assert "secret-1001" not in form
    response = await admin.post("/extensions/1001/phone")
    text = await response.text()
    assert response.status == 200
    assert "secret-1001" in text
    assert "4711" in text
    async with console.database.reading() as tx:
        rows = (await tx.execute(select(AuditRow).where(AuditRow.action == "show secrets"))).scalars().all()
    assert [(row.section, row.entity_key) for row in rows] == [("extensions", "1001")]
    assert (await admin.post("/extensions/9999/phone")).status == 404


async def test_an_outside_number_is_a_destination(console: Console, admin: Browser) -> None:
    path = "/ring-groups/desk"
    values = dict(form_of(await admin.get(path)))
    values |= {"destination": "external:", "destination.number": "+5112223344"}
    response = await admin.post(path, list(values.items()))
    assert response.status == 303, errors_text(await response.text())
    group = (await site_of(console)).ring_groups["desk"]
    assert group.destination == "external:+5112223344"
    assert dict(form_of(await admin.get(path)))["destination.number"] == "+5112223344"
    values["destination.number"] = "5; Hangup()"
    refused = await admin.post(path, list(values.items()))
    assert refused.status == 422
