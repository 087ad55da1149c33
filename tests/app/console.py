"""The console as a browser sees it: the real web application over HTTP, with a signed-in client of each role."""

import datetime as dt
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import ClientResponse, CookieJar
from aiohttp.test_utils import TestClient, TestServer
from argon2 import PasswordHasher

from appliance.adapters.ami import Ami
from appliance.adapters.speech import Speech
from appliance.adapters.web_service import WebService
from appliance.core.access import ROLES, Role
from appliance.core.site import Site
from appliance.services.agents.presence import Presence
from appliance.services.agents.wrapups import Wrapups
from appliance.services.board.picture import Board
from appliance.services.browser_phones import BrowserPhones
from appliance.services.calls.call_control import CallControl
from appliance.services.desk import Desk
from appliance.services.entities import replace_site
from appliance.services.hub import Hub
from appliance.services.imports.job import Imports
from appliance.services.live import Live
from appliance.services.lookups import Lookups
from appliance.services.prompts import Prompts
from appliance.services.trunks import Trunks
from appliance.store.db import Database
from appliance.store.tables.users import UserRow
from appliance.store.uploads import Upload, save_upload
from appliance.web.parts import Parts
from appliance.web.server import make_web

PASSWORD = "seven-quiet-otters"
# A real argon2id hash, but a cheap one: hundreds of tests sign in.
_HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
NO_SOUND = "0" * 64  # what sites of tests name as an upload


def a_user(login: str, role: Role, *, agent: str = "", must_change_password: bool = False) -> UserRow:
    return UserRow(
        login=login,
        name=login.title(),
        role=role,
        agent=agent,
        language="",
        password_hash=_HASH,
        must_change_password=must_change_password,
        created_at=dt.datetime.now(dt.UTC),
    )


class Pokes:
    """Stands where the applier and the membership do: counts how often it was told to look."""

    def __init__(self) -> None:
        self.count = 0

    def poke(self) -> None:
        self.count += 1


@dataclass
class Browser:
    """A client with its own cookies, and the CSRF token of the last page that it saw."""

    client: TestClient[Any, Any]
    csrf: str = ""

    async def get(self, path: str, **options: Any) -> str:
        response = await self.client.get(path, **options)
        text = await response.text()
        assert response.status == 200, f"{path}: {response.status} {text[:500]}"
        found = re.search(r'<meta name="csrf" content="([^"]*)">', text)
        self.csrf = found.group(1) if found else self.csrf
        return text

    async def post(self, path: str, values: Any = (), **options: Any) -> ClientResponse:
        """As a form of our own pages: with the token, not following the redirect."""
        pairs = list(values.items()) if isinstance(values, dict) else list(values)
        options.setdefault("allow_redirects", False)
        return await self.client.post(path, data=[("csrf", self.csrf), *pairs], **options)

    async def sign_in(self, login: str, password: str = PASSWORD) -> ClientResponse:
        response = await self.client.post(
            "/sign-in", data={"login": login, "password": password}, allow_redirects=False
        )
        if response.status == 303:
            await self.get("/profile")
        return response


@dataclass
class Console:
    server: TestServer
    database: Database
    hub: Hub
    live: Live
    recordings: Path
    applier: Pokes
    membership: Pokes
    desk: Desk
    board: Board
    _browsers: list[Browser] = field(default_factory=list)

    def browser(self) -> Browser:
        """Of a stranger."""
        client: TestClient[Any, Any] = TestClient(
            self.server, cookie_jar=CookieJar(unsafe=True), headers={"Accept": "text/html"}
        )
        self._browsers.append(Browser(client))
        return self._browsers[-1]

    async def signed_in(self, role: Role) -> Browser:
        browser = self.browser()
        response = await browser.sign_in(role)
        assert response.status == 303, await response.text()
        return browser

    async def close(self) -> None:
        for browser in self._browsers:
            await browser.client.session.close()


async def furnish_console(database: Database, site: Site) -> None:
    """A user of each role, named as the role; the agent is `ana`."""
    async with database.transaction() as tx:
        await save_upload(tx, Upload(NO_SOUND, "air.wav", b""), dt.datetime.now(dt.UTC))
        await replace_site(tx, site, by="test", summary="test")
        for role in ROLES:
            agent = "ana" if role == "agent" else ""
            tx.add(a_user(role, role, agent=agent))


@asynccontextmanager
async def a_console(
    database: Database,
    folder: Path,
    site: Site | None,
    *,
    heartbeat_s: float = 15.0,
    ami: Ami | None = None,
    ws_port: int = 1,
) -> AsyncIterator[Console]:
    """With this site, or on a database that was furnished before."""
    if site is not None:
        await furnish_console(database, site)
    hub, applier, membership = Hub(), Pokes(), Pokes()
    ami = ami or Ami("127.0.0.1", 1, username="appliance", secret="x")
    live, board = Live(ami, hub), Board(database, hub)
    desk = Desk("local", database, live, hub=hub, service=WebService(()))
    parts = Parts(
        database=database,
        wrapups=Wrapups(ami, live, database),
        presence=Presence(hub),
        hub=hub,
        live=live,
        calls=CallControl(ami, live, database),
        applier=applier,
        membership=membership,
        board=board,
        prompts=Prompts(database, Speech(), folder / "prompts"),
        desk=desk,
        lookups=Lookups(database, WebService(())),
        trunks=Trunks(ami, database, live.taps),
        imports=Imports(database, folder / "imports"),
        browser_phones=BrowserPhones(ami, database, ws_port=ws_port, secret="secret-of-phones"),
        node="local",
        recordings=folder / "recordings",
        heartbeat_s=heartbeat_s,
    )
    async with TestServer(make_web(parts)) as server:
        console = Console(server, database, hub, live, folder / "recordings", applier, membership, desk, board)
        yield console
        hub.close()
        await console.close()
