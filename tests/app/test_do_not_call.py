"""Numbers that are never called: whole ones and beginnings, for one campaign or all, until they expire."""

import datetime as dt

import pytest
from sqlalchemy import insert

from appliance.store.db import Database
from appliance.store.dialing.do_not_call import never_called
from appliance.store.tables.dialing import DoNotCallRow

AT = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)
YESTERDAY, TOMORROW = AT - dt.timedelta(days=1), AT + dt.timedelta(days=1)
ENTRIES = [
    {"number": "+51987654321"},
    {"number": "+5111", "is_prefix": True},
    {"number": "+51987000001", "campaign": "sales"},
    {"number": "+51987000002", "expires_at": YESTERDAY},
    {"number": "+51987000003", "expires_at": TOMORROW},
    {"number": "+44", "is_prefix": True, "campaign": "sales"},
    {"number": "+519876", "is_prefix": False},  # a short number, and no beginning
]
NEVER = {
    "sales": {"+51987654321", "+5111234567", "+51987000001", "+51987000003", "+442071234567"},
    "support": {"+51987654321", "+5111234567", "+51987000003"},
}
ASKED = sorted({*NEVER["sales"], "+51987000002", "+5112345678", "+51987654322", "5111234567"})


@pytest.fixture
async def entries(database: Database) -> None:
    usual = {"is_prefix": False, "campaign": "", "reason": "", "source": "console", "created_by": "", "created_at": AT}
    async with database.transaction() as tx:
        await tx.execute(insert(DoNotCallRow), [{"expires_at": None} | usual | each for each in ENTRIES])


@pytest.mark.usefixtures("entries")
@pytest.mark.parametrize("campaign", NEVER)
async def test_who_is_never_called(database: Database, campaign: str) -> None:
    async with database.transaction() as tx:
        assert await never_called(tx, ASKED, campaign, AT) == NEVER[campaign]
        assert await never_called(tx, [], campaign, AT) == set()
