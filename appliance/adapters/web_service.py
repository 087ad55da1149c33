"""The door to web services of the customer: one request with a time limit, to no address that is our own business."""

import asyncio
import socket
from collections.abc import Collection
from ipaddress import ip_address
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from yarl import URL

from appliance.core.lookup_request import DOWN, FORBIDDEN, REFUSED, SLOW, UNREADABLE, NoAnswer, Request, is_forbidden

MOST_BYTES = 64 * 1024
OK = 200
TAKEN = (200, 201, 202, 204)  # whoever is only told something need not answer


class WebService:
    """`own_ports` are those of this machine that nobody may ask through us: console, manager interface, lookups."""

    def __init__(self, own_ports: Collection[int]) -> None:
        self._own_ports = frozenset(own_ports)

    async def ask(self, request: Request) -> str:
        """The text of the answer; raises `NoAnswer`."""
        try:
            async with asyncio.timeout(request.timeout_s):
                return await self._ask(request)
        except TimeoutError:
            raise NoAnswer(SLOW, f"no answer within {request.timeout_s:g} s") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise NoAnswer(DOWN, str(error) or type(error).__name__) from None

    async def _ask(self, request: Request) -> str:
        url = URL(request.url)
        if url.host is None or url.port is None:
            raise NoAnswer(DOWN, "the address cannot be read")
        if _is_address(url.host):  # aiohttp resolves names only
            await self._check(url.host, url.port)
        headers = {**request.headers, **({"Authorization": f"Bearer {request.token}"} if request.token else {})}
        connector = aiohttp.TCPConnector(resolver=_Guarded(self), use_dns_cache=False, force_close=True)
        async with aiohttp.ClientSession(connector=connector, trust_env=False) as session:
            options: dict[str, Any] = {"headers": headers, "allow_redirects": False}
            options |= {"json": request.body} if request.raw is None else {"data": request.raw}
            async with session.request(request.method, url, **options) as response:
                if response.status not in ((OK,) if request.raw is None else TAKEN):
                    raise NoAnswer(REFUSED, f"the service answered with status {response.status}")
                return await _read(response)

    async def _check(self, address: str, port: int) -> None:
        if is_forbidden(address):
            raise NoAnswer(FORBIDDEN, f"{address} is not asked: it is no address of a web service")
        if port in self._own_ports and await asyncio.to_thread(_is_ours, address):
            raise NoAnswer(FORBIDDEN, f"port {port} of this machine is the appliance's own")


class _Guarded(AbstractResolver):
    """Looks at the addresses that are really connected to: a name may change between two looks."""

    def __init__(self, service: WebService) -> None:
        self._service = service
        self._resolver = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._resolver.resolve(host, port, family)
        for each in found:
            await self._service._check(each["host"], port)
        return found

    async def close(self) -> None:
        await self._resolver.close()


async def _read(response: aiohttp.ClientResponse) -> str:
    content = b""
    async for chunk in response.content.iter_chunked(8192):
        content += chunk
        if len(content) > MOST_BYTES:
            raise NoAnswer(UNREADABLE, f"the answer is larger than {MOST_BYTES // 1024} kB")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        raise NoAnswer(UNREADABLE, "the answer is not text in UTF-8") from None


def _is_address(host: str) -> bool:
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def _is_ours(address: str) -> bool:
    """Nobody can be bound to another machine's address."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((address, 0))
        except OSError:
            return False
    return True
