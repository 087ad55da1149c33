"""The real Asterisk as a process: boots in silence, comes back when killed, outlives the daemon and is adopted."""

import asyncio
import csv
import json
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from appliance.adapters.asterisk import Asterisk
from appliance.adapters.asterisk_console import ConsoleError, greet
from appliance.adapters.asterisk_program import AsteriskError, AsteriskProgram
from appliance.settings import PROJECT_DIR
from tests.pbx.nodes import TestNode, make_node
from tests.waiting import eventually

WANTED_MODULES = re.findall(r"^load = (\S+)", (PROJECT_DIR / "asterisk_conf/modules.conf.j2").read_text(), re.MULTILINE)


@pytest.fixture
def node(tmp_path: Path) -> TestNode:
    return make_node(tmp_path)


@pytest.fixture
async def asterisk(node: TestNode) -> AsyncIterator[Asterisk]:
    asterisk = Asterisk(node.facts, node.program)
    await asterisk.start()
    yield asterisk
    await asterisk.stop()


def is_alive(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False


async def test_it_boots_without_a_warning_and_with_every_module(asterisk: Asterisk, node: TestNode) -> None:
    assert not re.findall(r".*(?:WARNING|ERROR)\[.*", node.log())
    shown = await asterisk.cli("module show")
    assert [
        name for name in WANTED_MODULES if not re.search(rf"^{re.escape(name)} .* Running ", shown, re.MULTILINE)
    ] == []


def opened_files(process: Path) -> Iterator[str]:
    for descriptor in (process / "fd").iterdir():
        with suppress(FileNotFoundError):  # it is at work: some are closed while we look
            yield os.readlink(descriptor)


async def test_it_runs_as_its_own_user_inside_its_root_with_no_secret_of_ours(
    asterisk: Asterisk, node: TestNode
) -> None:
    assert asterisk.running is not None
    process = Path(f"/proc/{asterisk.running.pid}")
    uids = re.search(r"^Uid:\s+(.*)$", (process / "status").read_text(), re.MULTILINE)
    assert uids is not None
    assert set(uids[1].split()) == {str(node.program.owner().uid)}
    assert (process / "root").readlink() == node.program.root
    names = {entry.partition(b"=")[0] for entry in (process / "environ").read_bytes().split(b"\0") if entry}
    assert names <= {b"PATH", b"TZ", b"LANG", b"MALLOC_TRIM_THRESHOLD_", b"PWD", b"OLDPWD", b"SHLVL", b"_"}
    opened = [name.removeprefix(str(node.program.root)) for name in opened_files(process)]
    its_own = (str(Path(node.facts.etc).parent), "/dev/", "/proc/", "socket:", "pipe:", "anon_inode:")
    assert [name for name in opened if not name.startswith(its_own)] == []


async def test_the_journal_of_calls_has_the_agreed_columns(asterisk: Asterisk, node: TestNode) -> None:
    await asterisk.cli("channel originate Local/told@process-test application Wait 1")
    journal = Path(node.facts.log, "cel-custom", "cel.csv")

    def told() -> list[str]:
        lines = csv.reader(journal.read_text().splitlines()) if journal.exists() else []
        return next((line for line in lines if line[0] == "USER_DEFINED"), [])

    line = await eventually(told)
    assert re.fullmatch(r"\d{10}\.\d{6}", line[1])
    assert line[4:6] == ["told", "process-test"]
    assert line[9].startswith("local-")
    assert line[11] == "INTERACTION"
    assert json.loads(line[12]) == {"extra": 'a-guid|inbound|"quoted"|en'}
    assert "QUEUESTART" in Path(node.facts.log, "queue_log").read_text()


async def test_it_comes_back_after_kill_9(asterisk: Asterisk, node: TestNode) -> None:
    assert asterisk.running is not None
    first = asterisk.running.pid
    job = asyncio.create_task(asterisk.run())
    try:
        os.kill(first, signal.SIGKILL)
        await eventually(lambda: asterisk.running and asterisk.running.pid != first, timeout_s=15)
        assert "fully booted" in await asterisk.cli("core waitfullybooted")
    finally:
        job.cancel()
        with suppress(asyncio.CancelledError):
            await job


async def test_stop_lets_calls_finish_within_the_grace_only(asterisk: Asterisk) -> None:
    assert asterisk.running is not None
    pid = asterisk.running.pid
    await asterisk.cli("channel originate Local/long@process-test application Wait 60")
    await eventually(asterisk.channels)
    await asterisk.stop(grace_s=0.2)
    assert not is_alive(pid)
    assert await asterisk.channels() == 0
    with pytest.raises(ConsoleError):
        await asterisk.cli("core show uptime")


async def test_calls_outlive_a_killed_daemon_and_the_next_one_adopts_their_asterisk(tmp_path: Path) -> None:
    daemon = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.pbx.daemon_that_dies", tmp_path, cwd=PROJECT_DIR, stdout=asyncio.subprocess.PIPE
    )
    assert daemon.stdout is not None
    words: list[bytes] = []
    while not (len(words) == 2 and words[0].isdigit()):  # the log goes the same way
        words = (await asyncio.wait_for(daemon.stdout.readline(), 30)).split()
    node = make_node(tmp_path)  # the same folder; its ports do not matter any more
    asterisk = Asterisk(node.facts, node.program)
    await asterisk.cli("channel originate Local/long@process-test application Wait 60")
    daemon.kill()
    await daemon.wait()

    running = await asterisk.start()

    assert running.adopted
    assert running.pid == int(words[1])
    assert await asterisk.channels() == 2
    await asterisk.stop()
    await eventually(lambda: not is_alive(running.pid))


async def test_where_the_system_starts_it_the_daemon_only_watches(asterisk: Asterisk, node: TestNode) -> None:
    watching = Asterisk(node.facts, node.program, supervise=False)
    running = await watching.start()
    assert running.adopted
    await watching.stop()
    assert (await greet(asterisk.socket)).pid == running.pid
    os.close(running.pidfd)

    await asterisk.stop()
    with pytest.raises(AsteriskError, match="started by the system"):
        await watching.start()


async def test_what_it_said_last_is_told_when_it_does_not_start(node: TestNode) -> None:
    Path(node.facts.etc, "modules.conf").write_text("[modules]\nautoload = no\nrequire = no_such_module.so\n")
    with pytest.raises(AsteriskError, match=r"ended while it started.*no_such_module"):
        await Asterisk(node.facts, node.program).start()


async def test_a_console_command_is_one_line(asterisk: Asterisk) -> None:
    with pytest.raises(ConsoleError, match="not one console command"):
        await asterisk.cli("core show uptime\ncore stop now")


@pytest.mark.parametrize(("says", "message"), [("Asterisk 18.9.0", "20 or newer"), ("exit 3", "cannot be run")])
def test_an_asterisk_that_cannot_serve_is_refused(tmp_path: Path, says: str, message: str) -> None:
    program = tmp_path / "asterisk"
    program.write_text(f"#!/bin/sh\n{'echo ' if says.startswith('Asterisk') else ''}{says}\n")
    program.chmod(0o755)
    with pytest.raises(AsteriskError, match=message):
        AsteriskProgram(None, str(program)).check()


def test_a_missing_root_names_the_script_that_makes_it(tmp_path: Path) -> None:
    with pytest.raises(AsteriskError, match="installer/asterisk-root"):
        AsteriskProgram(tmp_path).check()
