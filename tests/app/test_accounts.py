"""Accounts: the first administrator, one-time passwords, changes, and what is refused."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.problems import Invalid
from appliance.core.users import NewUser, UserChange, parse_user
from appliance.services.entities import replace_site
from appliance.services.errors import NotFound, Stale
from appliance.services.users.accounts import UserFilter, list_users, load_user
from appliance.services.users.attempts import Origin
from appliance.services.users.changes import create_user, delete_user, reset_password, save_user
from appliance.services.users.sessions import list_sessions
from appliance.services.users.signing_in import SignInRefused, sign_in
from appliance.store.db import Database
from appliance.store.tables.configuration import AuditRow
from tests.sites import a_site

HERE = Origin("192.0.2.1")


def new(login: str, role: str = "agent", **values: Any) -> NewUser:
    return parse_user(NewUser, {"login": login, "name": login.title(), "role": role, **values})


async def change(tx: AsyncSession, login: str, *, by: str = "test", **values: Any) -> None:
    user = await load_user(tx, login)
    stored = {name: getattr(user, name) for name in UserChange.model_fields}
    await save_user(tx, login, parse_user(UserChange, stored | values), version=user.version, by=by)


async def refused(tx: AsyncSession, login: str, **values: Any) -> list[tuple[Any, str]]:
    with pytest.raises(Invalid) as error:
        await change(tx, login, **values)
    return [(problem.path[0], problem.text()) for problem in error.value.problems]


async def test_the_first_administrator_comes_with_the_first_password(database: Database) -> None:
    async with database.transaction() as tx:
        assert await reset_password(tx, "somebody", by="test") is None
        first = await reset_password(tx, "admin", by="test")
        assert first
        second = await reset_password(tx, "admin", by="test")
        assert second
        assert [user.role for user in (await list_users(tx, UserFilter())).users] == ["administrator"]
        audited = (await tx.execute(select(AuditRow.action).where(AuditRow.section == "users"))).scalars().all()
    assert audited == ["create", "new password"]
    with pytest.raises(SignInRefused):
        await sign_in(database, "admin", first, HERE)
    signed_in = await sign_in(database, "admin", second, HERE)
    assert signed_in.session.person.must_change_password


async def test_an_agent_gets_an_account(database: Database) -> None:
    async with database.transaction() as tx:
        await replace_site(tx, a_site(), by="test", summary="test")
        password = await create_user(tx, new("ana", agent="ana"), by="test")
    person = (await sign_in(database, "ana", password, HERE)).session.person
    assert (person.role, person.agent, person.must_change_password) == ("agent", "ana", True)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"login": "Ana Maria"}, "login"),
        ({"login": "taken"}, "login"),
        ({"login": ""}, "login"),
        ({"login": "a" * 81}, "login"),
        ({"login": "ana\0"}, "login"),
        ({"name": ""}, "name"),
        ({"name": "Ana\nLópez"}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"name": "Ana \u202e"}, "name"),
        ({"role": "king"}, "role"),
        ({"agent": "nobody"}, "agent"),
        ({"agent": "luis"}, "agent"),
        ({"agent": "${SHELL}"}, "agent"),
    ],
)
async def test_what_is_refused(database: Database, values: dict[str, str], field: str) -> None:
    async with database.transaction() as tx:
        await replace_site(tx, a_site(), by="test", summary="test")
        await create_user(tx, new("taken", agent="luis"), by="test")

    async def create() -> None:
        user = parse_user(NewUser, {"login": "ana", "name": "Ana", "role": "agent", **values})
        async with database.transaction() as tx:
            await create_user(tx, user, by="test")

    with pytest.raises(Invalid) as error:
        await create()
    assert [problem.path for problem in error.value.problems] == [(field,)]
    async with database.reading() as tx:
        assert (await list_users(tx, UserFilter())).total == 1


async def test_somebody_is_always_left_in_charge(database: Database) -> None:
    async with database.transaction() as tx:
        await create_user(tx, new("eva", "administrator"), by="test")
        await create_user(tx, new("old", "administrator", is_active=False), by="test")
        last = "this is the last administrator who can sign in"
        assert await refused(tx, "eva", role="auditor") == [("role", last)]
        assert await refused(tx, "eva", is_active=False) == [("is_active", last)]
        with pytest.raises(Invalid, match=last):
            await delete_user(tx, "eva", by="test")
        await change(tx, "old", is_active=True)
        own = "you cannot change your own role or lock yourself out; another administrator can"
        assert await refused(tx, "eva", by="eva", role="auditor") == [("role", own)]
        with pytest.raises(Invalid, match="you cannot delete yourself"):
            await delete_user(tx, "eva", by="eva")
        await delete_user(tx, "eva", by="old")
        with pytest.raises(NotFound):
            await load_user(tx, "eva")


async def test_a_change_ends_the_sessions_of_who_may_do_less(database: Database) -> None:
    async with database.transaction() as tx:
        await create_user(tx, new("eva", "administrator"), by="test")
        password = await create_user(tx, new("leo", "supervisor"), by="test")
    await sign_in(database, "leo", password, HERE)
    async with database.transaction() as tx:
        await change(tx, "leo", name="Leo Paz")
        assert len(await list_sessions(tx)) == 1
        await change(tx, "leo", role="auditor")
        assert await list_sessions(tx) == []
    await sign_in(database, "leo", password, HERE)
    async with database.transaction() as tx:
        await change(tx, "leo", is_active=False)
        assert await list_sessions(tx) == []
    with pytest.raises(SignInRefused):
        await sign_in(database, "leo", password, HERE)


async def test_an_edit_starts_from_what_was_read(database: Database) -> None:
    async with database.transaction() as tx:
        await create_user(tx, new("eva", "administrator"), by="test")
        await change(tx, "eva", name="Eva Ruiz")
        with pytest.raises(Stale):
            await save_user(tx, "eva", new("eva", "administrator"), version=1, by="test")


async def test_the_trail_says_who_did_what_and_no_secret(database: Database) -> None:
    async with database.transaction() as tx:
        password = await create_user(tx, new("eva", "administrator"), by="root")
        await change(tx, "eva", by="root", name="Eva Ruiz")
        rows = (await tx.execute(select(AuditRow).where(AuditRow.section == "users"))).scalars().all()
    assert [(row.action, row.by, row.entity_key) for row in rows] == [
        ("create", "root", "eva"),
        ("change", "root", "eva"),
    ]
    assert (rows[1].before or {})["name"] == "Eva"
    assert (rows[1].after or {})["name"] == "Eva Ruiz"
    assert password not in str([(row.before, row.after) for row in rows])


async def test_the_list_is_searched_filtered_sorted_and_paged(database: Database) -> None:
    async with database.transaction() as tx:
        for login, role in (("eva", "administrator"), ("leo", "auditor"), ("lea", "auditor"), ("a_b", "auditor")):
            await create_user(tx, new(login, role), by="test")

        async def logins(**wanted: Any) -> list[str]:
            return [user.login for user in (await list_users(tx, UserFilter(**wanted))).users]

        assert await logins() == ["a_b", "eva", "lea", "leo"]
        assert await logins(search="LE") == ["lea", "leo"]
        assert await logins(search="_") == ["a_b"]
        assert await logins(search="%") == []
        assert await logins(search="\0") == ["a_b", "eva", "lea", "leo"]
        assert await logins(role="auditor", sort="name", descending=True) == ["leo", "lea", "a_b"]
        assert await logins(size=2, page=2) == ["lea", "leo"]
