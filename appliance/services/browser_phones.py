"""Phones in browsers: whose they are, in which window each one is, and the road of its signals to Asterisk."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.adapters.ami import Ami, AmiError
from appliance.adapters.sip_websocket import NoAsterisk, SipWebsocket, open_sip_websocket
from appliance.core.entities.people import Agent, Extension
from appliance.core.phones import browser_password, browser_phone
from appliance.store.db import Database
from appliance.store.site import load_entity

__all__ = ["Account", "BrowserPhones", "Elsewhere", "NoAsterisk", "Window"]

GOING_S = 1.0  # how long a window that is being closed may take

log = structlog.get_logger(__name__)


class Elsewhere(Exception):
    """The phone is open in another window."""


@dataclass(frozen=True)
class Account:
    """What a browser needs to sign in at Asterisk as the phone of this extension."""

    phone: str
    password: str
    extension: str
    name: str


@dataclass
class Window:
    """A page in which a phone is open."""

    name: str
    taken: asyncio.Event = field(default_factory=asyncio.Event)
    gone: asyncio.Event = field(default_factory=asyncio.Event)


class BrowserPhones:
    """A phone is in one window at a time, so that it rings once and an old page does not take it from a new one."""

    def __init__(self, ami: Ami, database: Database, *, ws_port: int, secret: str) -> None:
        self._ami = ami
        self._database = database
        self._ws_port = ws_port
        self._secret = secret
        self._windows: dict[str, Window] = {}

    async def account_of(self, agent: str) -> Account | None:
        """None for who has no extension with a password."""
        async with self._database.reading() as tx:
            extension = await _load_extension(tx, agent)
        if extension is None or not extension.secret or not self._ws_port:
            return None
        password = browser_password(self._secret, extension)
        return Account(browser_phone(extension.key), password, extension.key, extension.name)

    @asynccontextmanager
    async def window(self, phone: str, name: str, *, takes_over: bool) -> AsyncIterator[Window]:
        """Raises `Elsewhere` where another window has the phone, unless this one takes it over."""
        await self._make_room(phone, name, takes_over=takes_over)
        window = self._windows[phone] = Window(name)
        try:
            yield window
        finally:
            window.gone.set()
            if self._windows.get(phone) is window:
                del self._windows[phone]

    async def _make_room(self, phone: str, name: str, *, takes_over: bool) -> None:
        while (before := self._windows.get(phone)) is not None:  # of several that wait, one is the first
            if takes_over or before.name == name:
                before.taken.set()
            try:
                async with asyncio.timeout(GOING_S):  # a page that is loaded anew goes and comes
                    await before.gone.wait()
            except TimeoutError:
                if not before.taken.is_set():
                    raise Elsewhere from None
                return

    async def end_calls(self, phone: str) -> None:
        """Of a page that is gone: the new one has none, and cannot have them back."""
        try:
            await self._ami.action("Hangup", Channel=f"/^PJSIP\\/{phone}-/", Cause=16)
        except AmiError as error:  # there are none, as a rule
            log.debug("browser_phone.no_calls", phone=phone, reason=str(error))

    def road(self) -> AbstractAsyncContextManager[SipWebsocket]:
        """Raises `NoAsterisk`."""
        return open_sip_websocket(self._ws_port)


async def _load_extension(tx: AsyncSession, agent: str) -> Extension | None:
    found = await load_entity(tx, "agents", agent) if agent else None
    if found is None or not isinstance(found[0], Agent):
        return None
    extension = await load_entity(tx, "extensions", found[0].extension)
    return extension[0] if extension and isinstance(extension[0], Extension) else None
