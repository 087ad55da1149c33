"""The outbox: a mail is a file until the mail server has taken it, so neither a restart nor a dead server loses one."""

import asyncio
import email
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import structlog

from appliance.adapters.mail import MailError, send_mail
from appliance.core.entities.general import MAIN, MailServer
from appliance.services.clock import now
from appliance.store.db import Database
from appliance.store.site import load_entity

__all__ = ["Mail", "MailError", "send_test", "sender"]

LOOK_S = 2.0
FIRST_WAIT_S, LONGEST_WAIT_S = 15.0, 900.0  # between two attempts while the server takes nothing

log = structlog.get_logger(__name__)


class Mail:
    """`outbox/NAME` waits, `sent/NAME` (empty) was taken or is not wanted, `refused/NAME` nobody takes."""

    def __init__(self, folder: Path, database: Database, *, first_wait_s: float = FIRST_WAIT_S) -> None:
        self._outbox, self._sent, self._refused = (folder / name for name in ("outbox", "sent", "refused"))
        self._database = database
        self._first_wait_s = first_wait_s

    async def run(self) -> None:
        """Endless job."""
        wait_s = self._first_wait_s
        while True:
            try:
                await self._send_waiting()
            except MailError as error:
                log.warning("mail.later", reason=str(error), wait_s=wait_s)
                await asyncio.sleep(wait_s)
                wait_s = min(wait_s * 2, LONGEST_WAIT_S)
            else:
                wait_s = self._first_wait_s
                await asyncio.sleep(LOOK_S)

    async def server(self) -> MailServer | None:
        """None where no mail is sent."""
        async with self._database.reading() as tx:
            found = await load_entity(tx, "mail", MAIN)
        server = found[0] if found else None
        return server if isinstance(server, MailServer) and server.host else None

    def known(self) -> set[str]:
        """Blocking: the names that were put here once, whatever became of them."""
        return {path.name for folder in (self._outbox, self._sent, self._refused) for path in folder.glob("[!.]*")}

    def put(self, name: str, mail: EmailMessage) -> None:
        """Blocking: in place at once and whole, or not at all."""
        self._outbox.mkdir(parents=True, exist_ok=True, mode=0o700)
        new = self._outbox / f".{name}"
        new.write_bytes(mail.as_bytes())
        new.replace(self._outbox / name)

    def skip(self, name: str) -> None:
        """Blocking: nobody wants this as a mail, now or later."""
        self._sent.mkdir(parents=True, exist_ok=True, mode=0o700)
        (self._sent / name).touch()

    def forget(self, names: set[str], older_than_s: float) -> None:
        """Blocking: what no longer exists need not be remembered."""
        for path in (self._sent / name for name in names):
            if path.exists() and now().timestamp() - path.stat().st_mtime > older_than_s:
                path.unlink()

    async def _send_waiting(self) -> None:
        waiting = await asyncio.to_thread(lambda: sorted(self._outbox.glob("[!.]*")))
        server = await self.server() if waiting else None
        for path in waiting if server else ():
            if (self._sent / path.name).exists():  # taken, just before we were killed
                await asyncio.to_thread(path.unlink)
                continue
            await self._send(server, path)

    async def _send(self, server: MailServer | None, path: Path) -> None:
        assert server is not None  # noqa: S101 - by the call above
        mail = await asyncio.to_thread(_read, path)
        mail["From"] = sender(server)
        try:
            answer = await send_mail(server, mail)
        except MailError as error:
            if not error.is_final:
                raise
            log.error("mail.refused", name=path.name, reason=str(error))
            await asyncio.to_thread(self._set_aside, path)
            return
        await asyncio.to_thread(self._settle, path)
        log.info("mail.sent", name=path.name, answer=answer)

    def _settle(self, path: Path) -> None:
        self.skip(path.name)
        path.unlink()

    def _set_aside(self, path: Path) -> None:
        self._refused.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.replace(self._refused / path.name)


def sender(server: MailServer) -> str:
    return server.from_address or (server.username if "@" in server.username else f"appliance@{server.host}")


def _read(path: Path) -> EmailMessage:
    found = email.message_from_bytes(path.read_bytes(), policy=SMTP)
    assert isinstance(found, EmailMessage)  # noqa: S101 - by the policy
    return found


async def send_test(server: MailServer, to: str) -> str:
    """The server's answer; raises MailError with its words."""
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"], mail["Subject"] = sender(server), to, "Test"
    mail["Date"] = now()
    mail.set_content("The contact centre can send mail by this server.\n")
    return await send_mail(server, mail)
