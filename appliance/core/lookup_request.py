"""A web lookup as a request and its answer: where the call's values go, what of the answer counts, whom nobody asks."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any
from urllib.parse import quote

from appliance.core.entities.lookups import Lookup

_PLACE = re.compile(r"\{(caller|did|guid|digits\.([a-z][a-z0-9_]{0,29}))\}")
_ANSWER = re.compile(r"[A-Za-z0-9_.-]{1,40}")
_NAT64 = IPv6Network("64:ff9b::/96")
# Metadata services that have no link-local address: of Amazon, Google, Alibaba and Oracle.
_METADATA = frozenset(map(ip_address, ("fd00:ec2::254", "fd20:ce::254", "100.100.100.200", "192.0.0.192")))
INPUT_PREFIX = "INPUT_"  # of the channel variables that steps.conf.j2 keeps digits in

# Why there is no answer, in one word for the dialplan and the journal.
DOWN, SLOW, REFUSED, FORBIDDEN, UNREADABLE = "down", "slow", "refused", "forbidden", "unreadable"


class NoAnswer(Exception):
    """The lookup failed; `reason` is one of the words above, `detail` is for who sets it up."""

    def __init__(self, reason: str, detail: str = "") -> None:
        self.reason, self.detail = reason, detail
        super().__init__(f"{reason}: {detail}" if detail else reason)


@dataclass(frozen=True)
class Caller:
    """What a lookup may tell about a call."""

    caller: str = ""
    did: str = ""
    guid: str = ""
    digits: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Request:
    method: str
    url: str
    body: dict[str, Any] | None
    token: str = field(repr=False)
    timeout_s: float
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    raw: bytes | None = field(default=None, repr=False)  # what is sent as it is, instead of `body`


def make_request(lookup: Lookup, caller: Caller) -> Request:
    """Each value is encoded, so that no caller can change where the question goes."""

    def value(found: re.Match[str]) -> str:
        text = caller.digits.get(found[2], "") if found[2] else str(getattr(caller, found[1]))
        return quote(text, safe="") if text.strip(".") else ""  # "." and ".." would be steps of a path

    body = {"caller": caller.caller, "did": caller.did, "guid": caller.guid, "digits": dict(caller.digits)}
    url = _PLACE.sub(value, lookup.url)
    return Request(lookup.method, url, body if lookup.method == "POST" else None, lookup.token, lookup.timeout_s)


def asked_digits(lookup: Lookup, kept: Iterable[str]) -> list[str]:
    """Which of the kept digits the request needs."""
    if lookup.method == "POST":
        return sorted(set(kept))
    return sorted({found[2] for found in _PLACE.finditer(lookup.url) if found[2]})


def read_answer(text: str, field_path: str) -> str:
    """One word that may stand in the dialplan; raises `NoAnswer` for anything else."""
    answer = _field(text, field_path) if field_path else text.strip()
    if not _ANSWER.fullmatch(answer):
        raise NoAnswer(UNREADABLE, "an answer has 1 to 40 letters, digits, '_', '.' or '-'")
    return answer


def _field(text: str, path: str) -> str:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise NoAnswer(UNREADABLE, "the answer is not JSON") from None
    for step in path.split("."):
        if not isinstance(found, dict) or step not in found:
            raise NoAnswer(UNREADABLE, f"the answer has no field '{path}'")
        found = found[step]
    if isinstance(found, bool):
        return "true" if found else "false"
    if not isinstance(found, str | int | float):
        raise NoAnswer(UNREADABLE, f"the field '{path}' holds no single value")
    return str(found)


def is_forbidden(address: str) -> bool:
    """Addresses that are nobody's web service: metadata services of clouds (link-local), multicast, no address at all.

    Others in the house are allowed: that is where a company's own services are.
    """
    try:
        found: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    except ValueError:
        return True
    if isinstance(found, IPv6Address) and (inner := _inner(found)) is not None:
        found = inner
    return found.is_link_local or found.is_multicast or found.is_unspecified or found in _METADATA


def _inner(address: IPv6Address) -> IPv4Address | None:
    """The older address that a newer one stands for."""
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour
