"""All tables; importing this module fills `Base.metadata`."""

from appliance.store.tables import calls, configuration, entities, sessions, users
from appliance.store.tables.columns import Base

__all__ = ["Base", "calls", "configuration", "entities", "sessions", "users"]
