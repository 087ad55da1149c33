"""The tree editor of menus: what is changed there is stored, checked while one types, and heard only by who may."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from appliance.core.entities.menus import Menu
from appliance.core.site import Site
from appliance.store.configuration import load_changes
from appliance.store.db import Database
from appliance.store.site import load_entity
from tests.app.console import Browser, Console, a_console
from tests.sites import a_menu, a_prompt, a_site

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def the_site() -> Site:
    whole = a_site()
    return Site.model_validate(
        {
            "prompts": {"menu": a_prompt("menu")},
            "extensions": {key: whole.extensions[key] for key in ("1001", "1002")},
            "menus": {
                "main": a_menu("main", ("1", "extension:1001"), ("2", "menu:more")),
                "more": a_menu("more", ("1", "extension:1002"), ("9", "back")),
                "third": a_menu("third", ("3", "menu:fourth"), ("9", "back")),
                "fourth": a_menu("fourth", ("4", "hangup")),
            },
        }
    )


@pytest.fixture
async def console(database: Database, tmp_path: Path) -> AsyncIterator[Console]:
    async with a_console(database, tmp_path, the_site()) as console:
        yield console


@pytest.fixture
async def admin(console: Console) -> Browser:
    browser = await console.signed_in("administrator")
    await browser.get("/menus/main/tree")
    return browser


def typed(*options: tuple[str, str], menu: str = "main", version: int = 1) -> dict[str, str]:
    values = {"menu": menu, "version": str(version)}
    for index, (digit, destination) in enumerate(options):
        row = {"digit": digit, "label": f"Key {digit}", "destination": destination}
        values |= {f"options.{index}.{name}": value for name, value in row.items()}
    return values


async def stored(console: Console, key: str) -> Menu:
    async with console.database.reading() as tx:
        found = await load_entity(tx, "menus", key)
    assert found is not None
    assert isinstance(found[0], Menu)
    return found[0]


def ways(menu: Menu) -> list[tuple[str, str]]:
    return [(option.digit, option.destination) for option in menu.options]


async def test_all_levels_stand_on_one_page(admin: Browser) -> None:
    text = await admin.get("/menus/main/tree")
    assert "level-1" in text
    assert "level-2" in text
    assert 'name="options.1.destination"' in text
    assert "/menus/main/tree?edit=more" in text


async def test_a_saved_change_is_audited_and_raises_the_version(console: Console, admin: Browser) -> None:
    response = await admin.post("/menus/main/tree", typed(("2", "menu:more"), ("5", "extension:1002")))
    assert response.status == 303
    assert ways(await stored(console, "main")) == [("2", "menu:more"), ("5", "extension:1002")]
    async with console.database.reading() as tx:
        (*_, last) = await load_changes(tx, 0, 100)
    assert (last.action, last.section, last.entity_key, last.by) == ("change", "menus", "main", "administrator")
    assert console.applier.count == 1
    response = await admin.post("/menus/main/tree", typed(("1", "hangup"), version=1))
    assert response.status == 409
    assert "Somebody else changed this" in await response.text()


async def test_row_buttons_work_without_scripts(console: Console, admin: Browser) -> None:
    rows = (("1", "extension:1001"), ("2", "menu:more"))
    response = await admin.post("/menus/main/tree", {**typed(*rows), "_down": "options.0"})
    text = await response.text()
    assert text.index('value="menu:more" selected') < text.index('value="extension:1001" selected')
    response = await admin.post("/menus/main/tree", {**typed(*rows), "_add": "options"})
    assert 'name="options.2.digit"' in await response.text()
    assert ways(await stored(console, "main")) == list(rows)


async def test_a_menu_is_added_below_in_one_step(console: Console, admin: Browser) -> None:
    sub = {"sub_digit": "7", "sub_key": "hours", "sub_name": "Hours", "sub_prompt": "menu", "_submenu": "1"}
    response = await admin.post("/menus/main/tree", {**typed(("1", "extension:1001"), ("2", "menu:more")), **sub})
    assert response.status == 303
    assert ways(await stored(console, "main"))[-1] == ("7", "menu:hours")
    assert ways(await stored(console, "hours")) == [("*", "back")]


async def test_a_menu_that_cannot_be_added_leaves_nothing_behind(console: Console, admin: Browser) -> None:
    for sub_key, sub_digit in [("more", "7"), ("Hours!", "7"), ("hours", "1"), ("hours", "x")]:
        sub = {"sub_digit": sub_digit, "sub_key": sub_key, "sub_name": "H", "sub_prompt": "menu", "_submenu": "1"}
        response = await admin.post("/menus/main/tree", {**typed(("1", "extension:1001")), **sub})
        assert response.status == 422, (sub_key, sub_digit)
        assert "notice-bad" in await response.text() or "field-error" in await response.text()
    async with console.database.reading() as tx:
        assert await load_entity(tx, "menus", "hours") is None
    assert console.applier.count == 0


@pytest.mark.parametrize(
    ("options", "menu", "said"),
    [
        ([("1", "menu:main")], "more", "menus go in a circle"),
        ([("1", "menu:third")], "more", "Nothing is wrong"),
        ([("1", "back"), ("2", "repeat")], "main", "no key of this menu leads on"),
        ([("1", "extension:1001"), ("0", "operator")], "main", "key 0 leads to the operator, but this menu has none"),
        ([("1", "extension:1001"), ("9", "back")], "main", "key 9 leads back, but no menu lies before this one"),
        ([("1", "extension:1001"), ("1", "hangup")], "main", "key 1 is used twice"),
        ([("1", "queue:none")], "main", "does not exist in queues"),
        ([], "main", "needs at least 1"),
        ([("1", "")], "main", "must name a destination"),
    ],
)
async def test_the_draft_is_checked_before_it_is_saved(
    console: Console, admin: Browser, options: list[tuple[str, str]], menu: str, said: str
) -> None:
    before = ways(await stored(console, menu))
    response = await admin.post("/menus/main/check", typed(*options, menu=menu))
    assert response.status == 200
    assert said in await response.text()
    assert ways(await stored(console, menu)) == before


async def test_a_fifth_level_is_seen_while_editing(admin: Browser) -> None:
    assert (await admin.post("/menus/main/tree", typed(("1", "menu:third"), menu="more"))).status == 303
    sub = {"sub_digit": "7", "sub_key": "fifth", "sub_name": "Fifth", "sub_prompt": "menu", "_submenu": "1"}
    response = await admin.post("/menus/main/tree", {**typed(("4", "hangup"), menu="fourth"), **sub})
    assert response.status == 422
    assert "level 5; menus may be 4 levels deep" in await response.text()


async def test_the_form_of_a_menu_is_checked_too(admin: Browser) -> None:
    form = {"key": "new-one", "name": "New", "prompt": "menu", **typed(("9", "back"), ("0", "hangup"))}
    del form["menu"]
    text = await (await admin.post("/menus/_new/check", form)).text()
    assert "nothing leads to this menu yet" in text
    assert "key 9 leads back" in text
    form["prompt"] = ""
    assert "must be given" in await (await admin.post("/menus/_new/check", form)).text()


async def test_hostile_values_are_only_text(admin: Browser) -> None:
    for value in ("<script>alert(1)</script>", "menu:x'; DROP TABLE menus --", "${SHELL(id)}", "\u202e", "x" * 5000):
        for path in ("/menus/main/check", "/menus/main/tree"):
            response = await admin.post(path, typed((value, value)))
            assert response.status in (200, 422)
            assert "<script>alert" not in await response.text()


async def test_only_administrators_change_check_and_call(console: Console) -> None:
    browser = await console.signed_in("supervisor")
    text = await browser.get("/menus/main/tree")
    assert 'name="options.0.digit"' not in text
    for path, extra in (("tree", {}), ("tree", {"_call": "1", "phone": "1001"}), ("check", {})):
        response = await browser.post(f"/menus/main/{path}", {**typed(("1", "hangup")), **extra})
        assert response.status == 403
    assert (await browser.client.get("/menus/none/tree")).status == 404


async def test_only_phones_of_the_site_are_rung(admin: Browser) -> None:
    for phone in ("", "9999", "0051999888777", "1001&1002"):
        response = await admin.post("/menus/main/tree", {**typed(("1", "hangup")), "_call": "1", "phone": phone})
        assert response.status == 404
