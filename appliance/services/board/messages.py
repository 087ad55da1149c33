"""Messages of supervisors to agents: all in sight, a queue, a security group or one; each is read on the own page."""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.membership import members_of
from appliance.core.sight import Sight
from appliance.core.site import Site
from appliance.core.words import N_
from appliance.services.clock import now
from appliance.services.errors import Refused
from appliance.store.configuration import insert_audit
from appliance.store.floor import Sent, list_sent, load_readings
from appliance.store.tables.floor import MessageReadingRow, MessageRow

ALL = "all"
MOST_TEXT = 1000


@dataclass(frozen=True)
class Draft:
    """`to` is `all`, `queue:KEY`, `group:KEY` or `agent:KEY`."""

    to: str
    text: str


async def send_message(tx: AsyncSession, draft: Draft, seen: Site, *, by: str) -> list[str]:
    """The agents whom it is for. `seen` is the site as the sender sees it. Raises Refused."""
    text = draft.text.replace("\0", "").strip()
    if not text or len(text) > MOST_TEXT:
        raise Refused(N_("A message has from 1 to {most} letters."), most=str(MOST_TEXT))
    agents = sorted(audience(seen, draft.to))
    if not agents:
        raise Refused(N_("There is nobody to whom this could be sent."))
    row = MessageRow(sent_by=by[:80], sent_at=now(), text=text, audience=draft.to)
    tx.add(row)
    await tx.flush()
    tx.add_all(MessageReadingRow(message_id=row.message_id, agent=agent, read_at=None) for agent in agents)
    entry = {"at": now(), "by": by[:80], "action": "send message", "section": "agents", "entity_key": ""}
    after = {"to": draft.to, "agents": len(agents), "text": text}
    await insert_audit(tx, [entry | {"generation": 0, "before": None, "after": after}])
    return agents


async def list_messages(
    tx: AsyncSession, since: dt.datetime, *, login: str, sight: Sight
) -> list[tuple[Sent, list[MessageReadingRow]]]:
    """With who has read them. Who sees a part of the centre sees the own messages."""
    sent = [each for each in await list_sent(tx, since) if not sight.is_limited or each.sent_by == login]
    readings = await load_readings(tx, [each.message_id for each in sent])
    return [(each, readings[each.message_id]) for each in sent]


def audience(seen: Site, to: str) -> set[str]:
    """Nobody whom the sender does not see."""
    kind, _colon, key = to.partition(":")
    match kind:
        case "all" if to == ALL:
            found = set(seen.agents)
        case "queue" if key in seen.queues:
            found = set(members_of(seen, seen.queues[key]))
        case "group" if key in seen.security_groups:
            found = {each.agent for each in seen.security_groups[key].agents}
        case "agent":
            found = {key}
        case _:
            found = set()
    return found & set(seen.agents)
