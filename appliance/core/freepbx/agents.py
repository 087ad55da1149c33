"""People for the members of queues: FreePBX has phones there, we have agents who work at them."""

import re
import unicodedata

from appliance.core.freepbx.draft import Draft
from appliance.core.freepbx.tables import Row


def agent_of(draft: Draft, row: Row, number: str) -> str | None:
    """The key of the agent at this extension, who is made where there is none; None without such an extension."""
    phone = draft.site.extensions.get(number)
    if phone is None:
        return None
    for key, agent in draft.site.agents.items():
        if agent.extension == number:
            return key
    key = _key_of(phone.name)
    if not key or key in draft.site.agents:
        key = f"agent-{number}"
    made = draft.put(row, "agents", {"key": key, "name": phone.name, "extension": number}, {})
    return key if made else None


def _key_of(name: str) -> str:
    """`Ana López` is ana-lopez; nothing where a name has no latin letters."""
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", letters).strip("-")[:40].strip("-")
