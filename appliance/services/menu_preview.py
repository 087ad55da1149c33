"""Rings both phones of an extension into menus as they are being edited; nothing is applied, nobody else gets there."""

import asyncio
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import structlog
from jinja2 import Environment

from appliance.adapters.ami import AmiError
from appliance.adapters.config_files import read_file, write_file
from appliance.adapters.node import Node
from appliance.core.entities.prompts import Audio
from appliance.core.preview import FILE, LONGEST_S, Preview, make_preview, render_preview
from appliance.core.render import HEADER
from appliance.core.site import Site
from appliance.services.clock import now
from appliance.services.prompts import Prompts

LOOK_S = 2.0
RING_S = 25
MOST_AT_ONCE = 10

log = structlog.get_logger(__name__)


class CannotCall(Exception):
    """Asterisk did not take it; the message says why."""


@dataclass(frozen=True)
class Trial:
    text: str
    began_at: float


class MenuPreview:
    """`run()` takes away what nobody listens to any more."""

    def __init__(self, node: Node, prompts: Prompts, environment: Environment) -> None:
        self._node = node
        self._prompts = prompts
        self._environment = environment
        self._trials: dict[str, Trial] = {}
        self._turn = asyncio.Lock()

    def prepare(self, site: Site, root: str) -> Preview:
        return make_preview(site, root, "p" + secrets.token_hex(5))

    async def call(self, preview: Preview, extension: str, *, words: Mapping[str, str], language: str) -> None:
        """`words` tell, in `language`, where each destination would have led."""
        if len(self._trials) >= MOST_AT_ONCE:
            raise CannotCall("too many calls of this kind at once")
        sounds = {each: await self._sound(words[each], language) for each in preview.told}
        text = render_preview(preview, self._node.facts, self._environment, sounds=sounds, language=language)
        async with self._turn:
            self._trials[preview.token] = Trial(text, now().timestamp())
            await self._publish()
        try:
            await self._node.ami.action(
                "Originate",
                Channel=f"Local/{extension}@trial-phone/n",
                Context=f"preview-{preview.token}",
                Exten="s",
                Priority=1,
                Timeout=RING_S * 1000,
                CallerID='"Menu" <0>',
                Async="true",
            )
        except AmiError as error:
            raise CannotCall(str(error)) from None

    async def run(self) -> None:
        """Endless job. What a daemon left behind that was killed goes first."""
        if await asyncio.to_thread(read_file, self._node.etc / FILE) not in (None, HEADER):
            await self._node.ami.wait_connected()
            with suppress(AmiError):
                await self._publish()
        while True:
            await asyncio.sleep(LOOK_S)
            if self._trials:
                try:
                    await self.tidy()
                except AmiError as error:
                    log.warning("preview.later", reason=str(error))

    async def tidy(self, *, after_s: float = RING_S + 5) -> None:
        """Take away what is older than this and has no listener."""
        channels = await self._node.ami.list("CoreShowChannels")
        contexts = [channel.get("Context", "") for channel in channels]
        at = now().timestamp()
        over = [
            token for token, trial in self._trials.items() if _is_over(token, at - trial.began_at, contexts, after_s)
        ]
        if over:
            async with self._turn:
                for token in over:
                    del self._trials[token]
                await self._publish()

    async def _publish(self) -> None:
        text = HEADER + "".join(trial.text for trial in self._trials.values())
        await asyncio.to_thread(write_file, FILE, text, self._node.etc)
        try:
            await self._node.ami.action("Reload", Module="pbx_config.so")
        except AmiError as error:
            raise CannotCall(str(error)) from None

    async def _sound(self, words: str, language: str) -> str:
        path: Path = await self._prompts.sound(Audio(text=words, upload=""), language)
        return str(path.with_suffix(""))


def _is_over(token: str, age_s: float, contexts: list[str], after_s: float) -> bool:
    return age_s > LONGEST_S + RING_S or (age_s > after_s and not any(token in context for context in contexts))
