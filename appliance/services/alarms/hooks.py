"""Messages about alarms to the customer's systems: a file until it is taken, tried again some times, then given up."""

import asyncio
import json
from pathlib import Path
from typing import Any

import structlog

from appliance.adapters.web_service import WebService
from appliance.core.lookup_request import NoAnswer
from appliance.core.webhook import make_webhook
from appliance.services.clock import now
from appliance.store.db import Database
from appliance.store.snapshots import load_snapshot

LOOK_S = 1.0
WAITS_S = (15.0, 60.0, 300.0, 900.0)  # after each failure; after the last one it is given up
KEPT_S = 2 * 86400.0  # how long it is remembered that something was sent

log = structlog.get_logger(__name__)


class Hooks:
    """`outbox/NAME` waits, `sent/NAME` (empty) was taken or given up."""

    def __init__(
        self, folder: Path, database: Database, service: WebService, *, waits_s: tuple[float, ...] = WAITS_S
    ) -> None:
        self._outbox, self._sent = folder / "outbox", folder / "sent"
        self._database = database
        self._service = service
        self._waits_s = waits_s
        self._tries: dict[str, tuple[int, float]] = {}  # failures, and when the next try is due

    async def run(self) -> None:
        """Endless job."""
        while True:
            for path in await asyncio.to_thread(lambda: sorted(self._outbox.glob("[!.]*"))):
                failures, due = self._tries.get(path.name, (0, 0.0))
                if due <= asyncio.get_running_loop().time():
                    await self._try(path, failures)
            await asyncio.sleep(LOOK_S)

    def put(self, name: str, alarm: str, message: dict[str, Any]) -> None:
        """Blocking: in place at once and whole, and only where it never was."""
        if (self._sent / name).exists() or (self._outbox / name).exists():
            return
        for folder in (self._outbox, self._sent):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        new = self._outbox / f".{name}"
        new.write_text(json.dumps({"alarm": alarm, "message": message}), encoding="utf-8")
        new.replace(self._outbox / name)

    async def _try(self, path: Path, failures: int) -> None:
        found = json.loads(await asyncio.to_thread(path.read_text, encoding="utf-8"))
        async with self._database.reading() as tx:
            alarm = (await load_snapshot(tx)).site.alarms.get(found["alarm"])
        try:
            if alarm is not None and alarm.webhook:
                sent_s = int(now().timestamp())
                await self._service.ask(
                    make_webhook(alarm.webhook, found["message"], secret=alarm.secret, sent_s=sent_s)
                )
        except NoAnswer as failure:
            log.warning("alarm.hook_not_taken", name=path.name, failures=failures + 1, reason=failure.reason)
            if failures < len(self._waits_s):
                due = asyncio.get_running_loop().time() + self._waits_s[failures]
                self._tries[path.name] = (failures + 1, due)
                return
            log.error("alarm.hook_given_up", name=path.name)
        self._tries.pop(path.name, None)
        await asyncio.to_thread(self._settle, path)

    def _settle(self, path: Path) -> None:
        (self._sent / path.name).touch()
        path.unlink()
        for old in self._sent.iterdir():
            if now().timestamp() - old.stat().st_mtime > KEPT_S:
                old.unlink()
