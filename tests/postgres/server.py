"""A private PostgreSQL for the tests: its own folder, port and processes."""

import os
import pwd
import shutil
import signal
import subprocess
import time
from pathlib import Path

import asyncpg

from tests.ports import free_port


def _binaries() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        raise RuntimeError("PostgreSQL is not installed; installer/packages test installs it")
    return found[-1].parent


class PostgresServer:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def url(self, database: str) -> str:
        return f"postgresql+asyncpg://postgres@127.0.0.1:{self.port}/{database}"

    async def connect(self, database: str = "postgres") -> asyncpg.Connection:
        return await asyncpg.connect(host="127.0.0.1", port=self.port, user="postgres", database=database)

    async def tell(self, command: str) -> None:
        connection = await self.connect()
        await connection.execute(command)
        await connection.close()

    async def create(self, name: str, template: str) -> None:
        """Copied as files: with a log of each page it takes twice as long."""
        await self.tell(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy')

    def start(self) -> None:
        self.folder.mkdir(parents=True)
        user = self._user()
        if user is not None:
            shutil.chown(self.folder, user)
        data = self.folder / "data"
        self._run([_binaries() / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-N", "--locale=C.UTF-8"])
        self.start_again()

    def start_again(self) -> None:
        """On the data that is there."""
        user = self._user()
        options = [
            "-p",
            str(self.port),
            "-h",
            "127.0.0.1",
            "-k",
            str(self.folder),
            "-c",
            "fsync=off",
            "-c",
            "full_page_writes=off",
            "-c",
            "autovacuum=off",
            "-c",
            "max_connections=200",
        ]
        with (self.folder / "log").open("ab") as log:
            command = [_binaries() / "postgres", "-D", self.folder / "data", *options]
            self._process = subprocess.Popen(
                command, user=user, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )
        self._wait()

    def _wait(self) -> None:
        assert self._process is not None
        end = time.monotonic() + 30
        ready = [_binaries() / "pg_isready", "-h", "127.0.0.1", "-p", str(self.port), "-q"]
        while subprocess.run(ready, check=False).returncode:
            if time.monotonic() > end or self._process.poll() is not None:
                raise RuntimeError((self.folder / "log").read_text())

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(30)

    def _run(self, command: list[object]) -> None:
        user = self._user()
        subprocess.run(
            [str(part) for part in command], check=True, user=user, stdout=subprocess.DEVNULL, cwd=self.folder
        )

    @staticmethod
    def _user() -> int | None:
        # PostgreSQL refuses to run as root.
        return pwd.getpwnam("postgres").pw_uid if os.geteuid() == 0 else None
