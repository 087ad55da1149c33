"""Links that let a screen on the wall show one board without signing in: made, used and revoked."""

import datetime as dt
import secrets
from typing import NamedTuple

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.entities.supervision import Wallboard
from appliance.core.site import Site
from appliance.services.clock import now
from appliance.services.errors import NotFound
from appliance.services.users.person import hash_token
from appliance.store.configuration import insert_audit
from appliance.store.snapshots import load_snapshot
from appliance.store.tables.floor import WallboardLinkRow

USED_AGAIN = dt.timedelta(minutes=5)  # how often it is noted that a link is used


class Opened(NamedTuple):
    """What a token opens: this board and nothing else; the whole site is for what it counts."""

    link: WallboardLinkRow
    board: Wallboard
    site: Site


async def make_link(tx: AsyncSession, wallboard: str, *, by: str) -> str:
    """The token, which is stored nowhere."""
    token = secrets.token_urlsafe(32)
    row = WallboardLinkRow(wallboard=wallboard, token_hash=hash_token(token), created_by=by[:80], created_at=now())
    tx.add(row)
    await _audit(tx, "make link", wallboard, by)
    return token


async def revoke_link(tx: AsyncSession, wallboard: str, wallboard_link_id: int, *, by: str) -> None:
    row = await tx.get(WallboardLinkRow, wallboard_link_id)
    if row is None or row.wallboard != wallboard:
        raise NotFound(f"wallboards.{wallboard}.links.{wallboard_link_id}")
    if row.revoked_at is None:
        row.revoked_at = now()
        await _audit(tx, "revoke link", wallboard, by)


async def load_links(tx: AsyncSession, wallboard: str) -> list[WallboardLinkRow]:
    """Those that still open the board."""
    row = WallboardLinkRow
    query = select(row).where(row.wallboard == wallboard, row.revoked_at.is_(None)).order_by(row.wallboard_link_id)
    return list((await tx.execute(query)).scalars())


async def find_wall(tx: AsyncSession, token: str) -> Opened | None:
    row = WallboardLinkRow
    query = select(row).where(row.token_hash == hash_token(token), row.revoked_at.is_(None))
    link = (await tx.execute(query)).scalar_one_or_none()
    site = (await load_snapshot(tx)).site
    board = site.wallboards.get(link.wallboard) if link else None
    return Opened(link, board, site) if link and board else None


def is_use_news(link: WallboardLinkRow) -> bool:
    """Screens look many times a minute whether they may go on; nobody who writes waits for that."""
    return link.used_at is None or now() - link.used_at >= USED_AGAIN


async def note_use(tx: AsyncSession, link: WallboardLinkRow) -> None:
    row = WallboardLinkRow
    await tx.execute(update(row).where(row.wallboard_link_id == link.wallboard_link_id).values(used_at=now()))


async def _audit(tx: AsyncSession, action: str, wallboard: str, by: str) -> None:
    entry = {"at": now(), "by": by[:80], "action": action, "section": "wallboards", "entity_key": wallboard}
    await insert_audit(tx, [entry | {"generation": 0, "before": None, "after": None}])
