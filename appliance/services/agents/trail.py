"""Who does something to an agent's session, and the line of the audit trail that says so."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.entities.people import Agent
from appliance.services.clock import now
from appliance.services.errors import NotFound
from appliance.store.configuration import insert_audit
from appliance.store.site import load_entity


@dataclass(frozen=True)
class Act:
    """`by` is a login, or `policy`; `is_own` where agents act on themselves; `note` is what the agent is told."""

    by: str
    is_own: bool = False
    note: str = ""

    @property
    def other(self) -> str:
        """Who did it, where it was not the agent."""
        return "" if self.is_own else self.by[:80]


async def load_agent(tx: AsyncSession, agent: str) -> Agent:
    """Raises NotFound."""
    found = await load_entity(tx, "agents", agent)
    if found is None or not isinstance(found[0], Agent):
        raise NotFound(f"agents.{agent}")
    return found[0]


async def audit(tx: AsyncSession, action: str, agent: str, by: str, *, after: dict[str, Any] | None = None) -> None:
    entry = {"at": now(), "by": by[:80], "action": action[:40], "section": "agents", "entity_key": agent}
    await insert_audit(tx, [entry | {"generation": 0, "before": None, "after": after}])
