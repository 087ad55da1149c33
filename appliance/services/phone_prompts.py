"""Prompts recorded by phone: gives out codes, and makes what a phone has recorded and kept the sound of its prompt."""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote

import structlog

from appliance.adapters.ami import AmiError
from appliance.adapters.node import Node
from appliance.adapters.speech import SpeechError
from appliance.adapters.spooled_sounds import read_sound, remove_sound, spooled
from appliance.core.entities.prompts import Audio, Prompt
from appliance.core.problems import Invalid
from appliance.services.clock import now
from appliance.services.entities import save_entity
from appliance.services.errors import NotFound, Stale
from appliance.services.prompts import Prompts
from appliance.store.db import Database
from appliance.store.site import load_entity

LOOK_S = 1.0
VALID_S = 600
GIVEN, KEPT = (
    "record-prompt",
    "recorded-prompt",
)  # families in AstDB; routines.conf.j2 moves an entry from one to the other

log = structlog.get_logger(__name__)


class NotNow(Exception):
    """Asterisk cannot be told of a code at this moment."""


@dataclass(frozen=True)
class Order:
    """What is to become of a recording."""

    prompt: str
    language: str
    by: str

    def text(self, until: int) -> str:
        return "|".join((str(until), self.prompt, self.language, quote(self.by, safe="")))


def parse_order(text: str) -> Order | None:
    parts = text.split("|")
    return Order(parts[1], parts[2], unquote(parts[3])) if len(parts) == 4 else None


class PhonePrompts:
    """`run()` takes what phones have kept; what it knows is in AstDB and in the spool: it may die at any time."""

    def __init__(self, node: Node, database: Database, prompts: Prompts, on_change: Callable[[], None]) -> None:
        self._node = node
        self._database = database
        self._prompts = prompts
        self._on_change = on_change
        self._folder = Path(node.facts.spool, "prompts")

    async def give_code(self, order: Order) -> str:
        """For one recording within ten minutes."""
        code = f"{secrets.randbelow(900_000) + 100_000}"
        until = int(now().timestamp()) + VALID_S
        try:
            await self._node.ami.action("DBPut", Family=GIVEN, Key=code, Val=order.text(until))
        except AmiError as error:
            raise NotNow(str(error)) from None
        return code

    async def run(self) -> None:
        """Endless job."""
        while True:
            await asyncio.sleep(LOOK_S)
            try:
                await self.take()
            except AmiError as error:
                log.warning("phone_prompts.later", reason=str(error))

    async def take(self) -> None:
        """One look at the spool."""
        for code, written_at in (await asyncio.to_thread(spooled, self._folder)).items():
            order = parse_order(await self._value(code))
            if order is not None:
                await self._keep(code, order)
            elif now().timestamp() - written_at > 2 * VALID_S:
                await asyncio.to_thread(remove_sound, self._folder, code)

    async def _value(self, code: str) -> str:
        output = await self._node.ami.command(f"database get {KEPT} {code}")
        return output.removeprefix("Value: ").strip() if output.startswith("Value: ") else ""

    async def _keep(self, code: str, order: Order) -> None:
        try:
            sha256 = await self._prompts.save_upload(f"phone-{code}.wav", await self._read(code))
            await self._store(order, sha256)
            log.info("phone_prompts.kept", prompt=order.prompt, language=order.language, by=order.by)
            self._on_change()
        except Stale:
            return  # somebody has just saved that prompt: the next look finds it as it is then
        except (SpeechError, NotFound, Invalid) as error:
            log.warning("phone_prompts.refused", prompt=order.prompt, reason=str(error))
        await self._node.ami.action("DBDel", Family=KEPT, Key=code)
        await asyncio.to_thread(remove_sound, self._folder, code)

    async def _read(self, code: str) -> bytes:
        return await asyncio.to_thread(read_sound, self._folder, code)

    async def _store(self, order: Order, sha256: str) -> None:
        async with self._database.transaction() as tx:
            found = await load_entity(tx, "prompts", order.prompt)
            if found is None or not isinstance(found[0], Prompt):
                raise NotFound(f"prompts.{order.prompt}")
            await save_entity(
                tx, "prompts", with_upload(found[0], order.language, sha256), version=found[1], by=order.by
            )


def with_upload(prompt: Prompt, language: str, sha256: str) -> Prompt:
    """The text stays: it says what is heard, and is spoken again when the file is taken away."""
    before = prompt.audio.get(language)
    audio = Audio(text=before.text if before else "", upload=sha256)
    return Prompt.model_validate({**prompt.model_dump(), "audio": {**prompt.model_dump()["audio"], language: audio}})
