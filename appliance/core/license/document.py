"""A signed body as text that survives e-mail; nothing of it is believed before its signature."""

import base64
import binascii
import codecs
import json
import quopri
import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import ValidationError

from appliance.core.license.body import BODIES, VERSION, Body, License, Revocations, canonical, encode
from appliance.core.words import N_

MAX_TEXT = 512 * 1024
_DOMAIN = "appliance/{kind}/1\n"  # signed before the body: one kind can never be taken for the other
_BEGIN = re.compile(r"^-----BEGIN APPLIANCE (LICENSE|REVOCATIONS)-----\n", re.MULTILINE)
_QUOTED = "=3D=3D\n-----END APPLIANCE "  # a signature ends in "==", which some mail programs leave quoted
_KEY_LINE = re.compile(r"^Key: ([A-Za-z0-9][A-Za-z0-9_-]{0,39})$", re.MULTILINE)
_DAMAGED = N_("The license file is damaged or was changed. Ask for it again and install it as it came.")


class LicenseError(Exception):
    """`message` is English with {placeholders}, and says what to do."""

    def __init__(self, message: str, **context: Any) -> None:
        super().__init__(message.format(**context))
        self.message = message
        self.context: Mapping[str, Any] = context


class VendorKey(NamedTuple):
    key_id: str
    public: bytes
    is_trial: bool = False  # everybody has its private half: good for trials only


Keyring = tuple[VendorKey, ...]


def sign(body: Body, private: Ed25519PrivateKey) -> str:
    payload = encode(body)
    return _text(body, payload, private.sign(_signed(body.kind, payload)))


def _signed(kind: str, payload: bytes) -> bytes:
    return _DOMAIN.format(kind=kind).encode() + payload


def decode(content: bytes) -> str:
    """A file as an editor may have stored it. What stands around the block may be in any writing."""
    is_wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return content.decode("utf-16" if is_wide else "utf-8", errors="replace")


@lru_cache(maxsize=256)
def open_document(text: str, keyring: Keyring) -> Body:
    """Raises LicenseError. The same text need not be checked twice."""
    kind, inner, block = _block(text)
    key = _key_of(inner, keyring)
    payload, signature = _parts(inner)
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature, _signed(kind, payload))
    except InvalidSignature:
        raise LicenseError(_DAMAGED) from None
    body = _decoded(kind, payload)
    # The head that people read, and how the rest is written, must be what this body makes of them.
    if body.key_id != key.key_id or _lines(_text(body, payload, signature)) != block:
        raise LicenseError(_DAMAGED)
    return body


def plain(text: str) -> str:
    """The block alone, without the mail around it. Raises LicenseError."""
    return _block(text)[2]


def _block(text: str) -> tuple[str, str, str]:
    """What kind it is, what is in it, and the whole."""
    if len(text) > MAX_TEXT:
        raise LicenseError(N_("This is no license file: it is too large."))
    lines = _lines(text)
    if _QUOTED in lines:
        lines = _lines(quopri.decodestring(text.encode("ascii", "replace")).decode("ascii", "replace"))
    begin = _BEGIN.search(lines)
    end = f"-----END APPLIANCE {begin.group(1)}-----" if begin else ""
    inner, mark, _after = lines[begin.end() :].partition(end) if begin else ("", "", "")
    if begin is None or not mark:
        raise LicenseError(N_("This is no license file: it has no block BEGIN APPLIANCE LICENSE to END."))
    return begin.group(1).lower(), inner, f"{begin.group(0)}{inner}{mark}"


def _lines(text: str) -> str:
    """As it was before a mail program wrapped, quoted or indented it."""
    lines = (" ".join(line.lstrip("> \t").split()) for line in text.lstrip("\ufeff").splitlines())
    return "\n".join(line for line in lines if line)


def _key_of(block: str, keyring: Keyring) -> VendorKey:
    named = _KEY_LINE.search(block)
    if named is None:
        raise LicenseError(_DAMAGED)
    for key in keyring:
        if key.key_id == named.group(1):
            return key
    message = N_(
        "The license file is signed with the key {key}, which this version does not know. Update the appliance."
    )
    raise LicenseError(message, key=named.group(1))


def _parts(block: str) -> tuple[bytes, bytes]:
    code = "".join(line for line in block.splitlines() if ":" not in line)
    body, mark, signature = code.partition("***")
    try:
        parts = base64.b64decode(body, validate=True), base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError):
        raise LicenseError(_DAMAGED) from None
    if not mark:
        raise LicenseError(_DAMAGED)
    return parts


def _decoded(kind: str, payload: bytes) -> Body:
    values = json.loads(payload)  # safe to trust only from here on
    if values.get("version") != VERSION:
        message = N_(
            "The license file is of version {version}, made for a newer appliance. Update the appliance first."
        )
        raise LicenseError(message, version=values.get("version"))
    try:
        body = BODIES[kind].model_validate_json(payload)
    except ValidationError as error:
        reason = "; ".join(item["msg"] for item in error.errors())
        raise LicenseError(N_("The license file cannot be used: {reason}"), reason=reason) from None
    if canonical(values) != payload:
        raise LicenseError(_DAMAGED)
    return body


def _text(body: Body, payload: bytes, signature: bytes) -> str:
    name = body.kind.upper()
    return "\n".join(
        [
            f"-----BEGIN APPLIANCE {name}-----",
            *(f"{title}: {value}" for title, value in _head(body)),
            "",
            *_wrapped(payload),
            "***",
            *_wrapped(signature),
            f"-----END APPLIANCE {name}-----",
            "",
        ]
    )


def _wrapped(content: bytes) -> list[str]:
    code = base64.b64encode(content).decode()
    return [code[n : n + 64] for n in range(0, len(code), 64)]


def _head(body: Body) -> list[tuple[str, str]]:
    match body:
        case License():
            dates = f"{body.not_before:%Y-%m-%d} to {body.expires_at:%Y-%m-%d}, {body.grace_days} days of grace"
            kind = f"{body.edition}{', trial' if body.trial else ''}"
            about = [
                ("Customer", _ascii(body.customer)),
                ("License", body.license_id),
                ("Edition", kind),
                ("Seats", f"{len(body.seats)} {body.model}"),
                ("Valid", dates),
            ]
        case Revocations():
            about = [("List", str(body.number)), ("Issued", f"{body.issued_at:%Y-%m-%d}")]
    return [*about, ("Key", body.key_id)]


def _ascii(text: str) -> str:
    """Mail programs garble the rest; the body has it right."""
    plain = unicodedata.normalize("NFKD", text)
    kept = (char if char.isascii() else "?" for char in plain if not unicodedata.combining(char))
    return " ".join("".join(kept).replace(":", " ").split())[:60].strip() or "?"
