"""Who asked, in a call, to be called no more."""

import datetime as dt

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.store.tables.dialing import DoNotCallRow


async def call_no_more(tx: AsyncSession, number: str, *, source: str, by: str, at: dt.datetime) -> None:
    """Everywhere, and for good: also where the number was there until some day."""
    kind = sqlite if tx.get_bind().dialect.name == "sqlite" else postgresql
    row = {"number": number[:40], "is_prefix": False, "campaign": "", "reason": "", "source": source}
    new = kind.insert(DoNotCallRow).values(row | {"created_at": at, "created_by": by[:80], "expires_at": None})
    same = ["number", "is_prefix", "campaign"]
    await tx.execute(new.on_conflict_do_update(index_elements=same, set_={"expires_at": None}))
