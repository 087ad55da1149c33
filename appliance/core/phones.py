"""The phones of an extension: its own, and the one that a browser is; which of them an endpoint of Asterisk is."""

import hashlib
import hmac
import re
from typing import Literal, get_args

from appliance.core.entities.people import Extension
from appliance.core.site import Site

PhoneKind = Literal["own", "browser"]
PHONE_KINDS: tuple[PhoneKind, ...] = get_args(PhoneKind)
BROWSERS_COME_FROM = "127.0.0.2"  # the daemon connects from here when it passes their signals on
# By what these makers' phones call themselves.
_TALKS = re.compile(r"(poly|yealink|snom|aastra|mitel|fanvil)", re.IGNORECASE)
# What a browser's phone has to say: answers, also to a keep-alive (RFC 7118, 6), and what belongs to calls. No
# messages, no watching of others.
_SAYS = re.compile(
    r"(\r\n$|SIP/2\.0|(REGISTER|INVITE|ACK|BYE|CANCEL|PRACK|UPDATE|INFO|REFER|NOTIFY|OPTIONS) [^\r\n]+ SIP/2\.0\r?\n)"
)
_BROWSER = re.compile(r"([0-9]+)-web")


def answers_when_asked(user_agent: str) -> bool:
    """Whether a phone takes the event `talk`; to others it is an error, over which they may end the call."""
    return _TALKS.match(user_agent) is not None


def browser_phone(extension: str) -> str:
    """The endpoint of an extension's phone in a browser."""
    return f"{extension}-web"


def extension_of(device: str) -> str:
    """`1001` of `1001` and of `1001-web`; a trunk stays what it is."""
    found = _BROWSER.fullmatch(device)
    return found[1] if found else device


def place_of(interface: str) -> str:
    """`PJSIP/1001` for both phones of an extension: who has one of them is at the other too."""
    technology, slash, device = interface.partition("/")
    return f"{technology}{slash}{extension_of(device)}"


def with_browser_phone(site: Site) -> dict[str, Extension]:
    """Extensions of agents; one without a password has no phone at all."""
    used = {agent.extension for agent in site.agents.values()}
    return {key: extension for key, extension in site.extensions.items() if key in used and extension.secret}


def belongs_to_calls(text: str) -> bool:
    """Whether a browser's phone may send this SIP message."""
    return _SAYS.match(text) is not None


def browser_password(node_secret: str, extension: Extension) -> str:
    """Of the browser phone: nobody types it and nothing stores it. A new SIP password makes a new one of it too."""
    told = f"{extension.key}\n{extension.secret}".encode()
    return hmac.new(node_secret.encode(), told, hashlib.sha256).hexdigest()
