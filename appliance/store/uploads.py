"""Uploaded sound files, each kept once under the SHA-256 of its content."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import insert, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.store.tables.columns import UtcDateTime
from appliance.store.tables.configuration import UploadRow


@dataclass(frozen=True)
class Upload:
    sha256: str
    file_name: str
    content: bytes


async def save_upload(tx: AsyncSession, upload: Upload, at: dt.datetime) -> None:
    """Nothing happens where the same content is there already, under whatever name."""
    values = select(
        literal(upload.sha256),
        literal(upload.file_name),
        literal(upload.content),
        literal(at, UtcDateTime),
    ).where(~select(UploadRow.sha256).where(UploadRow.sha256 == upload.sha256).exists())
    await tx.execute(insert(UploadRow).from_select(["sha256", "file_name", "content", "uploaded_at"], values))


async def load_upload(tx: AsyncSession, sha256: str) -> Upload | None:
    row = await tx.get(UploadRow, sha256)
    return None if row is None else Upload(row.sha256, row.file_name, row.content)


async def known_uploads(tx: AsyncSession, wanted: Iterable[str]) -> set[str]:
    """Those of `wanted` that are stored."""
    found = await tx.execute(select(UploadRow.sha256).where(UploadRow.sha256.in_(list(wanted))))
    return set(found.scalars())
