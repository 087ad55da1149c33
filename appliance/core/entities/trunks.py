"""Trunks: the lines to the telephone network."""

import re
from ipaddress import ip_address, ip_network
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field, model_validator

from appliance.core.entities.fields import Entity, Key, Line, OptionalNumber, Part, Shown, Title, problem
from appliance.core.words import N_

_HOST = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(\.(?!-)[A-Za-z0-9-]{1,63})*\.?")
Codec = Literal["alaw", "ulaw", "g722", "opus", "gsm"]


def _check_host(host: str) -> str:
    try:
        ip_address(host)
    except ValueError:
        if host and not _HOST.fullmatch(host):
            raise problem("host", N_("must be a host name or an IP address")) from None
    return host


Host = Annotated[Line, AfterValidator(_check_host)]


def _check_peer(peer: str) -> str:
    try:
        ip_network(peer, strict=False)
    except ValueError:
        return _check_host(peer)
    return peer


class TrunkHost(Part):
    host: Annotated[Host, Field(min_length=1, max_length=120, title=N_("Host"))]
    port: Annotated[int, Field(5060, ge=1, le=65535, title=N_("Port"))]


class TrunkPeer(Part):
    address: Annotated[
        Line,
        AfterValidator(_check_peer),
        Field(
            min_length=1, max_length=120, title=N_("Address"), description=N_("Such as 203.0.113.7 or 203.0.113.0/28.")
        ),
    ]


class Trunk(Entity):
    SINGULAR: ClassVar[str] = N_("Trunk")
    PLURAL: ClassVar[str] = N_("Trunks")
    ICON: ClassVar[str] = "arrows-exchange"
    HELP: ClassVar[str] = N_("A trunk connects this centre to a telephone company or to another telephone system.")

    key: Annotated[Key, Field(title=N_("Key"), description=N_("Short and unchanging, such as main-line."))]
    name: Annotated[Title, Field(title=N_("Name"), description=N_("How people here call this line."))]
    host: Annotated[
        Host,
        Field("", max_length=120, title=N_("Host"), description=N_("Address of the far end: a name or an IP address.")),
        Shown(asterisk="contact, match"),
    ]
    port: Annotated[
        int,
        Field(5060, ge=1, le=65535, title=N_("Port"), description=N_("SIP port of the far end.")),
        Shown(advanced=True),
    ]
    more_hosts: Annotated[
        list[TrunkHost],
        Field(
            default=[],
            max_length=9,
            title=N_("Further hosts"),
            description=N_("Tried in this order when the first is down."),
        ),
        Shown(asterisk="contact", advanced=True),
    ]
    peers: Annotated[
        list[TrunkPeer],
        Field(
            default=[],
            max_length=50,
            title=N_("Calls come from"),
            description=N_("Addresses and networks besides the hosts above; calls from them are this trunk's."),
        ),
        Shown(asterisk="match", advanced=True),
    ]
    transport: Annotated[
        Literal["udp", "tcp", "tls"],
        Field("udp", title=N_("Transport"), description=N_("How SIP messages travel; TLS encrypts them.")),
        Shown(group=N_("Security"), asterisk="transport"),
    ]
    check_certificate: Annotated[
        bool,
        Field(
            True,
            title=N_("Check its certificate"),
            description=N_("With TLS: calls go only to a far end whose certificate is valid for the host's name."),
        ),
        Shown(group=N_("Security"), asterisk="verify_server"),
    ]
    encrypted_media: Annotated[
        bool,
        Field(False, title=N_("Encrypt the sound"), description=N_("SRTP. The far end must ask for it or allow it.")),
        Shown(group=N_("Security"), asterisk="media_encryption=sdes"),
    ]
    registration: Annotated[
        bool,
        Field(False, title=N_("Register"), description=N_("This centre signs in at the far end with the user below.")),
        Shown(group=N_("Signing in"), asterisk="type=registration"),
    ]
    username: Annotated[
        Line,
        Field("", max_length=80, title=N_("User name"), description=N_("Empty where the far end is known by address.")),
        Shown(group=N_("Signing in"), asterisk="username"),
    ]
    secret: Annotated[
        Line,
        Field("", max_length=80, title=N_("Password"), description=N_("Given by the telephone company.")),
        Shown(group=N_("Signing in"), asterisk="password", secret=True),
    ]
    match_header: Annotated[
        Line,
        Field(
            "",
            max_length=120,
            pattern=r"^$|^[A-Za-z0-9-]+: [A-Za-z0-9._-]+$",
            title=N_("Recognise by header"),
            description=N_(
                "A SIP header such as 'X-Trunk: main'. Whoever sends it is this trunk: make it hard to guess."
            ),
        ),
        Shown(group=N_("Signing in"), asterisk="match_header", advanced=True, private=True),
    ]
    codecs: Annotated[
        list[Codec],
        Field(
            default=["alaw", "ulaw"],
            min_length=1,
            title=N_("Codecs"),
            description=N_("Sound formats in order of preference."),
        ),
        Shown(asterisk="allow", advanced=True),
    ]

    caller_id: Annotated[
        OptionalNumber,
        Field("", title=N_("Caller ID"), description=N_("Shown where neither extension nor route has a number.")),
        Shown(group=N_("Calls out")),
    ]
    number_format: Annotated[
        Literal["as_dialled", "e164_plus", "e164", "national"],
        Field("as_dialled", title=N_("Numbers are sent"), description=N_("As the telephone company wants them.")),
        Shown(group=N_("Calls out")),
    ]
    caller_id_format: Annotated[
        Literal["as_dialled", "e164_plus", "e164", "national"],
        Field("as_dialled", title=N_("Caller IDs are sent"), description=N_("As the telephone company wants them.")),
        Shown(group=N_("Calls out")),
    ]
    max_channels: Annotated[
        int,
        Field(0, ge=0, le=2000, title=N_("Most calls at once"), description=N_("0 means without limit.")),
        Shown(group=N_("Calls out"), asterisk="GROUP_COUNT"),
    ]
    calls_per_s: Annotated[
        int,
        Field(0, ge=0, le=100, title=N_("Most new calls a second"), description=N_("0 means without limit.")),
        Shown(group=N_("Calls out")),
    ]

    @property
    def is_checked(self) -> bool:
        """Whether the far end has to prove who it is."""
        return self.transport == "tls" and self.check_certificate

    @model_validator(mode="after")
    def _is_reachable(self) -> "Trunk":
        if not self.host and not self.match_header:
            raise problem("trunk_host", N_("a trunk needs a host, or a header that its calls are recognised by"))
        if self.registration and not (self.host and self.username):
            raise problem("trunk_user", N_("to register, a trunk needs a host and a user name"))
        return self
