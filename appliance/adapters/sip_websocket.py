"""The door to Asterisk's websocket, through which the signals of phones in browsers go; it never looks into them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp

from appliance.core.phones import BROWSERS_COME_FROM

CONNECT_S = 5.0
MOST_BYTES = 64 * 1024  # more than Asterisk takes in one piece


class NoAsterisk(Exception):
    """Nobody answers at its websocket."""


class SipWebsocket:
    """One connection: texts in both directions, each a whole SIP message."""

    def __init__(self, wire: aiohttp.ClientWebSocketResponse) -> None:
        self._wire = wire

    async def send(self, text: str) -> None:
        await self._wire.send_str(text)

    async def __aiter__(self) -> AsyncIterator[str]:
        async for message in self._wire:
            if message.type is aiohttp.WSMsgType.TEXT:
                yield message.data


@asynccontextmanager
async def open_sip_websocket(port: int) -> AsyncIterator[SipWebsocket]:
    """From an address that no phone has, so that Asterisk tells a browser from all else (see pjsip.conf.j2)."""
    connector = aiohttp.TCPConnector(local_addr=(BROWSERS_COME_FROM, 0))
    timeout = aiohttp.ClientTimeout(connect=CONNECT_S)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout, trust_env=False) as session:
        try:
            wire = await session.ws_connect(
                f"ws://127.0.0.1:{port}/ws", protocols=("sip",), max_msg_size=MOST_BYTES, compress=0
            )
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise NoAsterisk(str(error)) from None
        async with wire:
            yield SipWebsocket(wire)
