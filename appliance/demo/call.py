"""One demo call: a customer dials in, presses a key, an agent answers, both speak, and every trace of it is checked."""

import array
import asyncio
import math
import time
import wave
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from appliance.app import Appliance
from appliance.core.story import told
from appliance.demo.company import DID, KEYS, LINE_HEADER, missing_steps
from appliance.demo.phones import SAMPLE_RATE, Leg, Phone
from appliance.demo.screen import line
from appliance.services.hub import Message
from appliance.store.interactions import load_interaction

PATIENCE_S = 30.0
MENU_HEARD_S = 4.0
TALK_S = 6.0
LOOK_S = 0.05
AUDIBLE = 0.01  # of full scale, as root mean square


class StoryBroken(Exception):
    """The call did not go as it should; the message says at which point."""


@dataclass
class Story:
    """What the journal told of one call so far."""

    began: float = field(default_factory=time.monotonic)
    guid: str = ""
    kinds: list[str] = field(default_factory=list)

    def tell(self, message: Message) -> None:
        kind, detail = str(message.body["kind"]), str(message.body["detail"])
        self.guid = self.guid or str(message.body["guid"])
        self.kinds.append(kind)
        line(f"{time.monotonic() - self.began:6.1f} s  {told(kind, detail)}")

    def has(self, kind: str) -> bool:
        return kind in self.kinds


async def place_call(appliance: Appliance, customer: Phone, agents: list[Phone]) -> Story:
    """Raises `StoryBroken` at the first thing that does not hold."""
    story = Story()
    async with appliance.hub.subscribe(["history"]) as messages:
        teller = asyncio.create_task(_tell(story, messages))
        try:
            await _converse(story, customer, agents)
            await until(lambda: story.has("hangup"), "the journal told the end of the call")
        finally:
            teller.cancel()
    await _check(appliance, story)
    return story


async def _tell(story: Story, messages: Any) -> None:
    async for message in messages:
        if message.topic == "history" and message.body.get("type") == "step":
            story.tell(message)


async def _converse(story: Story, customer: Phone, agents: list[Phone]) -> None:
    caller = await customer.dial(DID, LINE_HEADER)
    await until(lambda: caller.heard_s() > MENU_HEARD_S, "the caller heard the menu")
    await caller.press(KEYS)
    agent = await _first_ring(agents)
    await until(lambda: story.has("agent_ring"), "the journal told that the agent's phone rings")
    await agent.answer()
    begun = agent.heard_s(), caller.heard_s()
    await until(lambda: agent.heard_s() - begun[0] > TALK_S, "the agent heard the caller")
    await caller.hang_up()
    await until(lambda: agent.is_over, "the agent's phone was hung up")
    for name, leg, start in (("caller", caller, begun[1]), ("agent", agent, begun[0])):
        if loudness(bytes(leg.heard[int(start * SAMPLE_RATE * 2) :])) < AUDIBLE:
            raise StoryBroken(f"the {name} heard nothing")


async def _first_ring(agents: list[Phone]) -> Leg:
    waits = [asyncio.create_task(agent.incoming.get()) for agent in agents]
    done, rest = await asyncio.wait(waits, timeout=PATIENCE_S, return_when=asyncio.FIRST_COMPLETED)
    for wait in rest:
        wait.cancel()
    if not done:
        raise StoryBroken("no agent's phone rang")
    return done.pop().result()


async def _check(appliance: Appliance, story: Story) -> None:
    missing = missing_steps(story.kinds)
    if missing:
        raise StoryBroken(f"the journal did not tell: {', '.join(missing)}")

    async def recorded() -> Any:
        async with appliance.database.reading() as tx:
            found = await load_interaction(tx, story.guid)
        return found if found and found.recording and found.recording.state == "complete" else None

    found = await until(recorded, "the recording was stored")
    if found.interaction.outcome != "answered" or not found.interaction.agent:
        raise StoryBroken(f"the interaction is '{found.interaction.outcome}', not answered by an agent")
    path = Path(appliance.node.facts.recordings, found.recording.path)
    if loudness(await asyncio.to_thread(pcm_of, path)) < AUDIBLE:
        raise StoryBroken("the recording is silent")
    talked, waited = found.interaction.talk_s, found.interaction.wait_s
    line(f"          Recorded: {found.recording.length_s:.1f} s, SHA-256 {found.recording.sha256[:16]}...")
    line(f"          Interaction {story.guid}: waited {waited:.1f} s, talked {talked:.1f} s")


async def until(check: Callable[[], Any | Awaitable[Any]], what: str) -> Any:
    end = time.monotonic() + PATIENCE_S
    while True:
        found = check()
        if isinstance(found, Awaitable):
            found = await found
        if found:
            return found
        if time.monotonic() > end:
            raise StoryBroken(f"not within {PATIENCE_S:g} s: {what}")
        await asyncio.sleep(LOOK_S)


def pcm_of(path: Path) -> bytes:
    with wave.open(str(path)) as file:
        frames: bytes = file.readframes(file.getnframes())
        return frames


def loudness(pcm: bytes) -> float:
    samples = array.array("h", pcm[: len(pcm) // 2 * 2])
    return math.sqrt(sum(sample * sample for sample in samples) / len(samples)) / 32768 if samples else 0.0
