"""What a phone says where the licence is in the way; no prompt of a site can be named so."""

from typing import Literal

Spoken = Literal["seat", "full", "closed"]

LICENSE_PREFIX = "_license-"
LICENSE_WORDS: dict[Spoken, dict[str, str]] = {
    "seat": {
        "en": "You have no seat in the license of this centre. Please ask an administrator for one.",
        "es": "Usted no tiene un puesto en la licencia de este centro. Pida uno al administrador.",
    },
    "full": {
        "en": "All places of the license are taken. Please log in when somebody has logged out.",
        "es": "Todos los puestos de la licencia están ocupados. Inicie sesión cuando alguien haya salido.",
    },
    "closed": {
        "en": "The license of this centre does not allow this now. Please ask an administrator.",
        "es": "La licencia de este centro no permite esto ahora. Consulte al administrador.",
    },
}


def spoken(reason: str) -> Spoken:
    """`reason` is that of a refusal."""
    return "seat" if reason == "no_seat" else "full" if reason == "full" else "closed"
