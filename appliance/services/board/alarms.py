"""A supervisor takes notice of an alarm: it stays open until what it watches is well again."""

from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.sight import Sight
from appliance.services.clock import now
from appliance.services.errors import NotFound
from appliance.store.configuration import insert_audit
from appliance.store.tables.floor import AlarmRaiseRow


async def see_alarm(tx: AsyncSession, alarm_raise_id: int, *, by: str, sight: Sight) -> None:
    """The first who does it counts. Raises NotFound, also for what is out of sight."""
    row = await tx.get(AlarmRaiseRow, alarm_raise_id)
    section, _, key = row.subject.partition(":") if row else ("", "", "")
    if row is None or not sight.may_see(section, key):
        raise NotFound(f"alarms.{alarm_raise_id}")
    if row.seen_at is None:
        row.seen_by, row.seen_at = by[:80], now()
        entry = {"at": now(), "by": by[:80], "action": "see alarm", "section": "alarms", "entity_key": row.alarm}
        await insert_audit(tx, [entry | {"generation": 0, "before": None, "after": {"subject": row.subject}}])
