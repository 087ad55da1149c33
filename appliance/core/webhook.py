"""A signed message to a system of the customer's: whoever has the key knows that it is ours, and when it was sent."""

import hmac
import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from appliance.core.lookup_request import Request

TIMEOUT_S = 5.0
SIGNATURE, SENT_AT = "X-Appliance-Signature", "X-Appliance-Time"


def make_webhook(url: str, message: Mapping[str, Any], *, secret: str, sent_s: int) -> Request:
    """The signature is over the seconds, a dot and the very bytes that are sent."""
    raw = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()
    headers = {"Content-Type": "application/json", SENT_AT: str(sent_s)}
    if secret:
        headers[SIGNATURE] = f"sha256={sign(raw, secret=secret, sent_s=sent_s)}"
    return Request("POST", url, None, "", TIMEOUT_S, headers=headers, raw=raw)


def sign(raw: bytes, *, secret: str, sent_s: int) -> str:
    return hmac.new(secret.encode(), f"{sent_s}.".encode() + raw, sha256).hexdigest()
