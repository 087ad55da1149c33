"""Which fields of an entity not everybody sees, how they are masked, how an empty secret keeps or gets its value."""

from collections.abc import Callable, Iterable
from typing import Any

from appliance.core.entities.fields import Entity, shown

MASK = "********"


class _Removed(str):
    """No text, and meant so: an empty one that is sent says only that nothing was typed."""


REMOVED = _Removed()


def secret_fields(kind: type[Entity]) -> list[str]:
    """Nobody is shown them in a form; they are typed anew."""
    return [name for name, field in kind.model_fields.items() if shown(field).secret]


def hidden_fields(kind: type[Entity]) -> list[str]:
    """Secrets, and what only those see who may configure."""
    return [name for name, field in kind.model_fields.items() if shown(field).is_hidden]


def masked(entity: Entity) -> dict[str, Any]:
    """The entity as JSON, with its secrets covered."""
    values: dict[str, Any] = entity.model_dump(mode="json")
    values.update({name: MASK for name in hidden_fields(type(entity)) if values[name]})
    return values


def without_secrets(entity: Entity, names: Iterable[str]) -> Entity:
    """An edit that removes these secrets."""
    return entity.model_copy(update=dict.fromkeys(names, REMOVED))


def with_secrets(entity: Entity, before: Entity | None, make: Callable[[str], str]) -> Entity:
    """Fill empty secrets: with what was there before, else with what `make(field name)` gives."""
    filled = {}
    for name in secret_fields(type(entity)):
        value = getattr(entity, name)
        if not value:
            kept = "" if value is REMOVED else getattr(before, name, "")
            filled[name] = kept or make(name)
    return entity.model_copy(update=filled)
