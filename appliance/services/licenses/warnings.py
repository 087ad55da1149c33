"""Warns those who are named for it by mail, once for each warning, whichever node sees it first."""

import asyncio
from email.message import EmailMessage

import structlog

from appliance.core.license.licensing import Licensing
from appliance.core.license.notice import compose, warning_name
from appliance.services.mail import Mail
from appliance.store.db import Database
from appliance.store.licenses import begin_warning, load_mail_to
from appliance.store.snapshots import load_snapshot

log = structlog.get_logger(__name__)


class Warnings:
    def __init__(self, database: Database, mail: Mail) -> None:
        self._database = database
        self._mail = mail

    async def look(self, current: Licensing) -> None:
        name = warning_name(current)
        if not name:
            return
        async with self._database.transaction() as tx:
            if not await begin_warning(tx, name[-80:]):
                return
            log.warning("licenses.warning", name=name, days_left=current.days_left)
            language = (await load_snapshot(tx)).site.settings.language
            # Put before the commit: a crash in between sends it again under the same name, which the outbox knows.
            for number, to in enumerate(addresses(await load_mail_to(tx))):
                mail = compose(current, to, language)
                if mail is not None:
                    await asyncio.to_thread(self._put, f"{name}-{number}", mail)

    def _put(self, name: str, mail: EmailMessage) -> None:
        if name not in self._mail.known():
            self._mail.put(name, mail)


def addresses(text: str) -> list[str]:
    return [each for each in text.replace(",", " ").replace(";", " ").split() if "@" in each]
