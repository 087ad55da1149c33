"""Voicemail by mail, and the outbox: no message is lost, none is sent twice, whatever the mail server does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from appliance.core.site import Site
from appliance.services.entities import replace_site
from appliance.services.mail import Mail
from appliance.services.voicemail import VoicemailMail
from appliance.store.db import Database
from tests.app.console import Console, a_console
from tests.smtp_server import SmtpServer, a_mail_server
from tests.waiting import eventually

# What these try does not depend on the database.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

SOUND = b"RIFF....WAVE" + bytes(1000)


@pytest.fixture
async def server() -> AsyncIterator[SmtpServer]:
    async with a_mail_server() as found:
        yield found


def mail_site(port: int, **fields: object) -> Site:
    mail = {"key": "main", "host": "127.0.0.1", "port": port, "security": "none", "from_address": "pbx@example.com"}
    phone = {"key": "2001", "name": "Ana López", "voicemail": True, "voicemail_email": "ana@example.com"}
    return Site.model_validate(
        {
            "mail": {"main": {**mail, **fields}},
            "extensions": {"2001": phone, "2002": {"key": "2002", "name": "Luis", "voicemail": True}},
        }
    )


async def furnish(database: Database, site: Site) -> None:
    async with database.transaction() as tx:
        await replace_site(tx, site, by="test", summary="test")


def leave(spool: Path, mailbox: str, number: int = 0, folder: str = "INBOX") -> None:
    place = spool / "voicemail/default" / mailbox / folder
    place.mkdir(parents=True, exist_ok=True)
    (place / f"msg{number:04d}.wav").write_bytes(SOUND)
    facts = {"callerid": '"Eva\tRuiz" <7300009>', "origtime": "1795311234", "duration": "4"}
    lines = [f"{name}={value}" for name, value in {**facts, "msg_id": f"1795311234-{mailbox}{number}"}.items()]
    (place / f"msg{number:04d}.txt").write_text("\n".join(["; a comment", "[message]", *lines, ""]))


@asynccontextmanager
async def sending(tmp_path: Path, database: Database) -> AsyncIterator[VoicemailMail]:
    """The endless job, as after a start of the daemon."""
    mail = Mail(tmp_path / "mail", database, first_wait_s=0.05)
    voicemail = VoicemailMail(tmp_path, database, mail)
    job = asyncio.create_task(voicemail.run())
    try:
        yield voicemail
    finally:
        job.cancel()
        await asyncio.wait([job])


async def test_a_message_is_sent_once_with_its_sound(tmp_path: Path, database: Database, server: SmtpServer) -> None:
    await furnish(database, mail_site(server.port))
    leave(tmp_path, "2001")
    leave(tmp_path, "2002")  # has no address
    for _ in range(2):  # also after a restart
        async with sending(tmp_path, database) as voicemail:
            await eventually(lambda: server.mails)
            await eventually(lambda: not list((tmp_path / "mail/outbox").iterdir()))
            leave(tmp_path, "2001", folder="Old")  # heard on the phone meanwhile
            await voicemail.look()
    (mail,) = server.mails
    assert mail["To"] == "ana@example.com"
    assert mail["From"] == "pbx@example.com"
    assert mail["Subject"] == 'Voicemail for Ana López from "Eva Ruiz" <7300009>'
    (attached,) = mail.iter_attachments()
    assert attached.get_content() == SOUND
    assert {path.name for path in (tmp_path / "mail/sent").iterdir()} == {
        "2001-1795311234-20010",
        "2002-1795311234-20020",
    }


async def test_a_dead_server_delays_and_loses_nothing(tmp_path: Path, database: Database, server: SmtpServer) -> None:
    await furnish(database, mail_site(server.port))
    server.drops = 3
    leave(tmp_path, "2001")
    async with sending(tmp_path, database):
        await eventually(lambda: server.mails, 15)
    assert server.drops == 0
    assert len(server.mails) == 1


async def test_what_the_server_never_takes_is_set_aside(tmp_path: Path, database: Database, server: SmtpServer) -> None:
    await furnish(database, mail_site(server.port))
    server.to_recipient = "550 no such person"
    leave(tmp_path, "2001", 0)
    async with sending(tmp_path, database):
        await eventually(lambda: list((tmp_path / "mail").glob("refused/*")))
        server.to_recipient = "250 fine"
        leave(tmp_path, "2001", 1)
        await eventually(lambda: server.mails)


async def test_without_a_server_messages_are_not_kept_for_later(tmp_path: Path, database: Database) -> None:
    await furnish(database, mail_site(25, host=""))
    leave(tmp_path, "2001")
    async with sending(tmp_path, database):
        await eventually(lambda: list((tmp_path / "mail").glob("sent/*")))
    assert not list((tmp_path / "mail").glob("outbox/*"))


async def test_one_that_was_taken_just_before_a_crash_is_not_sent_again(
    tmp_path: Path, database: Database, server: SmtpServer
) -> None:
    await furnish(database, mail_site(server.port))
    leave(tmp_path, "2001")
    mail = Mail(tmp_path / "mail", database)
    await VoicemailMail(tmp_path, database, mail).look()
    mail.skip("2001-1795311234-20010")
    async with sending(tmp_path, database):
        await eventually(lambda: not list((tmp_path / "mail/outbox").iterdir()))
    assert server.mails == []


@pytest.fixture
async def console(database: Database, tmp_path: Path, server: SmtpServer) -> AsyncIterator[Console]:
    async with a_console(database, tmp_path, mail_site(server.port)) as console:
        yield console


async def test_a_test_mail_tells_what_the_server_said(console: Console, server: SmtpServer) -> None:
    admin = await console.signed_in("administrator")
    assert "/mail/test" in await admin.get("/mail/main")
    await admin.get("/mail/test")
    answer = await (await admin.post("/mail/test", {"to": "me@example.com"})).text()
    assert "250 taken as number 17" in answer
    assert server.mails[0]["To"] == "me@example.com"
    server.to_recipient = "550 <b>no</b> such person"
    refused = await admin.post("/mail/test", {"to": "me@example.com"})
    assert refused.status == 502
    assert "The mail server refused the mail: 550 &lt;b&gt;no&lt;/b&gt; such person" in await refused.text()


@pytest.mark.parametrize("to", ["", "me", "me@x\r\nRCPT TO:<you@x>", "a@b c"])
async def test_only_an_address_gets_a_test_mail(console: Console, server: SmtpServer, to: str) -> None:
    admin = await console.signed_in("administrator")
    await admin.get("/mail/test")
    assert (await admin.post("/mail/test", {"to": to})).status == 422
    assert server.mails == []


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"security": "starttls"}, "does not offer what is set here"),
        ({"security": "tls"}, "No safe connection to the mail server"),
        ({"username": "pbx", "secret": "wrong"}, "mail server"),
    ],
)
async def test_a_server_that_is_set_up_wrongly(
    database: Database, tmp_path: Path, server: SmtpServer, fields: dict[str, str], words: str
) -> None:
    async with a_console(database, tmp_path, mail_site(server.port, **fields)) as console:
        admin = await console.signed_in("administrator")
        await admin.get("/mail/test")
        answer = await admin.post("/mail/test", {"to": "me@example.com"})
        assert answer.status == 502
        assert words in await answer.text()
