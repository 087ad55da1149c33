"""Settings from appliance.yml and the environment; the only reader of either."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

PROJECT_DIR = Path(__file__).resolve().parent.parent
ENVIRONMENT_PREFIX = "APPLIANCE_"


class SettingsError(Exception):
    """The settings cannot be used; the message names the setting and what is allowed."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class AsteriskSettings(_Frozen):
    root: Path | None = Path("/opt/appliance/asterisk")  # None: the host's own Asterisk
    binary: str = "/usr/sbin/asterisk"
    supervise: bool = True  # False where systemd runs Asterisk


class NodeSettings(_Frozen):
    name: str = Field("local", pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")
    sip_bind: str = "0.0.0.0"  # noqa: S104 - phones come from the network
    sip_port: int = Field(5060, ge=1, le=65535)
    rtp_start: int = Field(10000, ge=1024, le=65000)
    rtp_end: int = Field(12000, ge=1024, le=65535)
    ami_port: int = Field(5038, ge=1, le=65535)
    agi_port: int = Field(4573, ge=1, le=65535)
    ws_port: int = Field(8088, ge=0, le=65535)  # Asterisk's, on loopback, for phones in browsers; 0: none
    max_calls: int = Field(500, ge=1)

    @model_validator(mode="after")
    def _has_room_for_sound(self) -> "NodeSettings":
        if self.rtp_end < self.rtp_start + 3:
            raise ValueError("rtp_end must lie above rtp_start; each call needs four ports")
        return self


class HttpSettings(_Frozen):
    host: str = "127.0.0.1"
    port: int = Field(8080, ge=0, le=65535)  # 0: any free port
    public_url: str = Field("", pattern=r"^(https?://[^/\s]+/?)?$")  # how phones and browsers reach the console
    https: bool = False  # the daemon itself speaks HTTPS; browsers lend a microphone to nothing less
    tls_cert: str = ""  # files in PEM; empty: a certificate of the appliance's own
    tls_key: str = ""
    secure_cookies: bool = False  # True where the console is behind HTTPS

    @model_validator(mode="after")
    def _has_both_files_or_none(self) -> "HttpSettings":
        if bool(self.tls_cert) != bool(self.tls_key):
            raise ValueError("tls_cert and tls_key go together")
        return self


class Settings(_Frozen):
    data_dir: Path = Path("/var/lib/appliance")
    database_url: str = ""  # empty: SQLite in the data folder
    log_format: Literal["text", "json"] = "text"
    license_keys: str = ""  # folder of the vendor's public keys; empty: those that came with the appliance
    asterisk: AsteriskSettings = AsteriskSettings()
    node: NodeSettings = NodeSettings()
    http: HttpSettings = HttpSettings()

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite+aiosqlite:///{self.data_dir / 'appliance.db'}"

    @property
    def keys_folder(self) -> Path:
        return Path(self.license_keys) if self.license_keys else PROJECT_DIR / "license_keys"

    def node_dir(self) -> Path:
        return self.data_dir / "nodes" / self.node.name


def load_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read `APPLIANCE_CONFIG` (default /etc/appliance/appliance.yml) and let the environment override it.

    `APPLIANCE_NODE__SIP_PORT=5070` sets `node.sip_port`.
    """
    path = Path(environ.get(ENVIRONMENT_PREFIX + "CONFIG", "/etc/appliance/appliance.yml"))
    values = _read_file(path)
    for name, value in environ.items():
        if name.startswith(ENVIRONMENT_PREFIX) and name != ENVIRONMENT_PREFIX + "CONFIG":
            _put(values, name.removeprefix(ENVIRONMENT_PREFIX).lower().split("__"), value)
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        lines = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
        raise SettingsError(f"Settings ({path} and {ENVIRONMENT_PREFIX}*): " + "; ".join(lines)) from None


def _read_file(path: Path) -> dict[str, object]:
    if not path.exists():
        return {}
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SettingsError(f"{path} cannot be read: {error}") from None
    if not isinstance(values, dict):
        raise SettingsError(f"{path} must hold settings by name, such as 'http:' or 'node:'")
    return values


def _put(values: dict[str, object], path: list[str], value: str) -> None:
    for part in path[:-1]:
        inner = values.setdefault(part, {})
        if not isinstance(inner, dict):
            raise SettingsError(f"{'.'.join(path)}: '{part}' is not a group of settings")
        values = inner
    values[path[-1]] = None if value == "" and path[-1] == "root" else value
