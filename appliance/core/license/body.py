"""What the vendor signs: a licence, or a list of what is revoked; and its one canonical encoding."""

import datetime as dt
import json
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, PlainSerializer, model_validator

from appliance.core.words import N_

VERSION = 1
CHANNELS_PER_AGENT = 5
GRACE_DAYS = 15
MOVES = 2  # of one seat within MOVES_DAYS
MOVES_DAYS = 30
LAST_YEAR = 2999  # for one that never ends: days are added to it

Edition = Literal["voice", "omni"]
Model = Literal["named", "concurrent"]
# Signed by the vendor where the usual rules shall not hold: those of sale, or the newest time that was seen.
Exemption = Literal["sale", "clock"]

EDITION_NAMES: dict[str, str] = {"voice": N_("Voice"), "omni": N_("Omnichannel")}
MODEL_NAMES: dict[str, str] = {"named": N_("named seats"), "concurrent": N_("log-ins at the same time")}
FEATURES: dict[str, str] = {
    "reports": N_("Advanced reports"),
    "chatbots": N_("Chatbots"),
    "speech": N_("Speech recognition"),
    "quality": N_("Quality management"),
}


def _utc(at: dt.datetime) -> dt.datetime:
    return at.astimezone(dt.UTC).replace(microsecond=0)


def _written(at: dt.datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


Instant = Annotated[AwareDatetime, AfterValidator(_utc), PlainSerializer(_written, when_used="json")]
Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$")]
Text = Annotated[str, Field(min_length=1, max_length=120, pattern=r"^[^\x00-\x1f\x7f]+$")]
Machine = dict[Id, Id]  # names of properties, and a digest of each


class _Signed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    key_id: Id
    issued_at: Instant


class License(_Signed):
    """Seats are for agents; supervisors, administrators and auditors need none."""

    kind: Literal["license"] = "license"
    license_id: Id
    customer: Text
    edition: Edition
    model: Model = "named"
    seats: Annotated[tuple[Id, ...], Field(min_length=1, max_length=10_000)]
    channels_per_agent: Annotated[int, Field(ge=1, le=100)] = CHANNELS_PER_AGENT
    features: tuple[Id, ...] = ()
    support: Annotated[str, Field(max_length=120, pattern=r"^[^\x00-\x1f\x7f]*$")] = ""
    not_before: Instant
    expires_at: Instant
    grace_days: Annotated[int, Field(ge=0, le=90)] = GRACE_DAYS
    moves: Annotated[int, Field(ge=0, le=1000)] = MOVES
    machines: Annotated[tuple[Machine, ...], Field(max_length=50)] = ()  # empty: any
    replaces: tuple[Id, ...] = ()
    trial: bool = False
    exemptions: tuple[Exemption, ...] = ()

    @model_validator(mode="after")
    def _holds_together(self) -> "License":
        if len(set(self.seats)) != len(self.seats):
            raise ValueError("a seat stands in it twice")
        if self.expires_at <= self.not_before:
            raise ValueError("it ends before it begins")
        if self.expires_at.year > LAST_YEAR:
            raise ValueError(f"it ends after the year {LAST_YEAR}")
        if self.license_id in self.replaces:
            raise ValueError("it replaces itself")
        return self

    @property
    def ends_at(self) -> dt.datetime:
        """With its days of grace."""
        return self.expires_at + dt.timedelta(days=self.grace_days)


class Revocations(_Signed):
    """All that was ever revoked; the list with the highest number holds."""

    kind: Literal["revocations"] = "revocations"
    number: Annotated[int, Field(ge=1)]
    licenses: tuple[Id, ...] = ()
    seats: tuple[Id, ...] = ()


Body = License | Revocations
BODIES: dict[str, type[License] | type[Revocations]] = {"license": License, "revocations": Revocations}


def canonical(value: Any) -> bytes:
    """One value, one text: sorted names, no spaces, ASCII."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode("ascii")


def encode(body: Body) -> bytes:
    return canonical(body.model_dump(mode="json"))
