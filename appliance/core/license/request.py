"""What a customer sends to the vendor: this machine's fingerprint and what is wanted; small enough for a QR code."""

import base64
import binascii
import json
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from appliance.core.license.body import Edition, Id, Machine, Model, canonical
from appliance.core.license.document import LicenseError
from appliance.core.words import N_

_BEGIN, _END = "-----BEGIN APPLIANCE LICENSE REQUEST-----", "-----END APPLIANCE LICENSE REQUEST-----"
MAX_REQUEST = 8000


class Request(BaseModel):
    """It is not signed: the vendor decides what to sell."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    customer: Annotated[str, Field(max_length=120)] = ""
    seats: Annotated[int, Field(ge=1, le=10_000)]
    edition: Edition = "voice"
    model: Model = "named"
    license_id: Id | Literal[""] = ""  # the one that is in force
    machine: Machine


def write_request(request: Request) -> str:
    code = base64.b64encode(canonical(request.model_dump(mode="json"))).decode()
    lines = [code[n : n + 64] for n in range(0, len(code), 64)]
    return "\n".join([_BEGIN, *lines, _END, ""])


def read_request(text: str) -> Request:
    block = text.partition(_BEGIN)[2].partition(_END)[0] if len(text) < MAX_REQUEST else ""
    try:
        payload = base64.b64decode("".join(block.replace(">", "").split()), validate=True)
        return Request.model_validate(json.loads(payload))
    except (binascii.Error, ValueError, ValidationError):
        raise LicenseError(N_("This is no request file of an appliance, or it is damaged.")) from None
