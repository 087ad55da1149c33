"""All tables; importing this module fills `Base.metadata`."""

from appliance.store.tables import configuration, entities, sessions, users
from appliance.store.tables.columns import Base

__all__ = ["Base", "configuration", "entities", "sessions", "users"]
