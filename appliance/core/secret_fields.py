"""Which fields of an entity are secret, how they are masked, and how an empty one keeps or gets its value."""

from collections.abc import Callable
from typing import Any

from appliance.core.entities.fields import Entity, shown

MASK = "********"


def secret_fields(kind: type[Entity]) -> list[str]:
    return [name for name, field in kind.model_fields.items() if shown(field).secret]


def masked(entity: Entity) -> dict[str, Any]:
    """The entity as JSON, with its secrets covered."""
    values: dict[str, Any] = entity.model_dump(mode="json")
    values.update({name: MASK for name in secret_fields(type(entity)) if values[name]})
    return values


def with_secrets(entity: Entity, before: Entity | None, make: Callable[[str], str]) -> Entity:
    """Fill empty secrets: with what was there before, else with what `make(field name)` gives."""
    filled = {}
    for name in secret_fields(type(entity)):
        if not getattr(entity, name):
            filled[name] = getattr(before, name, "") or make(name)
    return entity.model_copy(update=filled)
