"""A list in the order of a field: whoever comes in or is changed stands in its place, and nobody is left out."""

import datetime as dt
import random
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from appliance.core.entities.dialers import Dialer
from appliance.core.lists.layout import find_layout
from appliance.core.problems import check_site
from appliance.core.site import Site
from appliance.services.clock import now
from appliance.services.contacts import load_contact, save_contact
from appliance.services.entities import replace_site
from appliance.services.field_orders import FieldOrders
from appliance.services.imports.reading import look_at
from appliance.services.imports.worker import bring_in
from appliance.services.list_contacts import add_contacts
from appliance.store.db import Database
from appliance.store.dialing.attempts import begin_attempts
from appliance.store.dialing.recycling import Recycling, copy_to
from appliance.store.lists.imports import insert_import
from appliance.store.tables.contacts import ContactRow
from appliance.store.tables.dialing import ListContactRow
from tests.dialing import LIMA, NOON, a_wish
from tests.sites import a_site

HOUR = dt.timedelta(hours=1)


def the_site(field: str = "Debt", direction: str = "ascending", **dialer: Any) -> Site:
    site = a_site().model_dump(mode="json")
    site["dialers"]["sales"] |= {"lists": [{"list": "winter"}], "order": "field", "day_cap": 0} | dialer
    site["lists"]["winter"] |= {"order_field": field, "order_direction": direction, "once_by": "none"}
    site["lists"]["summer"] = {"key": "summer", "name": "Summer", "order_field": "Debt"}
    return Site.model_validate(site)


async def furnish(database: Database, site: Site) -> Dialer:
    async with database.transaction() as tx:
        await replace_site(tx, site, by="test", summary="test")
    return site.dialers["sales"]


async def add(database: Database, site: Site, *debts: str | None, **more: Any) -> list[int]:
    """Each is called as what it owes."""
    items = [
        {"name": debt or "none", "numbers": [{"kind": "mobile", "number": f"9{random.randrange(10**8):08}"}]}
        | {"fields": {} if debt is None else {"Debt": debt, "Age": f"{90 - n}"}}
        | more
        for n, debt in enumerate(debts)
    ]
    async with database.transaction() as tx:
        outcomes = await add_contacts(tx, site, "winter", items, by="test")
    return [each.contact_id for each in outcomes if each.contact_id]


async def called(database: Database, site: Site, most: int = 20, **wish: Any) -> list[str]:
    """One after the other."""
    found: list[str] = []
    for _ in range(most):
        async with database.transaction() as tx:
            begun = await begin_attempts(tx, site, site.dialers["sales"], a_wish(1, **wish))
            names = select(ContactRow.name).where(ContactRow.contact_id.in_([each.contact_id for each in begun]))
            found += (await tx.execute(names)).scalars()
        if not begun:
            break
    return found


@pytest.mark.parametrize(
    ("direction", "expected"),
    [
        ("ascending", ["-5", "9", "10.5", "100", "apple", "Bear", "none", "none"]),
        ("descending", ["Bear", "apple", "100", "10.5", "9", "-5", "none", "none"]),
    ],
)
async def test_numbers_then_texts_and_last_who_has_none(
    database: Database, direction: str, expected: list[str]
) -> None:
    site = the_site(direction=direction)
    await furnish(database, site)
    await add(database, site, "100", None, "Bear", "9", "apple", "", "-5", "10.5")
    assert await called(database, site) == expected


async def test_many_at_once_over_several_zones(database: Database) -> None:
    site = the_site(direction="descending")
    await furnish(database, site)
    debts = [str(random.randrange(-500, 500)) if n % 5 else None for n in range(60)]
    for start, zone in enumerate((LIMA, "America/Bogota", "")):
        await add(database, site, *debts[start::3], zone=zone)
    begun = list[list[int | None]]()
    async with database.transaction() as tx:
        while some := await begin_attempts(tx, site, site.dialers["sales"], a_wish(7)):
            begun.append([each.contact_id for each in some])
        names = {n: name for n, name in await tx.execute(select(ContactRow.contact_id, ContactRow.name))}
    expected = [str(each) for each in sorted((int(d) for d in debts if d), reverse=True)] + ["none"] * 12
    assert sorted(names) == sorted(each for some in begun for each in some if each), "each of them once"
    for at, some in enumerate(begun):
        assert sorted(names[each] for each in some if each) == sorted(expected[7 * at : 7 * at + 7])


