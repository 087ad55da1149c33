"""All tables; importing this module fills `Base.metadata`."""

from appliance.store.tables import (
    callbacks,
    calls,
    configuration,
    contacts,
    dialing,
    entities,
    floor,
    licenses,
    sessions,
    users,
    work,
)
from appliance.store.tables.columns import Base

__all__ = [
    "Base",
    "callbacks",
    "calls",
    "configuration",
    "contacts",
    "dialing",
    "entities",
    "floor",
    "licenses",
    "sessions",
    "users",
    "work",
]
