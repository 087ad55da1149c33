"""A whole appliance for tests: its own folder and ports, a real Asterisk, the daemon in this process or beside it."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from appliance.adapters.ami import Ami
from appliance.app import Appliance, make_appliance, run
from appliance.core.site import Site
from appliance.facts import make_facts
from appliance.services.clock import now
from appliance.services.entities import replace_site
from appliance.settings import AsteriskSettings, HttpSettings, NodeSettings, Settings, load_settings
from appliance.store.configuration import NodeStatus, load_status
from appliance.store.db import Database
from appliance.store.licenses import load_files
from appliance.store.migrate import migrate
from appliance.store.uploads import Upload, save_upload
from tests.demo_data import write_tone
from tests.licenses import install_license, write_keys
from tests.ports import RTP_PORTS, free_port, rtp_ports
from tests.waiting import eventually

BOOT_S = 60
_migrated = list[bytes]()  # SQLite's file, once this process has made one


def house_settings(folder: Path, **changes: object) -> Settings:
    """Loopback only, ports that nobody has."""
    rtp = rtp_ports()
    node = NodeSettings(
        sip_bind="127.0.0.1",
        sip_port=free_port(),
        ami_port=free_port(),
        agi_port=free_port(),
        ws_port=free_port(),
        rtp_start=rtp,
        rtp_end=rtp + RTP_PORTS - 1,
        max_calls=60,
    )
    root = load_settings().asterisk.root
    keys = load_settings().license_keys or str(write_keys(folder / "license_keys"))
    asterisk = AsteriskSettings(root=root)
    settings = Settings(data_dir=folder, node=node, http=HttpSettings(port=0), asterisk=asterisk, license_keys=keys)
    return settings.model_copy(update=changes)


@asynccontextmanager
async def manager(settings: Settings) -> AsyncIterator[Ami]:
    """A hand of the test's own at the manager interface, which goes away as a daemon does."""
    facts = make_facts(settings)
    ami = Ami("127.0.0.1", facts.ami_port, "appliance", facts.ami_secret)
    job = asyncio.create_task(ami.run())
    await ami.wait_connected()
    try:
        yield ami
    finally:
        await ami.close()
        await job


async def migrate_or_copy(settings: Settings) -> None:
    """What the first house made with all migrations the others copy."""
    file = settings.data_dir / "appliance.db"
    is_new = not settings.database_url and not file.exists()
    if is_new and _migrated:
        file.touch(mode=0o600)
        file.write_bytes(_migrated[0])
        return
    database = Database(settings.database)
    await migrate(database)
    await database.close()
    if is_new:
        _migrated.append(file.read_bytes())


async def furnish(settings: Settings, site: Site) -> None:
    """A migrated database with this site and a licence in it, and the sound that the usual site plays to who waits."""
    air = settings.data_dir / "air.wav"
    await asyncio.to_thread(write_tone, air, 1.0)
    await migrate_or_copy(settings)
    database = Database(settings.database)
    async with database.transaction() as tx:
        await save_upload(tx, Upload("0" * 64, air.name, air.read_bytes()), now())
        await replace_site(tx, site, by="test", summary="test site")
        if not await load_files(tx):  # a house may be furnished anew
            await install_license(tx)
    await database.close()


@dataclass
class House:
    """A daemon that runs in this process."""

    appliance: Appliance
    url: str
    daemon: asyncio.Task[None]

    @property
    def sip(self) -> str:
        return f"127.0.0.1:{self.appliance.settings.node.sip_port}"

    async def status(self) -> NodeStatus:
        async with self.appliance.database.reading() as tx:
            return await load_status(tx, self.appliance.node.name)

    async def settled(self) -> NodeStatus:
        """Once Asterisk has taken or refused what is wanted."""

        async def tried() -> NodeStatus | None:
            if self.daemon.done():
                self.daemon.result()
            status = await self.status()
            return status if status.tried == status.wanted else None

        status: NodeStatus = await eventually(tried, BOOT_S)
        return status


@asynccontextmanager
async def a_house(settings: Settings, *, templates: Mapping[str, str] | None = None) -> AsyncIterator[House]:
    appliance = make_appliance(settings, templates)
    stop, ready = asyncio.Event(), asyncio.get_running_loop().create_future()
    daemon = asyncio.create_task(run(appliance, stop, on_ready=ready.set_result))
    await asyncio.wait({daemon, ready}, timeout=BOOT_S, return_when=asyncio.FIRST_COMPLETED)
    if daemon.done():
        daemon.result()
    house = House(appliance, ready.result(), daemon)
    try:
        await house.settled()
        yield house
    finally:
        stop.set()
        await daemon


class Daemon:
    """`appliance run` as a process of its own, which can be killed."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, environment: Mapping[str, str] | None = None) -> None:
        """With more in its environment, such as another clock."""
        log = (self.settings.data_dir / "daemon.log").open("ab")
        with log:
            command = [sys.executable, "-m", "appliance", "run"]
            variables = environment_of(self.settings) | dict(environment or {})
            self._process = subprocess.Popen(command, env=variables, stdout=log, stderr=log)

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait(10)

    def stop(self, within_s: float = 10) -> int:
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(within_s)


def environment_of(settings: Settings) -> dict[str, str]:
    node, http = settings.node, settings.http
    return {
        **os.environ,
        "APPLIANCE_CONFIG": "/dev/null",
        "APPLIANCE_DATA_DIR": str(settings.data_dir),
        "APPLIANCE_DATABASE_URL": settings.database_url,
        **{f"APPLIANCE_HTTP__{name.upper()}": str(value) for name, value in http.model_dump().items()},
        "APPLIANCE_ASTERISK__SUPERVISE": str(settings.asterisk.supervise),
        **{f"APPLIANCE_NODE__{name.upper()}": str(value) for name, value in node.model_dump().items()},
    }
