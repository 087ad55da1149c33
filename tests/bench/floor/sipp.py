"""Phones and callers: sipp processes, with sound both ways."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

from tests.bench.floor.site import numbers, secret_of
from tests.ports import free_ports

HERE, HOST = Path(__file__).parent, "127.0.0.1"
BUZZ = bytes((*range(0x80, 0xA0), *range(0xA0, 0x80, -1))) * 250  # two seconds of mu-law


class Floor:
    """`folder` holds what sipp reads and complains of."""

    def __init__(self, sip: str, folder: Path) -> None:
        self._sip = sip
        self._folder = folder
        (folder / "buzz.ul").write_bytes(BUZZ)

    @asynccontextmanager
    async def phones(self, extensions: Iterable[str]) -> AsyncIterator[None]:
        """All answer at one port, and give back what they hear."""
        port, _pair, media = free_ports(3)  # sound needs an even one
        lines = [f"{key};[authentication username={key} password={secret_of(key)}]" for key in extensions]
        table, taken = self._table("phones", lines), ("-oocsf", str(self._scenario("phone")))
        sound = ("-rtp_echo", "-mp", str(media & ~1))
        phones = await self._start("register", table, len(lines), 50, "-p", str(port), *taken, *sound)
        try:
            yield
        finally:
            phones.kill()
            await phones.wait()

    async def call(self, count: int, per_s: int, talk_s: float) -> None:
        """Through all numbers in turn. Raises unless every call went as the scenario says."""
        port, _pair, media = free_ports(3)  # sound needs an even one
        table = self._table("callers", [f"{number};76{n:05}" for n, number in enumerate(numbers())])
        sound = ("-mp", str(media & ~1), "-d", str(int(talk_s * 1000)))
        callers = await self._start("caller", table, count, per_s, "-p", str(port), *sound)
        if await callers.wait():
            raise SystemExit(f"sipp: not every call went as the scenario says; see {self._folder}")

    def _table(self, name: str, lines: list[str]) -> Path:
        path = self._folder / f"{name}.csv"
        path.write_text("\n".join(["SEQUENTIAL", *lines, ""]))
        return path

    def _scenario(self, name: str) -> Path:
        path = self._folder / f"{name}.xml"
        path.write_text((HERE / path.name).read_text().replace("[$sound]", str(self._folder / "buzz.ul")))
        return path

    async def _start(
        self, scenario: str, table: Path, count: int, per_s: int, *options: str
    ) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *("sipp", self._sip, "-sf", str(self._scenario(scenario)), "-inf", str(table)),
            *("-m", str(count), "-r", str(per_s), "-l", "2000", *options),
            *("-i", HOST, "-mi", HOST, "-nostdin", "-trace_err"),
            cwd=self._folder,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
