"""Codes of an authenticator app (RFC 6238): which one is right at which moment, and that none is right twice."""

import hmac
import unicodedata

from pyotp import TOTP

STEP_S = 30
DRIFT = 1  # steps that a phone's clock may be early or late
RECOVERY_CODES = 10


def accepted_step(secret: str, code: str, *, at_s: float, newest_used: int) -> int | None:
    """The step that the code is of; None where it is wrong, or not newer than the newest one that was used."""
    digits = plain_code(code)
    if len(digits) != 6 or not digits.isascii() or not digits.isdigit():
        return None
    totp, now = TOTP(secret), int(at_s // STEP_S)
    for step in range(now - DRIFT, now + DRIFT + 1):
        if step > newest_used and hmac.compare_digest(totp.at(step * STEP_S), digits):
            return step
    return None


def plain_code(text: str) -> str:
    """As people type it: with spaces, hyphens or capitals."""
    return "".join(c for c in unicodedata.normalize("NFKC", text[:64]).lower() if c.isalnum())


def enrolment_uri(secret: str, *, login: str, issuer: str) -> str:
    """What the app reads from the QR code."""
    return TOTP(secret).provisioning_uri(name=login, issuer_name=issuer)


def grouped(text: str) -> str:
    """In groups of four, to be read and typed."""
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))
