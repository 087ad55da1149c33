"""A browser that is a phone: Chromium with a tone for a microphone, and an ear at what the page plays."""

import wave
from array import array
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
from playwright.async_api import Browser, Page, async_playwright

from tests.browser.conftest import CHROMIUM
from tests.waiting import eventually

MICROPHONE_HZ = 700
FLAGS = (
    "--no-sandbox",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    "--allow-loopback-in-peer-connection",
)
KEEP_CONNECTIONS = """
window.connections = [];
window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(...options) { super(...options); connections.push(this); }
};
"""
# Scripts come after the page.
STATE = "() => window.Phone && Phone.state ? Phone.state() : { status: 'loading', calls: [] }"
# The tone that is loudest in what the page plays of a call, in Hz; 0 where it is silent.
HEARD = """() => {
  const place = document.querySelector("audio[data-call]");
  if (!place) return 0;
  if (window.earOf !== place.srcObject) {
    window.earContext = window.earContext || new AudioContext();
    window.ear = new AnalyserNode(window.earContext, { fftSize: 8192, smoothingTimeConstant: 0 });
    window.earContext.createMediaStreamSource(place.srcObject).connect(window.ear);
    window.earOf = place.srcObject;
  }
  const levels = new Float32Array(window.ear.frequencyBinCount);
  window.ear.getFloatFrequencyData(levels);
  const top = levels.indexOf(Math.max(...levels));
  return levels[top] > -60 ? Math.round(top * window.earContext.sampleRate / window.ear.fftSize) : 0;
}"""


@asynccontextmanager
async def a_chromium(folder: Path) -> AsyncIterator[Browser]:
    voice = folder / "voice.wav"
    _write_voice(voice)
    async with async_playwright() as playwright:
        flags = [*FLAGS, f"--use-file-for-fake-audio-capture={voice}"]
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield browser
        await browser.close()


def _write_voice(path: Path) -> None:
    """One second with whole periods: the browser plays it again and again."""
    samples = np.sin(2 * np.pi * MICROPHONE_HZ * np.arange(48000) / 48000) * 16000
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 48000, 0, "NONE", ""))
        file.writeframes(array("h", samples.astype(int).tolist()).tobytes())


class Softphone:
    """The phone of a page, as its agent uses it."""

    def __init__(self, page: Page) -> None:
        self.page = page

    async def state(self) -> dict[str, Any]:
        found: dict[str, Any] = await self.page.evaluate(STATE)
        return found

    async def becomes(self, status: str, timeout_s: float = 10) -> None:
        async def is_so() -> bool:
            return bool((await self.state())["status"] == status)

        await self._eventually(is_so, timeout_s)

    async def calls(self, *states: str, timeout_s: float = 10) -> list[dict[str, Any]]:
        """Once the calls are in these states, those that are over left out."""

        async def are_so() -> list[dict[str, Any]] | bool:
            calls = [call for call in (await self.state())["calls"] if call["state"] != "ended"]
            return (calls or True) if [call["state"] for call in calls] == list(states) else False

        found: list[dict[str, Any]] = await self._eventually(are_so, timeout_s)
        return found

    async def _eventually(self, check: Callable[[], Awaitable[Any]], timeout_s: float) -> Any:
        try:
            return await eventually(check, timeout_s)
        except AssertionError:
            raise AssertionError(f"the phone did not come to this: {await self.state()}") from None

    async def press(self, name: str) -> None:
        await self.page.get_by_role("button", name=name, exact=True).first.click()

    async def hears(self, frequency: int, timeout_s: float = 8) -> None:
        async def is_heard() -> bool:
            return abs(int(await self.page.evaluate(HEARD)) - frequency) <= 15

        await eventually(is_heard, timeout_s)
