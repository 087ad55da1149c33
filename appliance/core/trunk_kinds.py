"""The usual kinds of trunks, as starting points that fill in the form of a new one."""

from dataclasses import dataclass, field
from typing import Any

from appliance.core.words import N_


@dataclass(frozen=True)
class TrunkKind:
    title: str
    help: str
    icon: str
    values: dict[str, Any] = field(default_factory=dict)


TRUNK_KINDS: dict[str, TrunkKind] = {
    "registration": TrunkKind(
        N_("User name and password"),
        N_("The telephone company gave you a user name and a password; this centre signs in there."),
        "login",
        {"registration": True, "number_format": "as_dialled"},
    ),
    "address": TrunkKind(
        N_("Known by address"),
        N_("The telephone company knows this centre by its public IP address; there is no password."),
        "world",
        {"registration": False, "number_format": "e164_plus", "caller_id_format": "e164_plus"},
    ),
    "encrypted": TrunkKind(
        N_("Encrypted"),
        N_("As with a user name and a password, but signalling (TLS) and sound (SRTP) are encrypted."),
        "lock",
        {
            "registration": True,
            "transport": "tls",
            "port": 5061,
            "encrypted_media": True,
            "number_format": "e164_plus",
            "caller_id_format": "e164_plus",
        },
    ),
    "pbx": TrunkKind(
        N_("Another telephone system"),
        N_("A PBX in the same network, such as the one that this centre replaces step by step."),
        "arrows-exchange",
        {"registration": False, "codecs": ["g722", "alaw", "ulaw"]},
    ),
}
