"""The typed keys under which the web application and a request carry their parts."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol

from aiohttp import web

from appliance.core.sight import Sight
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
from appliance.services.users.person import Person, Session
from appliance.store.db import Database


class Pokable(Protocol):
    """An endless job that looks at the database at once when it is poked: the applier, the membership."""

    def poke(self) -> None: ...


DATABASE: web.AppKey[Database] = web.AppKey("database", Database)
HUB: web.AppKey[Hub] = web.AppKey("hub", Hub)
LIVE: web.AppKey[Live] = web.AppKey("live", Live)
CALLS: web.AppKey[CallControl] = web.AppKey("calls", CallControl)
APPLIER: web.AppKey[Pokable] = web.AppKey("applier", Pokable)
MEMBERSHIP: web.AppKey[Pokable] = web.AppKey("membership", Pokable)
DESK: web.AppKey[Desk] = web.AppKey("desk", Desk)
BOARD: web.AppKey[Board] = web.AppKey("board", Board)
LOOKUPS: web.AppKey[Lookups] = web.AppKey("lookups", Lookups)
MENU_PREVIEW: web.AppKey[MenuPreview] = web.AppKey("menu_preview", MenuPreview)
PHONE_PROMPTS: web.AppKey[PhonePrompts] = web.AppKey("phone_prompts", PhonePrompts)
BROWSER_PHONES: web.AppKey[BrowserPhones] = web.AppKey("browser_phones", BrowserPhones)
PROMPTS: web.AppKey[Prompts] = web.AppKey("prompts", Prompts)
PRESENCE: web.AppKey[Presence] = web.AppKey("presence", Presence)
WRAPUPS: web.AppKey[Wrapups] = web.AppKey("wrapups", Wrapups)
DIALERS: web.AppKey[Dialers] = web.AppKey("dialers", Dialers)
REHEARSALS: web.AppKey[Rehearsals] = web.AppKey("rehearsals", Rehearsals)
TRUNKS: web.AppKey[Trunks] = web.AppKey("trunks", Trunks)
IMPORTS: web.AppKey[Imports] = web.AppKey("imports", Imports)

# What the pages must know of the settings; web never reads settings itself.
NODE: web.AppKey[str] = web.AppKey("node", str)
PROVISIONING: web.AppKey[Provisioning] = web.AppKey("provisioning", Provisioning)
PUBLIC_URL: web.AppKey[str] = web.AppKey("public_url", str)
SIP_PORT: web.AppKey[int] = web.AppKey("sip_port", int)
RECORDINGS: web.AppKey[Path] = web.AppKey("recordings", Path)
GLANCES: web.AppKey[Glances] = web.AppKey("glances", Glances)
HEARTBEAT_S: web.AppKey[float] = web.AppKey("heartbeat_s", float)
SECURE_COOKIES: web.AppKey[bool] = web.AppKey("secure_cookies", bool)

# Set by web/api: who holds the bearer token of this request.
TokenOwner = Callable[[web.Request], Awaitable[Person | None]]
TOKEN_PERSON: web.AppKey[TokenOwner] = web.AppKey("token_person")

PERSON: web.RequestKey[Person] = web.RequestKey("person", Person)
SIGHT: web.RequestKey[Sight] = web.RequestKey("sight", Sight)
SESSION: web.RequestKey[Session] = web.RequestKey("session", Session)
LANGUAGE: web.RequestKey[str] = web.RequestKey("language", str)
