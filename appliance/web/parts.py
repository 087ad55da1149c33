"""The parts of the daemon that the web needs, handed over by app.py in one value."""

from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from appliance.services.agents.presence import Presence
from appliance.services.agents.wrapups import Wrapups
from appliance.services.board.picture import Board
from appliance.services.browser_phones import BrowserPhones
from appliance.services.calls.call_control import CallControl
from appliance.services.desk import Desk
from appliance.services.dialer.dialers import Dialers
from appliance.services.glances import Glances
from appliance.services.hub import Hub
from appliance.services.imports.job import Imports
from appliance.services.live import Live
from appliance.services.lookups import Lookups
from appliance.services.menu_preview import MenuPreview
from appliance.services.phone_prompts import PhonePrompts
from appliance.services.prompts import Prompts
from appliance.services.provisioning import Provisioning
from appliance.services.rehearsals import Rehearsals
from appliance.services.trunks import Trunks
from appliance.store.db import Database
from appliance.web.keys import (
    APPLIER,
    BOARD,
    BROWSER_PHONES,
    CALLS,
    DATABASE,
    DESK,
    DIALERS,
    GLANCES,
    HEARTBEAT_S,
    HUB,
    IMPORTS,
    LIVE,
    LOOKUPS,
    MEMBERSHIP,
    MENU_PREVIEW,
    NODE,
    PHONE_PROMPTS,
    PRESENCE,
    PROMPTS,
    PROVISIONING,
    PUBLIC_URL,
    RECORDINGS,
    REHEARSALS,
    SECURE_COOKIES,
    SIP_PORT,
    TRUNKS,
    WRAPUPS,
    Pokable,
)


@dataclass(frozen=True)
class Parts:
    database: Database
    hub: Hub
    live: Live
    applier: Pokable
    membership: Pokable
    wrapups: Wrapups
    presence: Presence
    board: Board
    prompts: Prompts
    node: str
    recordings: Path
    desk: Desk | None = None
    calls: CallControl | None = None
    lookups: Lookups | None = None
    menu_preview: MenuPreview | None = None
    phone_prompts: PhonePrompts | None = None
    browser_phones: BrowserPhones | None = None
    trunks: Trunks | None = None
    dialers: Dialers | None = None
    imports: Imports | None = None
    sip_port: int = 5060
    secure_cookies: bool = False
    public_url: str = ""  # how browsers and softphones reach the console; empty: as the one who asks does
    heartbeat_s: float = 15.0  # of the live stream: how soon a reader who went away or was signed out is noticed


def put_parts(app: web.Application, parts: Parts) -> None:
    app[DATABASE] = parts.database
    app[HUB] = parts.hub
    app[LIVE] = parts.live
    app[APPLIER] = parts.applier
    app[MEMBERSHIP] = parts.membership
    app[WRAPUPS] = parts.wrapups
    app[PRESENCE] = parts.presence
    app[BOARD] = parts.board
    app[PROMPTS] = parts.prompts
    app[NODE] = parts.node
    app[RECORDINGS] = parts.recordings
    app[SIP_PORT] = parts.sip_port
    app[HEARTBEAT_S] = parts.heartbeat_s
    app[GLANCES] = Glances(parts.database)
    app[SECURE_COOKIES] = parts.secure_cookies
    app[PUBLIC_URL] = parts.public_url
    app[PROVISIONING] = Provisioning()
    app[REHEARSALS] = Rehearsals()
    _put_jobs(app, parts)


def _put_jobs(app: web.Application, parts: Parts) -> None:
    """What only a whole daemon has."""
    for key, part in (
        (DESK, parts.desk),
        (CALLS, parts.calls),
        (LOOKUPS, parts.lookups),
        (MENU_PREVIEW, parts.menu_preview),
        (PHONE_PROMPTS, parts.phone_prompts),
        (BROWSER_PHONES, parts.browser_phones),
        (TRUNKS, parts.trunks),
        (DIALERS, parts.dialers),
        (IMPORTS, parts.imports),
    ):
        if part is not None:
            app[key] = part  # type: ignore[misc]
