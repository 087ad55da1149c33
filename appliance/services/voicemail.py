"""Watches the mailboxes' folders and puts each new message into the outbox, once, whoever listened to it meanwhile."""

import asyncio
from collections.abc import Iterator, Mapping
from pathlib import Path

import structlog

from appliance.core.entities.people import Extension
from appliance.core.site import Site
from appliance.core.voicemail import Mailbox, VoiceMessage, compose, parse_message
from appliance.services.mail import Mail
from appliance.store.db import Database
from appliance.store.snapshots import load_snapshot

LOOK_S = 2.0
FOLDERS = ("INBOX", "Urgent", "Old")
FORGET_S = 2 * 86400.0

log = structlog.get_logger(__name__)
Found = tuple[VoiceMessage, Path]


class VoicemailMail:
    """All that it knows is in files: messages that Asterisk keeps, and names that the outbox has seen."""

    def __init__(self, spool: Path, database: Database, mail: Mail) -> None:
        self._boxes = spool / "voicemail" / "default"
        self._database = database
        self._mail = mail
        self._looked: dict[Path, float] = {}  # folders by the time of their last change that was dealt with

    async def run(self) -> None:
        """Endless job: the outbox is emptied too."""
        async with asyncio.TaskGroup() as jobs:
            jobs.create_task(self._mail.run())
            jobs.create_task(self._watch())

    async def _watch(self) -> None:
        while True:
            try:
                await self.look()
            except OSError as error:
                log.error("voicemail.unreadable", reason=str(error))
            await asyncio.sleep(LOOK_S)

    async def look(self) -> None:
        """One look at all mailboxes; without a change it costs three glances at each."""
        changed = await asyncio.to_thread(self._changed)
        if not changed:
            return
        async with self._database.reading() as tx:
            site = (await load_snapshot(tx)).site
        is_on = await self._mail.server() is not None
        await asyncio.to_thread(self._take, site, is_on)
        self._looked = changed

    def _changed(self) -> dict[Path, float] | None:
        """The folders' times, where any is new."""
        times = {folder: folder.stat().st_mtime for folder in self._folders()}
        return times if times != self._looked else None

    def _folders(self) -> Iterator[Path]:
        for box in sorted(self._boxes.glob("*")):
            yield from (box / name for name in FOLDERS if (box / name).is_dir())

    def _take(self, site: Site, is_on: bool) -> None:
        known, there = self._mail.known(), set[str]()
        for message, sound in self._messages():
            there.add(message.name)
            if message.name not in known:
                self._put(site.extensions, site, message, sound if is_on else None)
        self._mail.forget(known - there, FORGET_S)

    def _put(self, phones: Mapping[str, Extension], site: Site, message: VoiceMessage, sound: Path | None) -> None:
        phone = phones.get(message.mailbox)
        if phone is None or not phone.voicemail_email or sound is None:
            self._mail.skip(message.name)
            return
        box = Mailbox(phone.name, phone.voicemail_email, site.settings.language, site.settings.time_zone)
        content = sound.read_bytes()
        if _read(sound.with_suffix(".txt"), message.mailbox) == message:  # else it was moved while we read: next time
            self._mail.put(message.name, compose(message, box, content))

    def _messages(self) -> Iterator[Found]:
        for folder in self._folders():
            for path in sorted(folder.glob("msg*.txt")):
                message = _read(path, folder.parent.name)
                if message is not None and path.with_suffix(".wav").exists():
                    yield message, path.with_suffix(".wav")


def make_voicemail(spool: Path, folder: Path, database: Database) -> VoicemailMail:
    """`folder` is where mails wait."""
    return VoicemailMail(spool, database, Mail(folder, database))


def _read(path: Path, mailbox: str) -> VoiceMessage | None:
    try:
        return parse_message(mailbox, path.read_text(encoding="utf-8", errors="replace"))
    except FileNotFoundError:
        return None
