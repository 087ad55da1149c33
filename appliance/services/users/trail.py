"""Writes down who did what to whose account; no password, code or secret is ever in it."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from appliance.services.clock import now
from appliance.store.configuration import insert_audit

SECTION = "users"


async def audit(  # noqa: PLR0913 - an entry has so many parts
    tx: AsyncSession,
    action: str,
    key: str,
    by: str,
    *,
    section: str = SECTION,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    entry = {"at": now(), "by": by[:80], "action": action, "section": section, "entity_key": key, "generation": 0}
    await insert_audit(tx, [entry | {"before": before, "after": after}])
