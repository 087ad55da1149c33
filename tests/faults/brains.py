"""Daemons as processes of their own without an Asterisk, on one database or each on its own, asked by their API."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import ClientError, ClientSession

from appliance.core.site import Site
from appliance.services.tokens import NewToken, create_token
from appliance.settings import Settings
from appliance.store.db import Database
from tests.house import Daemon, house_settings
from tests.ports import free_port
from tests.waiting import eventually

START_S = 60
Answer = tuple[int, dict[str, Any]]


def brain_settings(folder: Path, name: str = "local", database_url: str = "") -> Settings:
    settings = house_settings(folder, database_url=database_url)
    return settings.model_copy(
        update={
            "node": settings.node.model_copy(update={"name": name}),
            "http": settings.http.model_copy(update={"port": free_port()}),
            "asterisk": settings.asterisk.model_copy(update={"supervise": False}),
        }
    )


def a_team(number: int) -> Site:
    keys = [f"{each}" for each in range(2000, 2000 + number)]
    extensions = {key: {"key": key, "name": key, "secret": f"secret-{key}"} for key in keys}
    agents = {f"agent-{key}": {"key": f"agent-{key}", "name": key, "extension": key} for key in keys}
    return Site.model_validate({"extensions": extensions, "agents": agents})


async def a_token(database: Database) -> str:
    async with database.transaction() as tx:
        return await create_token(tx, NewToken("test", "administrator"), by="test")


class Brain:
    def __init__(self, settings: Settings, token: str) -> None:
        self.settings = settings
        self.daemon = Daemon(settings)
        self._url = f"http://127.0.0.1:{settings.http.port}/api/v1"
        self._headers = {"Authorization": f"Bearer {token}"}

    async def ask(self, method: str, path: str) -> Answer:
        async with (
            ClientSession(headers=self._headers) as client,
            client.request(method, f"{self._url}{path}") as answer,
        ):
            return answer.status, await answer.json()

    async def log_in(self, agent: str) -> str:
        """Why not; "lost" where the daemon died over it."""
        try:
            status, said = await self.ask("POST", f"/agents/{agent}/login")
        except ClientError:
            return "lost"
        return "" if status == 200 else str(said["title"])

    async def _is_up(self) -> bool:
        try:
            return (await self.ask("GET", "/license"))[0] == 200
        except ClientError:
            return False

    async def start(self, environment: Mapping[str, str] | None = None) -> None:
        self.daemon.start(environment or {})
        await eventually(self._is_up, START_S)

    @asynccontextmanager
    async def running(self, environment: Mapping[str, str] | None = None) -> AsyncIterator["Brain"]:
        await self.start(environment)
        try:
            yield self
        finally:
            self.daemon.stop()
