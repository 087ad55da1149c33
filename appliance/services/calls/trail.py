"""Who did what with a call of others, or with a recording: it stands in the audit trail under the agent."""

from appliance.services.clock import now
from appliance.store.configuration import insert_audit
from appliance.store.db import Database

SECTION = "agents"


async def note(database: Database, action: str, agent: str, *, by: str, **facts: str) -> None:
    """After it was done: what is refused leaves no trace."""
    entry = {"at": now(), "by": by, "action": action, "section": SECTION, "entity_key": agent, "generation": 0}
    async with database.transaction() as tx:
        await insert_audit(tx, [entry | {"before": None, "after": facts}])
