"""Who names whom in a site: every reference once, by where it stands and by what it names."""

from collections.abc import Mapping
from dataclasses import dataclass

from appliance.core.entities.fields import Entity, Reference, references
from appliance.core.site import Site, key_of

Spot = tuple[str, str]  # the section and the key of an entity


@dataclass(frozen=True)
class Links:
    """`out`: what each entity names. `into`: who names it, and where."""

    entities: Mapping[Spot, Entity]
    out: Mapping[Spot, tuple[Reference, ...]]
    into: Mapping[Spot, tuple[tuple[Spot, Reference], ...]]

    def users_of(self, spot: Spot) -> tuple[tuple[Spot, Reference], ...]:
        return self.into.get(spot, ())


def links_of(site: Site, before: Links | None = None) -> Links:
    """What did not change since `before` is not read again: looking for references is most of the work."""
    entities = {(section, key_of(entity)): entity for section, entity in site.entities()}
    out: dict[Spot, tuple[Reference, ...]] = {}
    into: dict[Spot, list[tuple[Spot, Reference]]] = {}
    for spot, entity in entities.items():
        is_known = before is not None and before.entities.get(spot) is entity
        out[spot] = before.out[spot] if before is not None and is_known else _named_by(entity)
        for ref in out[spot]:
            into.setdefault((ref.section, ref.key), []).append((spot, ref))
    return Links(entities, out, {spot: tuple(users) for spot, users in into.items()})


def _named_by(entity: Entity) -> tuple[Reference, ...]:
    return tuple(ref for ref in references(entity) if ref.section and ref.key)
