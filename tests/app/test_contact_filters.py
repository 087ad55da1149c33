"""Contact filters: the same contacts on both databases, whatever is typed; nothing of it is ever SQL."""

import datetime as dt

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from appliance.core.entities.lists import Condition, ContactFilter, Operator
from appliance.core.lists.rows import Candidate
from appliance.store.db import Database
from appliance.store.lists.contact_filters import count_contacts, filter_condition
from appliance.store.lists.contact_rows import insert_rows, lay_out
from appliance.store.tables.contacts import ContactRow
from appliance.store.tables.dialing import ListContactRow

AT = dt.datetime(2026, 5, 20, 12, tzinfo=dt.UTC)
PEOPLE = {
    "Ana": {"City": "Lima", "Debt": "90", 'it\'s "$.x"': "odd"},
    "Bo": {"City": "lima", "Debt": "1000.5"},
    "Cy": {"City": "La Libertad", "Debt": "none"},
    "Di": {},
}


@pytest.fixture
async def people(database: Database) -> None:
    cards = [
        Candidate(0, (), name, "", "", "", (("mobile", f"+5198765432{n}"),), fields, f"K{n}", n, "", "America/Lima")
        for n, (name, fields) in enumerate(PEOPLE.items())
    ]
    async with database.transaction() as tx:
        ids = await insert_rows(
            tx, "spring", await lay_out(tx, "spring", cards), at=AT - dt.timedelta(days=10, hours=1), by="test"
        )
        values = {"tries": 2, "result": "busy", "last_at": AT - dt.timedelta(days=1, hours=1)}
        await tx.execute(update(ListContactRow).where(ListContactRow.contact_id == ids[0]).values(values))


async def chosen(database: Database, *conditions: Condition, match: str = "all") -> str:
    wanted = ContactFilter.model_construct(key="x", name="x", match=match, conditions=list(conditions))
    async with database.transaction() as tx:
        condition = filter_condition(tx, wanted, AT)
        query = select(ContactRow.name).join(ListContactRow, ListContactRow.contact_id == ContactRow.contact_id)
        found = sorted((await tx.execute(query.where(condition))).scalars())
        assert await count_contacts(tx, "spring", condition) == len(found)
    return " ".join(found)


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize(
    ("field", "operator", "value", "names"),
    [
        ("City", "is", "LIMA", "Ana Bo"), ("City", "is_not", "lima", "Cy Di"), ("City", "contains", "LI", "Ana Bo Cy"),
        ("City", "begins", "l", "Ana Bo Cy"), ("City", "contains", "%", ""), ("City", "empty", "", "Di"),
        ("City", "not_empty", "", "Ana Bo Cy"), ("Debt", "more", "95", "Bo"), ("Debt", "less", "1000,6", "Ana Bo"),
        ("Debt", "more", "m", "Cy"), ("it's \"$.x\"", "is", "odd", "Ana"), ("no such", "empty", "", "Ana Bo Cy Di"),
        ("name", "begins", "a", "Ana"), ("key", "is", "k2", "Cy"), ("priority", "less", "2", "Ana Bo"),
        ("priority", "is", "x", ""), ("tries", "more", "0", "Ana"), ("tries", "is", "0", "Bo Cy Di"),
        ("result", "is", "busy", "Ana"), ("result", "is_not", "busy", "Bo Cy Di"), ("last_days", "is", "1", "Ana"),
        ("last_days", "more", "1", "Ana"), ("last_days", "more", "2", ""), ("last_days", "empty", "", "Bo Cy Di"),
        ("added_days", "is", "10", "Ana Bo Cy Di"), ("added_days", "less", "10", ""),
        ("zone", "contains", "lima", "Ana Bo Cy Di"),
    ],
)  # fmt: skip
async def test_a_condition(database: Database, field: str, operator: Operator, value: str, names: str) -> None:
    assert await chosen(database, Condition(field=field, operator=operator, value=value)) == names


@pytest.mark.usefixtures("people")
async def test_all_or_any(database: Database) -> None:
    two = Condition(field="City", operator="is", value="Lima"), Condition(field="tries", operator="is", value="0")
    assert await chosen(database, *two) == "Bo"
    assert await chosen(database, *two, match="any") == "Ana Bo Cy Di"


WORDS = st.text(st.characters(blacklist_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=20)


@pytest.mark.usefixtures("people")
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    field=WORDS.filter(lambda text: text.strip()) | st.sampled_from(["tries", "last_days", "$", "$.x", "a'b", '"']),
    operator=st.sampled_from(["is", "is_not", "contains", "begins", "less", "more", "empty", "not_empty"]),
    value=WORDS | st.sampled_from(["1e5", "-0", "9" * 15, "'; DROP TABLE contacts; --", "\\", "%"]),
)
async def test_whatever_is_typed_is_a_value(database: Database, field: str, operator: Operator, value: str) -> None:
    await chosen(database, Condition.model_construct(field=field, operator=operator, value=value))
