"""The door to the site's mail server: one conversation for each mail, in a thread; never decides what is sent when."""

import asyncio
import smtplib
import ssl
from collections.abc import Mapping
from email.message import EmailMessage
from functools import cache

from appliance.core.entities.general import MailServer
from appliance.core.words import N_

TIMEOUT_S = 30.0


class MailError(Exception):
    """`message` is English with {placeholders}; `is_final` where the same mail would be refused again."""

    def __init__(self, message: str, *, is_final: bool = False, **context: str) -> None:
        super().__init__(message.format(**context))
        self.message = message
        self.context: Mapping[str, str] = context
        self.is_final = is_final


async def send_mail(server: MailServer, message: EmailMessage, trust: ssl.SSLContext | None = None) -> str:
    """The server's answer. Its certificate is checked; `trust` says by whom, else the machine's usual authorities."""
    return await asyncio.to_thread(_send, server, message, trust or _usual_trust())


@cache
def _usual_trust() -> ssl.SSLContext:
    return ssl.create_default_context()


def _send(server: MailServer, message: EmailMessage, trust: ssl.SSLContext) -> str:
    try:
        with _connect(server, trust) as connection:
            if server.security == "starttls":
                connection.starttls(context=trust)
            if server.username:
                connection.login(server.username, server.secret)
            return _hand_over(connection, message)
    except (OSError, smtplib.SMTPException) as error:
        raise _in_words(error) from None


def _in_words(error: Exception) -> MailError:
    match error:
        case ssl.SSLError():
            return MailError(N_("No safe connection to the mail server: {reason}"), reason=_reason(error))
        case smtplib.SMTPNotSupportedError():
            return MailError(N_("The mail server does not offer what is set here: {reason}"), reason=str(error))
        case smtplib.SMTPAuthenticationError():
            return MailError(N_("The mail server refused user name or password: {answer}"), answer=_answer(error))
        case smtplib.SMTPResponseException():
            is_final = 500 <= error.smtp_code < 600
            return MailError(N_("The mail server refused the mail: {answer}"), is_final=is_final, answer=_answer(error))
    return MailError(N_("The mail server cannot be reached: {reason}"), reason=_reason(error))


def _connect(server: MailServer, trust: ssl.SSLContext) -> smtplib.SMTP:
    if server.security == "tls":
        return smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT_S, context=trust)
    return smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_S)


def _hand_over(connection: smtplib.SMTP, message: EmailMessage) -> str:
    """What smtplib does too, but it keeps the answer to itself."""
    connection.ehlo_or_helo_if_needed()
    for code, text in (connection.mail(_address(message, "From")), connection.rcpt(_address(message, "To"))):
        if code not in (250, 251):
            raise smtplib.SMTPResponseException(code, text)
    code, text = connection.data(message.as_bytes())
    if code != 250:
        raise smtplib.SMTPResponseException(code, text)
    return f"{code} {text.decode(errors='replace')}"


def _address(message: EmailMessage, header: str) -> str:
    return str(message[header].addresses[0].addr_spec)


def _answer(error: smtplib.SMTPResponseException) -> str:
    text = error.smtp_error
    return f"{error.smtp_code} {text.decode(errors='replace') if isinstance(text, bytes) else text}"


def _reason(error: BaseException) -> str:
    return str(getattr(error, "strerror", "") or getattr(error, "verify_message", "") or error or type(error).__name__)
