"""A mail server of a test's own: it takes mails, or refuses them as it is told."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP


@dataclass
class SmtpServer:
    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    to_recipient: str = "250 fine"
    drops: int = 0  # so many connections are closed before a word is said

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.drops:
            self.drops -= 1
            writer.close()
            return
        writer.write(b"220 test\r\n")
        while line := (await reader.readline()).decode().strip():
            verb = line.split(" ")[0].upper()
            if verb == "DATA":
                writer.write(b"354 go on\r\n")
                body = await reader.readuntil(b"\r\n.\r\n")
                found = message_from_bytes(body[:-5].replace(b"\r\n..", b"\r\n."), policy=SMTP)
                assert isinstance(found, EmailMessage)
                self.mails.append(found)
                writer.write(b"250 taken as number 17\r\n")
            elif verb == "QUIT":
                writer.write(b"221 bye\r\n")
                break
            else:
                answer = self.to_recipient if verb == "RCPT" else "250 test" if verb != "AUTH" else "535 who are you"
                writer.write(f"{answer}\r\n".encode())
        writer.close()


@asynccontextmanager
async def a_mail_server() -> AsyncIterator[SmtpServer]:
    ours = SmtpServer()
    server = await asyncio.start_server(ours.talk, "127.0.0.1", 0, limit=1 << 24)
    ours.port = server.sockets[0].getsockname()[1]
    try:
        yield ours
    finally:
        server.close()
        await server.wait_closed()
