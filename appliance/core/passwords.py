"""Which password is good enough: long, not the name of its owner, and not one that is guessed early."""

from typing import Any

from zxcvbn import zxcvbn

from appliance.core.words import N_

LEAST_MIN, MOST_MIN = 8, 64  # between these an administrator may set the shortest length
DEFAULT_MIN = 10
MAX_PASSWORD = 200
EASY = 8.0  # guesses as a power of ten: what fewer find is refused
MEASURED = 72  # the library takes long over more, and so much is hard to guess anyway
# The library knows English; these are as common where Spanish is spoken.
_COMMON_WORDS = (
    "contraseña contrasena clave secreto bienvenido bienvenida usuario administrador empresa peru lima verano invierno "
    "primavera otoño enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre hola "
    "teamo amor familia contact centre center callcenter telefono llamada agente asterisk central"
)

Refusal = tuple[str, dict[str, Any]]  # a sentence and what fills it


def password_problem(password: str, *, login: str, name: str = "", min_length: int = DEFAULT_MIN) -> Refusal | None:
    """Why this password is refused; None for a good one."""
    if len(password) < min_length:
        return N_("must have at least {limit} characters"), {"limit": min_length}
    if len(password) > MAX_PASSWORD:
        return N_("must have at most {limit} characters"), {"limit": MAX_PASSWORD}
    if login.lower() in password.lower():
        return N_("must not contain the user name"), {}
    if len(set(password)) < 5:
        return N_("must have at least 5 different characters"), {}
    if _is_easy(password, login, name):
        return N_("is a common password or easy to guess; a few unrelated words are good"), {}
    return None


def _is_easy(password: str, login: str, name: str) -> bool:
    own = [login, name, *name.split(), *_COMMON_WORDS.split()]
    found = zxcvbn(password[:MEASURED], user_inputs=own)
    return float(found["guesses_log10"]) < EASY
