"""Warns those who are named for it by mail, once for each warning, whichever node sees it first."""

import asyncio
import re
from email.message import EmailMessage

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.license.document import LicenseError
from appliance.core.license.licensing import Licensing
from appliance.core.license.notice import compose, warning_name
from appliance.core.words import N_
from appliance.services.licenses.seats import SECTION
from appliance.services.mail import Mail
from appliance.services.users.trail import audit
from appliance.store.db import Database
from appliance.store.licenses import begin_warning, load_mail_to, save_mail_to
from appliance.store.snapshots import load_snapshot

MOST_ADDRESSES = 10
_ADDRESS = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,120}")

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
    return text.replace(",", " ").replace(";", " ").split()


async def save_addresses(tx: AsyncSession, text: str, *, by: str) -> None:
    """Raises LicenseError for what is no address."""
    found = addresses(text)
    wrong = next((each for each in found if not _ADDRESS.fullmatch(each)), None)
    if wrong is not None or len(found) > MOST_ADDRESSES:
        message = N_("'{text}' is no e-mail address") if wrong else N_("At most {most} addresses are told.")
        raise LicenseError(message, text=(wrong or "")[:80], most=MOST_ADDRESSES)
    before = await load_mail_to(tx)
    await save_mail_to(tx, " ".join(found))
    await audit(
        tx, "change mail addresses", "", by, section=SECTION, before={"to": before}, after={"to": " ".join(found)}
    )
