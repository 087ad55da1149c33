"""What a prompt was before: from the audit trail, which keeps every text and the name of every file."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.store.tables.configuration import AuditRow

MOST = 200  # entries of the trail that are looked at


@dataclass(frozen=True)
class PromptVersion:
    """One language of a prompt as somebody stored it then."""

    audit_id: int
    at: dt.datetime
    by: str
    language: str
    audio: dict[str, Any]


async def load_versions(tx: AsyncSession, key: str) -> list[PromptVersion]:
    """Newest first; each different sound of a language once."""
    rows = await tx.scalars(
        select(AuditRow)
        .where(AuditRow.section == "prompts", AuditRow.entity_key == key, AuditRow.after.is_not(None))
        .order_by(AuditRow.audit_id.desc())
        .limit(MOST)
    )
    found: dict[tuple[str, str, str], PromptVersion] = {}
    for row in rows:
        for language, audio in dict((row.after or {}).get("audio", {})).items():
            sound = (language, audio.get("upload", ""), "" if audio.get("upload") else audio.get("text", ""))
            found[sound] = PromptVersion(row.audit_id, row.at, row.by, language, audio)  # the first time it was stored
    return list(found.values())


async def load_version(tx: AsyncSession, key: str, audit_id: int, language: str) -> dict[str, Any] | None:
    row = await tx.get(AuditRow, audit_id)
    if row is None or (row.section, row.entity_key) != ("prompts", key) or row.after is None:
        return None
    found: dict[str, Any] | None = row.after.get("audio", {}).get(language)
    return found