async def test_who_is_tried_again_waits_and_then_has_its_place(database: Database) -> None:
    site = the_site()
    await furnish(database, site)
    ids = await add(database, site, "1", "2", "3")
    async with database.transaction() as tx:
        row = update(ListContactRow).where(ListContactRow.contact_id == ids[1])
        await tx.execute(row.values(state="retry", tries=1, next_at=NOON + HOUR))
    assert await called(database, site, 1) == ["1"]
    assert await called(database, site, at=NOON + HOUR) == ["2", "3"]


async def test_an_agents_own_contact_comes_first_with_a_value_or_without(database: Database) -> None:
    site = the_site(mode="preview")
    await furnish(database, site)
    agent = next(iter(site.agents))
    await add(database, site, "1", "2")
    await add(database, site, None, "3", owner=agent)
    assert await called(database, site, kind="preview", ready=(agent,)) == ["3", "none", "1", "2"]


async def test_another_field(database: Database) -> None:
    """Until the keys are written, whoever has none of the new field comes last."""
    site = the_site()
    await furnish(database, site)
    await add(database, site, "1", "2", "3", "4", "5", None)
    orders = FieldOrders(database, again_s=0.0)
    await orders.look()
    assert await called(database, site, 1) == ["1"]
    site = the_site("Age")
    await furnish(database, site)
    await add(database, site, "6")
    assert await called(database, site, 2) == ["6", "2"]
    await orders.look()
    assert await called(database, site) == ["5", "4", "3", "none"]


async def test_a_list_that_had_no_field(database: Database) -> None:
    await furnish(database, the_site("", order="priority"))
    ids = await add(database, the_site(""), "3", "1", None, "2")
    async with database.reading() as tx:
        assert not any((await tx.execute(select(ListContactRow.sort_key))).scalars()), (
            "nobody pays who does not need it"
        )
    site = the_site()
    await furnish(database, site)
    assert await called(database, site, 1) == ["3"]
    await FieldOrders(database).look()
    assert await called(database, site) == ["1", "2", "none"]
    assert len(ids) == 4


async def test_a_card_that_is_changed(database: Database) -> None:
    site = the_site()
    await furnish(database, site)
    ids = await add(database, site, "1", "2", "3")
    async with database.transaction() as tx:
        card = (await load_contact(tx, ids[2])).contact.model_dump()
        fields = [{"name": "Debt", "value": "0,5"}]
        await save_contact(tx, ids[2], card | {"fields": fields}, version=1, by="test")
    assert await called(database, site) == ["3", "1", "2"]


async def test_a_file(database: Database, tmp_path: Path) -> None:
    site = the_site()
    await furnish(database, site)
    path = tmp_path / "some.csv"
    path.write_text(
        "Phone,Name,Debt\n" + "".join(f"98765432{n},{debt},{debt}\n" for n, debt in enumerate((30, 4, 100)))
    )
    found = await look_at(path)
    layout = find_layout(found.rows, found.encoding, found.separator).model_dump()
    values = {"list": "winter", "file_name": path.name, "path": path.name, "state": "running"}
    async with database.transaction() as tx:
        options = {"layout": layout, "is_plain": found.is_plain}
        import_id = await insert_import(tx, **values, options=options, created_at=now(), created_by="test")
    await bring_in(database, tmp_path, import_id)
    assert await called(database, site) == ["4", "30", "100"]


async def test_who_is_copied_into_another_list_keeps_its_place(database: Database) -> None:
    site = the_site()
    await furnish(database, site)
    await add(database, site, "2", "1")
    async with database.transaction() as tx:
        await tx.execute(update(ListContactRow).values(state="done", result="busy"))
        await copy_to(tx, site.dialers["sales"], Recycling(("busy",), into="summer"), NOON)
    other = the_site(lists=[{"list": "summer"}])
    assert await called(database, other) == ["1", "2"]


def test_a_list_without_a_field_is_refused() -> None:
    assert [problem for problem in check_site(the_site()) if "field" in problem.text()] == []
    found = {problem.path: problem.text() for problem in check_site(the_site(""))}
    assert found[("dialers", "sales", "order")] == "list winter has no field to order by; choose one there first"
    assert found[("lists", "winter", "order_field")] == "dialer sales calls this list by its field"
