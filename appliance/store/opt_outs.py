"""Who pressed the key for it is never called again, by no campaign; written as the attempt ends."""

import datetime as dt

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.store.tables.dialing import DoNotCallRow


async def note_opt_out(tx: AsyncSession, number: str, dialer: str, at: dt.datetime) -> None:
    kind = sqlite if tx.get_bind().dialect.name == "sqlite" else postgresql
    row = {"number": number, "is_prefix": False, "campaign": "", "reason": dialer, "source": "caller", "created_at": at}
    await tx.execute(kind.insert(DoNotCallRow).values(**row).on_conflict_do_nothing())
