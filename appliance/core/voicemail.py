"""A voicemail message as a mail: pure text and bytes; who sends it and when is not known here."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from zoneinfo import ZoneInfo

_NAME = re.compile(r"[^A-Za-z0-9.-]")
_WORDS = {
    "en": (
        "Voicemail for {name} from {caller}",
        "{name},\n\n{caller} left a message of {duration} seconds for extension {mailbox} on {at}.\n"
        "It is attached, and can be heard on the phone too.\n",
    ),
    "es": (
        "Mensaje de voz para {name} de {caller}",
        "{name}:\n\n{caller} dejó un mensaje de {duration} segundos para la extensión {mailbox} el {at}.\n"
        "Va adjunto y también se puede escuchar en el teléfono.\n",
    ),
}


@dataclass(frozen=True)
class VoiceMessage:
    """What Asterisk wrote beside the sound."""

    mailbox: str
    message_id: str
    caller: str
    at: datetime
    duration_s: int

    @property
    def name(self) -> str:
        """The same for the same message, wherever Asterisk moves it; a file may be called so."""
        return f"{self.mailbox}-{_NAME.sub('-', self.message_id)}"


@dataclass(frozen=True)
class Mailbox:
    name: str
    to: str
    language: str
    time_zone: str


def parse_message(mailbox: str, text: str) -> VoiceMessage | None:
    """The content of a msgNNNN.txt; None where it is not whole."""
    values = dict(line.partition("=")[::2] for line in text.splitlines() if "=" in line and not line.startswith(";"))
    if not values.get("msg_id") or not values.get("duration", "").isdigit() or not values.get("origtime", "").isdigit():
        return None
    at = datetime.fromtimestamp(int(values["origtime"]), UTC)
    return VoiceMessage(mailbox, values["msg_id"], values.get("callerid", ""), at, int(values["duration"]))


def compose(message: VoiceMessage, box: Mailbox, sound: bytes) -> EmailMessage:
    """Without a sender, which is the mail server's matter. Sent twice, it has the same Message-ID."""
    subject, body = _WORDS.get(box.language[:2], _WORDS["en"])
    words = {
        "name": _plain(box.name),
        "caller": _plain(message.caller) or "?",
        "duration": str(message.duration_s),
        "mailbox": message.mailbox,
        "at": message.at.astimezone(ZoneInfo(box.time_zone)).strftime("%Y-%m-%d %H:%M"),
    }
    mail = EmailMessage(policy=SMTP)
    mail["To"] = box.to
    mail["Subject"] = subject.format(**words)
    mail["Date"] = message.at
    mail["Message-ID"] = f"<{message.name}@voicemail.invalid>"
    mail.set_content(body.format(**words))
    mail.add_attachment(sound, maintype="audio", subtype="x-wav", filename=f"{message.name}.wav")
    return mail


def _plain(text: str) -> str:
    """A caller's name may be anything; in a header it is one line."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())[:120]
