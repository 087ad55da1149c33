"""What people are told about a licence before and after it ends: on every page, and by mail."""

from email.message import EmailMessage
from email.policy import SMTP
from typing import Literal, NamedTuple

from appliance.core.license.licensing import Licensing, Refusal, warning_due, why_closed
from appliance.core.words import N_

Grade = Literal["warning", "bad"]


class Notice(NamedTuple):
    grade: Grade
    sentence: Refusal
    is_for_all: bool  # else for administrators


def notice(current: Licensing) -> Notice | None:
    if current.is_clock_back:
        message = N_("The clock of this machine was set back. The license stays as it was; set the clock right.")
        return Notice("bad", Refusal("clock", message), is_for_all=False)
    closed = why_closed(current)
    if closed is not None:
        return Notice("bad", closed, is_for_all=current.phase == "over")
    if current.license is None:
        return None
    end = {"date": f"{current.license.expires_at:%Y-%m-%d}", "days": current.days_left}
    if current.phase == "grace":
        message = N_("The license ended on {date}. For {days} more days everything works; then nobody can log in.")
        return Notice("bad", Refusal("grace", message, end), is_for_all=True)
    if warning_due(current) is not None:
        message = N_("The license ends on {date}, in {days} days. Ask the vendor for a renewal.")
        return Notice("warning", Refusal("ends", message, end), is_for_all=False)
    return None


_SUBJECTS = {"en": "The license of the contact centre", "es": "La licencia del centro de contacto"}
_BODIES = {
    "en": {
        "clock": "The clock of the machine was set back. License {number} stays as it was on {seen}; set the clock "
        "right.",
        "valid": "License {number} ends on {date}, in {days} days. Ask the vendor for a renewal.",
        "grace": "License {number} ended on {date}. For {days} more days everything works; then nobody can log in and "
        "nothing is dialled. Calls in progress are never cut. Ask the vendor for a renewal.",
        "over": "License {number} ended on {date} and its grace is over. Nobody can log in any more and nothing is "
        "dialled; who is logged in still gets calls, and everything can be read. Install a new license.",
    },
    "es": {
        "clock": "El reloj del equipo fue atrasado. La licencia {number} queda como estaba el {seen}; ponga el "
        "reloj en hora.",
        "valid": "La licencia {number} termina el {date}, en {days} días. Pida una renovación al proveedor.",
        "grace": "La licencia {number} terminó el {date}. Durante {days} días más todo funciona; después nadie podrá "
        "iniciar sesión y no se marcará. Las llamadas en curso nunca se cortan. Pida una renovación al proveedor.",
        "over": "La licencia {number} terminó el {date} y su prórroga también. Nadie puede iniciar sesión y no se "
        "marca; quien ya inició sesión sigue recibiendo llamadas y todo se puede leer. Instale una licencia nueva.",
    },
}


def compose(current: Licensing, to: str, language: str) -> EmailMessage | None:
    """The mail that is due now, if any; sent twice, it has the same Message-ID."""
    name, license = warning_name(current), current.license
    if not name or license is None:
        return None
    language = language[:2] if language[:2] in _BODIES else "en"
    mail = EmailMessage(policy=SMTP)
    mail["To"], mail["Subject"] = to, _SUBJECTS[language]
    mail["Message-ID"] = f"<{name}@license.invalid>"
    words = {"number": license.license_id, "date": f"{license.expires_at:%Y-%m-%d}", "days": current.days_left}
    words["seen"] = f"{current.judged_at:%Y-%m-%d}"
    what = "clock" if current.is_clock_back else current.phase
    mail.set_content(_BODIES[language][what].format(**words) + "\n")
    return mail


def warning_name(current: Licensing) -> str:
    """Of the warning whose day has come: each is given once."""
    due = warning_due(current)
    if current.is_clock_back and current.license is not None:
        return f"{current.license.license_id}-clock-{current.judged_at:%Y%m}"
    if due is None or current.license is None:
        return ""
    return f"{current.license.license_id}-{current.phase}-{due}"
