"""The whole configuration of a centre as one value; its fields are the sections of YAML, the API and the console."""

from collections.abc import Iterator
from typing import Annotated, Any, get_args

from pydantic import BaseModel, ConfigDict, Field

from appliance.core.entities.fields import Entity
from appliance.core.entities.inbound import BlockedNumber, Campaign, InboundRoute
from appliance.core.entities.menus import Menu
from appliance.core.entities.people import Agent, Extension
from appliance.core.entities.prompts import Prompt
from appliance.core.entities.queues import Queue
from appliance.core.entities.schedules import Schedule
from appliance.core.entities.trunks import Trunk


class Site(BaseModel):
    """Each section maps keys to entities, sorted by key."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    trunks: Annotated[dict[str, Trunk], Field(default_factory=dict)]
    extensions: Annotated[dict[str, Extension], Field(default_factory=dict)]
    agents: Annotated[dict[str, Agent], Field(default_factory=dict)]
    schedules: Annotated[dict[str, Schedule], Field(default_factory=dict)]
    prompts: Annotated[dict[str, Prompt], Field(default_factory=dict)]
    menus: Annotated[dict[str, Menu], Field(default_factory=dict)]
    queues: Annotated[dict[str, Queue], Field(default_factory=dict)]
    campaigns: Annotated[dict[str, Campaign], Field(default_factory=dict)]
    inbound_routes: Annotated[dict[str, InboundRoute], Field(default_factory=dict)]
    blacklist: Annotated[dict[str, BlockedNumber], Field(default_factory=dict)]

    def section(self, name: str) -> dict[str, Entity]:
        found: dict[str, Entity] = getattr(self, name)
        return found

    def entities(self) -> Iterator[tuple[str, Entity]]:
        for section in SECTIONS:
            for entity in self.section(section).values():
                yield section, entity

    def replaced(self, section: str, key: str, entity: Entity | None) -> "Site":
        """This site with one entity put in, or taken out where `entity` is None."""
        content = {**self.section(section)}
        content.pop(key, None)
        if entity is not None:
            content[key] = entity
        return self.model_copy(update={section: dict(sorted(content.items()))})


def _entity_type(annotation: Any) -> type[Entity]:
    kind: type[Entity] = get_args(annotation)[1]
    return kind


SECTIONS: dict[str, type[Entity]] = {name: _entity_type(field.annotation) for name, field in Site.model_fields.items()}


def key_of(entity: Entity) -> str:
    return entity.key
