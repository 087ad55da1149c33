"""The tables of everything people edit; their columns are the fields of the schemas in core/entities."""

from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from appliance.store.tables.columns import EntityRow


class TrunkRow(EntityRow):
    __tablename__ = "trunks"

    name: Mapped[str] = mapped_column(String(80))
    host: Mapped[str] = mapped_column(String(120))
    port: Mapped[int]
    registration: Mapped[bool]
    username: Mapped[str] = mapped_column(String(80))
    secret: Mapped[str] = mapped_column(String(80))
    match_header: Mapped[str] = mapped_column(String(120))
    codecs: Mapped[list[Any]]


class ExtensionRow(EntityRow):
    __tablename__ = "extensions"

    name: Mapped[str] = mapped_column(String(80))
    secret: Mapped[str] = mapped_column(String(80))
    ring_s: Mapped[int]
    voicemail: Mapped[bool]
    voicemail_pin: Mapped[str] = mapped_column(String(10))


class AgentRow(EntityRow):
    __tablename__ = "agents"

    name: Mapped[str] = mapped_column(String(80))
    extension: Mapped[str] = mapped_column(String(40))


class ScheduleRow(EntityRow):
    __tablename__ = "schedules"

    name: Mapped[str] = mapped_column(String(80))
    time_zone: Mapped[str] = mapped_column(String(64))
    hours: Mapped[list[Any]]
    holidays: Mapped[list[Any]]


class PromptRow(EntityRow):
    __tablename__ = "prompts"

    name: Mapped[str] = mapped_column(String(80))
    audio: Mapped[dict[str, Any]]


class MenuRow(EntityRow):
    __tablename__ = "menus"

    name: Mapped[str] = mapped_column(String(80))
    prompt: Mapped[str] = mapped_column(String(40))
    options: Mapped[list[Any]]
    wait_s: Mapped[int]
    tries: Mapped[int]
    timeout_prompt: Mapped[str] = mapped_column(String(40))
    invalid_prompt: Mapped[str] = mapped_column(String(40))
    timeout_destination: Mapped[str] = mapped_column(String(60))
    invalid_destination: Mapped[str] = mapped_column(String(60))
    operator: Mapped[str] = mapped_column(String(60))


class QueueRow(EntityRow):
    __tablename__ = "queues"

    name: Mapped[str] = mapped_column(String(80))
    strategy: Mapped[str] = mapped_column(String(20))
    members: Mapped[list[Any]]
    ring_s: Mapped[int]
    retry_s: Mapped[int]
    wrapup_s: Mapped[int]
    weight: Mapped[int]
    max_wait_s: Mapped[int]
    timeout_destination: Mapped[str] = mapped_column(String(60))
    empty_destination: Mapped[str] = mapped_column(String(60))
    max_callers: Mapped[int]
    full_destination: Mapped[str] = mapped_column(String(60))
    welcome_prompt: Mapped[str] = mapped_column(String(40))
    announce_position: Mapped[bool]
    announce_wait: Mapped[bool]
    announce_every_s: Mapped[int]
    service_level_s: Mapped[int]
    recording: Mapped[bool]


class CampaignRow(EntityRow):
    __tablename__ = "campaigns"

    name: Mapped[str] = mapped_column(String(80))
    queue: Mapped[str] = mapped_column(String(40))
    welcome_prompt: Mapped[str] = mapped_column(String(40))
    schedule: Mapped[str] = mapped_column(String(40))
    closed_prompt: Mapped[str] = mapped_column(String(40))
    closed_destination: Mapped[str] = mapped_column(String(60))
    recording: Mapped[str] = mapped_column(String(10))


class InboundRouteRow(EntityRow):
    __tablename__ = "inbound_routes"

    name: Mapped[str] = mapped_column(String(80))
    language: Mapped[str] = mapped_column(String(5))
    open_prompt: Mapped[str] = mapped_column(String(40))
    destination: Mapped[str] = mapped_column(String(60))
    schedule: Mapped[str] = mapped_column(String(40))
    closed_prompt: Mapped[str] = mapped_column(String(40))
    closed_destination: Mapped[str] = mapped_column(String(60))
    holiday_prompt: Mapped[str] = mapped_column(String(40))
    holiday_destination: Mapped[str] = mapped_column(String(60))


class BlockedNumberRow(EntityRow):
    __tablename__ = "blacklist"

    reason: Mapped[str] = mapped_column(String(200))
