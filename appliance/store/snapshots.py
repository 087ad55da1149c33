"""The configuration as it was read last: pages share one picture of it until its generation changes.

A picture is only to be read. It is brought up to date with what the audit trail says was changed since, in the reading
transaction of who asks; so edits of another process are seen as soon as they are committed.
"""

from dataclasses import dataclass, field
from functools import cached_property

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.links import Links, Spot, links_of
from appliance.core.search import Index, index_of
from appliance.core.sight import Sight
from appliance.core.site import SECTIONS, Site
from appliance.store.site import load_entity, load_site
from appliance.store.tables.configuration import AuditRow, ConfigState

_WANTED = select(ConfigState.wanted)
MOST_CHANGES = 200  # more are read faster with everything else


@dataclass(frozen=True)
class Snapshot:
    """The site of one generation; `audit_id` is the newest entry of the audit trail then."""

    generation: int
    audit_id: int
    site: Site
    links_before: Links | None = field(default=None, repr=False, compare=False)
    index_before: Index | None = field(default=None, repr=False, compare=False)
    _seen: dict[Sight, "Snapshot"] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def links(self) -> Links:
        return links_of(self.site, self.links_before)

    @cached_property
    def index(self) -> Index:
        return index_of(self.site, self.index_before)

    def seen_by(self, sight: Sight) -> "Snapshot":
        """As far as `sight` reaches; made once for all who see the same."""
        if not sight.is_limited:
            return self
        if sight not in self._seen:
            self._seen[sight] = self.followed_by(self.generation, self.audit_id, sight.narrowed(self.site))
        return self._seen[sight]

    def followed_by(self, generation: int, audit_id: int, site: Site) -> "Snapshot":
        """Links and index that nobody asked for yet are not made only to be followed."""
        made = self.__dict__
        links, index = made.get("links", self.links_before), made.get("index", self.index_before)
        return Snapshot(generation, audit_id, site, links, index)


class Newest:
    """Where the sessions of one database find the newest snapshot."""

    def __init__(self) -> None:
        self.snapshot: Snapshot | None = None


async def load_snapshot(tx: AsyncSession) -> Snapshot:
    """The configuration in the consistent view of a reading transaction. Never in a writing one: it may be undone."""
    newest: Newest = tx.info["newest"]
    kept, wanted = newest.snapshot, await _wanted(tx)
    if kept is None or kept.generation != wanted:
        kept = newest.snapshot = await _next(tx, kept, wanted)
    return kept


async def site_before(tx: AsyncSession, generation: int) -> Site:
    """The site as it is before a writing transaction that raised `generation` changes it."""
    kept = tx.info["newest"].snapshot
    if kept is not None and kept.generation == generation - 1:
        site: Site = kept.site
        return site
    return await load_site(tx)


async def _wanted(tx: AsyncSession) -> int:
    found: int = (await tx.execute(_WANTED)).scalar_one()
    return found


async def _next(tx: AsyncSession, kept: Snapshot | None, wanted: int) -> Snapshot:
    audit_id = (await tx.execute(select(func.max(AuditRow.audit_id)))).scalar() or 0
    changed = None if kept is None else await _changed(tx, kept, wanted)
    if kept is None or changed is None:
        return Snapshot(wanted, audit_id, await load_site(tx))
    site = kept.site
    for section, key in changed:
        found = await load_entity(tx, section, key)
        site = site.replaced(section, key, found[0] if found else None)
    return kept.followed_by(wanted, audit_id, site)


async def _changed(tx: AsyncSession, kept: Snapshot, wanted: int) -> list[Spot] | None:
    """None where the audit trail does not tell of every generation in between, or of too much."""
    columns = AuditRow.generation, AuditRow.section, AuditRow.entity_key
    newer = AuditRow.audit_id > kept.audit_id, AuditRow.generation > kept.generation
    rows = (await tx.execute(select(*columns).where(*newer).limit(MOST_CHANGES + 1))).all()
    told = {row.generation for row in rows}
    if len(rows) > MOST_CHANGES or told != set(range(kept.generation + 1, wanted + 1)):
        return None
    return list(dict.fromkeys((row.section, row.entity_key) for row in rows if row.section in SECTIONS))
