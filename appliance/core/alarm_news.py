"""What is told of an alarm: the mail in the company's language, and the message to a system of the customer's."""

import datetime as dt
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any, NamedTuple


class News(NamedTuple):
    """`phase` is raised or over; `about` the name of the queue, agent or trunk."""

    alarm_raise_id: int
    phase: str
    alarm: str
    name: str
    kind: str
    subject: str
    about: str
    value: str
    at: dt.datetime


_HEADS = {"en": {"raised": "Alarm", "over": "Alarm is over"}, "es": {"raised": "Alarma", "over": "Fin de la alarma"}}
_BODIES = {
    "en": {
        "service_level": "{about}: {value} % were answered in time today.",
        "longest_wait": "{about}: a caller has waited for {value} s.",
        "agents_ready": "{about}: {value} agents are ready.",
        "pause_over": "{about}: the pause is {value} minutes over its allowance.",
        "trunk_down": "The trunk {about} does not answer.",
        "disk_full": "The disk is {value} % full.",
        "promise_late": "{about}: a call that was promised to a customer is {value} minutes late.",
        "dialer_finished": "The dialer {about} has finished: all its contacts are done, or somebody has ended it.",
        "database_away": "The database does not answer. Calls go on; pages do not, and dialers call nobody.",
    },
    "es": {
        "service_level": "{about}: hoy se atendió a tiempo el {value} %.",
        "longest_wait": "{about}: alguien espera desde hace {value} s.",
        "agents_ready": "{about}: hay {value} agentes disponibles.",
        "pause_over": "{about}: la pausa excede lo permitido en {value} minutos.",
        "trunk_down": "La troncal {about} no responde.",
        "disk_full": "El disco está al {value} %.",
        "promise_late": "{about}: una llamada prometida a un cliente lleva {value} minutos de retraso.",
        "dialer_finished": "El marcador {about} ha terminado: no le quedan contactos, o alguien lo ha finalizado.",
        "database_away": "La base de datos no responde. Las llamadas siguen; las páginas no, y ningún marcador llama.",
    },
}


def name_of(news: News) -> str:
    """The same however often it is told: so it is sent once."""
    return f"alarm-{news.alarm_raise_id}-{news.phase}"


def compose(news: News, to: str, language: str) -> EmailMessage:
    language = language[:2] if language[:2] in _BODIES else "en"
    mail = EmailMessage(policy=SMTP)
    mail["To"], mail["Subject"] = to, f"{_HEADS[language][news.phase]}: {news.name}"
    mail["Message-ID"] = f"<{name_of(news)}-{news.at:%Y%m%d%H%M%S}@alarm.invalid>"
    text = _BODIES[language][news.kind].format(about=news.about, value=news.value)
    mail.set_content(f"{text}\n{_HEADS[language][news.phase]}: {news.at:%Y-%m-%d %H:%M:%S} UTC\n")
    return mail


def make_message(news: News) -> dict[str, Any]:
    """`id` is the same if it has to be sent again."""
    return {
        "event": "alarm",
        "id": name_of(news),
        "phase": news.phase,
        "alarm": news.alarm,
        "name": news.name,
        "kind": news.kind,
        "subject": news.subject,
        "about": news.about,
        "value": news.value,
        "at": news.at.isoformat(),
    }
