"""The API as a client sees it: the real web application, a real HTTP connection, a token of each role."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient, TestServer

from appliance.adapters.ami import Ami
from appliance.adapters.speech import Speech
from appliance.core.access import ROLES, SCOPES, Role
from appliance.core.site import Site
from appliance.services.agents.presence import Presence
from appliance.services.agents.wrapups import Wrapups
from appliance.services.board.picture import Board
from appliance.services.entities import replace_site
from appliance.services.hub import Hub
from appliance.services.imports.job import Imports
from appliance.services.live import Live
from appliance.services.prompts import Prompts
from appliance.services.tokens import NewToken, create_token
from appliance.store.db import Database
from appliance.web.parts import Parts
from appliance.web.server import make_web


class Pokes:
    """Stands where the applier and the membership do: counts how often it was told to look."""

    def __init__(self) -> None:
        self.count = 0

    def poke(self) -> None:
        self.count += 1


@dataclass
class Api:
    client: TestClient[Any, Any]
    database: Database
    tokens: dict[Role, str]
    applier: Pokes
    membership: Pokes
    recordings: Path

    async def ask(
        self, method: str, path: str, *, role: Role | None = "administrator", **options: Any
    ) -> ClientResponse:
        headers = dict(options.pop("headers", {}))
        if role is not None:
            headers.setdefault("Authorization", f"Bearer {self.tokens[role]}")
        if "version" in options:
            headers["If-Match"] = f'"{options.pop("version")}"'
        return await self.client.request(method, f"/api/v1{path}", headers=headers, **options)

    async def json(self, method: str, path: str, *, status: int = 200, **options: Any) -> Any:
        response = await self.ask(method, path, **options)
        assert response.status == status, await response.text()
        return await response.json()


@asynccontextmanager
async def an_api(database: Database, folder: Path, site: Site) -> AsyncIterator[Api]:
    hub, applier, membership = Hub(), Pokes(), Pokes()
    async with database.transaction() as tx:
        await replace_site(tx, site, by="test", summary="test")
        tokens = {role: await create_token(tx, NewToken(role, role, SCOPES), by="test") for role in ROLES}
    ami = Ami("127.0.0.1", 1, username="appliance", secret="x")
    live = Live(ami, hub)
    parts = Parts(
        database=database,
        wrapups=Wrapups(ami, live, database),
        presence=Presence(hub),
        hub=hub,
        live=live,
        applier=applier,
        membership=membership,
        board=Board(database, hub),
        prompts=Prompts(database, Speech(), folder / "prompts"),
        imports=Imports(database, folder / "imports"),
        node="local",
        recordings=folder / "recordings",
    )
    async with TestClient(TestServer(make_web(parts))) as client:
        yield Api(client, database, tokens, applier, membership, folder / "recordings")
