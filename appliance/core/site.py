"""The whole configuration of a centre as one value; its fields are the sections of YAML, the API and the console."""

from collections.abc import Iterator
from typing import Annotated, Any, get_args

from pydantic import BaseModel, ConfigDict, Field

from appliance.core.entities.callers import BlockedNumber, VipNumber
from appliance.core.entities.dialers import Dialer
from appliance.core.entities.fields import Entity
from appliance.core.entities.general import MAIN, FeatureCodes, GeneralSettings, MailServer
from appliance.core.entities.groups import Conference, RingGroup
from appliance.core.entities.inbound import Campaign, InboundRoute
from appliance.core.entities.inputs import Input
from appliance.core.entities.lists import ContactFilter, ContactList
from appliance.core.entities.lookups import Lookup
from appliance.core.entities.menus import Menu
from appliance.core.entities.outbound import OutboundRoute
from appliance.core.entities.people import Agent, Extension
from appliance.core.entities.prompts import Music, Prompt
from appliance.core.entities.queues import Queue
from appliance.core.entities.schedules import Schedule
from appliance.core.entities.steps import Announcement, Branch
from appliance.core.entities.supervision import AgentRules, Alarm, Wallboard
from appliance.core.entities.surveys import Survey
from appliance.core.entities.trunks import Trunk
from appliance.core.entities.work import (
    Disposition,
    PauseReason,
    ScreenPop,
    Script,
    SecurityGroup,
    WorkForm,
)


class Site(BaseModel):
    """Each section maps keys to entities, sorted by key."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    general: Annotated[dict[str, GeneralSettings], Field(default_factory=dict)]
    mail: Annotated[dict[str, MailServer], Field(default_factory=dict)]
    feature_codes: Annotated[dict[str, FeatureCodes], Field(default_factory=dict)]
    trunks: Annotated[dict[str, Trunk], Field(default_factory=dict)]
    outbound_routes: Annotated[dict[str, OutboundRoute], Field(default_factory=dict)]
    extensions: Annotated[dict[str, Extension], Field(default_factory=dict)]
    agents: Annotated[dict[str, Agent], Field(default_factory=dict)]
    ring_groups: Annotated[dict[str, RingGroup], Field(default_factory=dict)]
    conferences: Annotated[dict[str, Conference], Field(default_factory=dict)]
    schedules: Annotated[dict[str, Schedule], Field(default_factory=dict)]
    prompts: Annotated[dict[str, Prompt], Field(default_factory=dict)]
    music: Annotated[dict[str, Music], Field(default_factory=dict)]
    menus: Annotated[dict[str, Menu], Field(default_factory=dict)]
    announcements: Annotated[dict[str, Announcement], Field(default_factory=dict)]
    branches: Annotated[dict[str, Branch], Field(default_factory=dict)]
    inputs: Annotated[dict[str, Input], Field(default_factory=dict)]
    lookups: Annotated[dict[str, Lookup], Field(default_factory=dict)]
    surveys: Annotated[dict[str, Survey], Field(default_factory=dict)]
    queues: Annotated[dict[str, Queue], Field(default_factory=dict)]
    dispositions: Annotated[dict[str, Disposition], Field(default_factory=dict)]
    forms: Annotated[dict[str, WorkForm], Field(default_factory=dict)]
    scripts: Annotated[dict[str, Script], Field(default_factory=dict)]
    screen_pops: Annotated[dict[str, ScreenPop], Field(default_factory=dict)]
    pause_reasons: Annotated[dict[str, PauseReason], Field(default_factory=dict)]
    campaigns: Annotated[dict[str, Campaign], Field(default_factory=dict)]
    lists: Annotated[dict[str, ContactList], Field(default_factory=dict)]
    contact_filters: Annotated[dict[str, ContactFilter], Field(default_factory=dict)]
    dialers: Annotated[dict[str, Dialer], Field(default_factory=dict)]
    inbound_routes: Annotated[dict[str, InboundRoute], Field(default_factory=dict)]
    blacklist: Annotated[dict[str, BlockedNumber], Field(default_factory=dict)]
    vips: Annotated[dict[str, VipNumber], Field(default_factory=dict)]
    security_groups: Annotated[dict[str, SecurityGroup], Field(default_factory=dict)]
    agent_rules: Annotated[dict[str, AgentRules], Field(default_factory=dict)]
    alarms: Annotated[dict[str, Alarm], Field(default_factory=dict)]
    wallboards: Annotated[dict[str, Wallboard], Field(default_factory=dict)]

    @property
    def settings(self) -> GeneralSettings:
        """The site's own, else the defaults."""
        return self.general.get(MAIN) or GeneralSettings.model_validate({})

    @property
    def codes(self) -> FeatureCodes:
        return self.feature_codes.get(MAIN) or FeatureCodes.model_validate({})

    @property
    def rules(self) -> AgentRules:
        return self.agent_rules.get(MAIN) or AgentRules.model_validate({})

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
