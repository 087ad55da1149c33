"""Trunks: the lines to the telephone network."""

import re
from ipaddress import ip_address
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field, model_validator

from appliance.core.entities.fields import Entity, Key, Line, Shown, Title, problem
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


class Trunk(Entity):
    SINGULAR: ClassVar[str] = N_("Trunk")
    PLURAL: ClassVar[str] = N_("Trunks")
    ICON: ClassVar[str] = "arrows-exchange"
    HELP: ClassVar[str] = N_("A trunk connects this centre to a telephone company or to another telephone system.")

    key: Annotated[Key, Field(title=N_("Key"), description=N_("Short and unchanging, such as main-line."))]
    name: Annotated[Title, Field(title=N_("Name"), description=N_("How people here call this line."))]
    host: Annotated[
        Line,
        AfterValidator(_check_host),
        Field("", max_length=120, title=N_("Host"), description=N_("Address of the far end: a name or an IP address.")),
        Shown(asterisk="contact, match"),
    ]
    port: Annotated[
        int,
        Field(5060, ge=1, le=65535, title=N_("Port"), description=N_("SIP port of the far end.")),
        Shown(advanced=True),
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
        Shown(group=N_("Signing in"), asterisk="match_header", advanced=True),
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

    @model_validator(mode="after")
    def _is_reachable(self) -> "Trunk":
        if not self.host and not self.match_header:
            raise problem("trunk_host", N_("a trunk needs a host, or a header that its calls are recognised by"))
        if self.registration and not (self.host and self.username):
            raise problem("trunk_user", N_("to register, a trunk needs a host and a user name"))
        return self
