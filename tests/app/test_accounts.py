"""Accounts: the first administrator, one-time passwords, and what is refused."""

import pytest
from sqlalchemy import select

from appliance.core.problems import Invalid
from appliance.services.accounts import Account, add_account, list_accounts, reset_password
from appliance.services.entities import replace_site
from appliance.services.users import SignInRefused, sign_in
from appliance.store.db import Database
from appliance.store.tables.configuration import AuditRow
from tests.sites import a_site


async def test_the_first_administrator_comes_with_the_first_password(database: Database) -> None:
    async with database.transaction() as tx:
        assert await reset_password(tx, "somebody", by="test") is None
        first = await reset_password(tx, "admin", by="test")
        assert first
        second = await reset_password(tx, "admin", by="test")
        assert second
        assert [account.role for account in await list_accounts(tx)] == ["administrator"]
        audited = (await tx.execute(select(AuditRow.action).where(AuditRow.section == "users"))).scalars().all()
    assert audited == ["create", "new password"]
    with pytest.raises(SignInRefused):
        await sign_in(database, "admin", first, address="")
    signed_in = await sign_in(database, "admin", second, address="")
    assert signed_in.session.person.must_change_password


async def test_an_agent_gets_an_account(database: Database) -> None:
    async with database.transaction() as tx:
        await replace_site(tx, a_site(), by="test", summary="test")
        password = await add_account(tx, Account("ana", "Ana López", "agent", "ana"), "agent", by="test")
    person = (await sign_in(database, "ana", password, address="")).session.person
    assert (person.role, person.agent, person.must_change_password) == ("agent", "ana", True)


@pytest.mark.parametrize(
    ("account", "field"),
    [
        (Account("Ana Maria", "Ana", "agent", ""), "login"),
        (Account("taken", "Ana", "agent", ""), "login"),
        (Account("ana", "", "agent", ""), "name"),
        (Account("ana", "Ana\n", "agent", ""), "name"),
        (Account("ana", "Ana", "agent", "nobody"), "agent"),
    ],
)
async def test_what_is_refused(database: Database, account: Account, field: str) -> None:
    async with database.transaction() as tx:
        await add_account(tx, Account("taken", "Taken", "agent", ""), "agent", by="test")
    with pytest.raises(Invalid) as refused:
        async with database.transaction() as tx:
            await add_account(tx, account, "agent", by="test")
    assert [problem.path for problem in refused.value.problems] == [(field,)]
