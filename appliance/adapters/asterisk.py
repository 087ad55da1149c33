"""The Asterisk of one node as a process: starts it, watches it, ends it; never touches its calls while it lives."""

import asyncio
import os
import signal
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import structlog

from appliance.adapters.asterisk_console import LONGEST_SOCKET_PATH, ConsoleError, ask, greet
from appliance.adapters.asterisk_program import AsteriskError, AsteriskProgram
from appliance.core.node import NodeFacts

BOOT_TIMEOUT_S = 60.0  # a name server that is silent costs it 20 s
STOP_TIMEOUT_S = 4.0
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.2, 30.0
STEADY_S = 60.0  # who lived that long was not killed by its own configuration

log = structlog.get_logger()


@dataclass(frozen=True)
class Running:
    """An Asterisk that answers at its console socket; ours by birth or found alive."""

    pid: int
    pidfd: int  # names this very process, even after its number has gone to another
    version: str
    adopted: bool


class Asterisk:
    """Keeps one Asterisk up. Its calls outlive the daemon: a new daemon adopts what the old one left running."""

    def __init__(self, node: NodeFacts, program: AsteriskProgram, *, supervise: bool = True) -> None:
        self.socket = Path(node.run, "asterisk.ctl")
        self.running: Running | None = None
        self._node = node
        self._program = program
        self._supervise = supervise
        self._child: int | None = None  # the pid of an Asterisk that is ours by birth

    async def cli(self, command: str, timeout_s: float = 10) -> str:
        """What a console command prints; raises `ConsoleError` while Asterisk is down."""
        return await ask(self.socket, command, timeout_s)

    async def channels(self) -> int:
        """How many channels are up; none where nobody answers any more."""
        with suppress(ConsoleError):
            count = (await self.cli("core show channels count", timeout_s=2)).partition(" ")[0]
            return int(count) if count.isdigit() else 0
        return 0

    async def start(self) -> Running:
        """Adopt the Asterisk that runs already, or start one; returns when it has fully booted."""
        began = time.monotonic()
        adopted = await self.is_up()
        if not adopted:
            await self._spawn()
        try:
            running = await self._booted(adopted=adopted)
        except BaseException:
            await self._abandon()
            raise
        self.running = running
        spent_s = round(time.monotonic() - began, 2)
        log.info("asterisk.up", pid=running.pid, version=running.version, adopted=adopted, after_s=spent_s)
        return running

    async def run(self) -> None:
        """Endless job: see that Asterisk runs, and start it again whenever it has ended."""
        pause_s, told = FIRST_PAUSE_S, ""
        while True:
            began = time.monotonic()
            try:
                await self._live_once()
                told = ""
            except (AsteriskError, ConsoleError) as error:
                if str(error) != told:
                    told = str(error)
                    log.error("asterisk.down", reason=told)
            if time.monotonic() - began > STEADY_S:
                pause_s = FIRST_PAUSE_S
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, LONGEST_PAUSE_S if self._supervise else 1.0)

    async def stop(self, grace_s: float = 0) -> None:
        """End it: calls may finish within `grace_s`, then they are hung up. Not ours to do where systemd runs it."""
        running = self.running
        if not self._supervise or running is None:
            return
        if grace_s > 0:
            with suppress(ConsoleError):  # the console waits with it for the calls, so the answer may never come
                await self.cli("core stop gracefully", timeout_s=grace_s)
        if not await self._ended_by(signal.SIGTERM, running):
            await self._ended_by(signal.SIGKILL, running)
        await self._bury(running)
        log.info("asterisk.stopped", pid=running.pid)

    async def _live_once(self) -> None:
        running = self.running or await self.start()
        await _gone(running.pidfd)
        await self._bury(running)
        log.warning("asterisk.ended", pid=running.pid, supervised=self._supervise)

    async def is_up(self) -> bool:
        try:
            await greet(self.socket)
        except ConsoleError:
            return False
        return True

    async def _spawn(self) -> None:
        if not self._supervise:
            raise AsteriskError("Asterisk does not run; it is started by the system, not by the appliance")
        if len(os.fsencode(self.socket)) > LONGEST_SOCKET_PATH:
            raise AsteriskError(f"the path of the data folder is too long for Asterisk's socket: {self.socket}")
        await asyncio.to_thread(self._program.check)
        await asyncio.to_thread(self._program.prepare, self._node)
        self._child = await asyncio.to_thread(self._program.spawn, self._node)

    async def _booted(self, *, adopted: bool) -> Running:
        deadline = time.monotonic() + BOOT_TIMEOUT_S
        while time.monotonic() < deadline:
            if self._child and _has_ended(self._child):
                raise AsteriskError(f"Asterisk ended while it started: {self._program.last_words(self._node)}")
            with suppress(ConsoleError, ProcessLookupError):
                greeting = await greet(self.socket)
                if "fully booted" in await self.cli("core waitfullybooted", timeout_s=BOOT_TIMEOUT_S):
                    return Running(greeting.pid, os.pidfd_open(greeting.pid), greeting.version, adopted)
            await asyncio.sleep(0.02)  # there is no socket to wait at yet
        raise AsteriskError(
            f"Asterisk has not booted within {BOOT_TIMEOUT_S:g} s: {self._program.last_words(self._node)}"
        )

    async def _ended_by(self, number: int, running: Running) -> bool:
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(running.pidfd, number)
        try:
            async with asyncio.timeout(STOP_TIMEOUT_S):
                await _gone(running.pidfd)
        except TimeoutError:
            return False
        return True

    async def _bury(self, running: Running) -> None:
        if self.running is not running:
            return
        self.running = None
        os.close(running.pidfd)
        child, self._child = self._child, None
        if child is not None:
            await asyncio.to_thread(os.waitpid, child, 0)

    async def _abandon(self) -> None:
        """End what we have started and nobody will watch."""
        child, self._child = self._child, None
        if child is not None:
            os.kill(child, signal.SIGKILL)
            await asyncio.to_thread(os.waitpid, child, 0)


def _has_ended(child: int) -> bool:
    """Whether a child process of ours is over, without burying it."""
    return os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


async def _gone(pidfd: int) -> None:
    """Wait for the end of a process, a child or not."""
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    loop.add_reader(pidfd, ended.set)
    try:
        await ended.wait()
    finally:
        loop.remove_reader(pidfd)
