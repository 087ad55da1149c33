"""Tells a machine by a majority of several properties, so that a new network card is no new machine."""

import hashlib
import hmac
from collections.abc import Iterable, Mapping

from appliance.core.license.body import Machine

LEAST = 3  # properties that a licence for one machine needs
_DIGITS = 20


def fingerprint_of(properties: Mapping[str, str]) -> Machine:
    """Digests only: serial numbers leave the machine neither in a request nor in a licence."""
    return {name: _digest(name, value) for name, value in sorted(properties.items()) if value.strip()}


def _digest(name: str, value: str) -> str:
    return hashlib.sha256(f"appliance machine {name}\n{value.strip().lower()}".encode()).hexdigest()[:_DIGITS]


def is_same(signed: Machine, here: Machine) -> bool:
    """More than half of what was signed and can be read here is found here: serial numbers are for root only, whoever
    made the request."""
    known = signed.keys() & here.keys()
    same = sum(hmac.compare_digest(signed[name], here[name]) for name in known)
    return same >= min(LEAST, len(signed) // 2 + 1) and 2 * same > len(known)


def may_run(machines: Iterable[Machine], here: Machine) -> bool:
    machines = tuple(machines)
    return not machines or any(is_same(each, here) for each in machines)


def short(machine: Machine) -> str:
    """To be read out on the telephone."""
    joined = ",".join(f"{name}={digest}" for name, digest in sorted(machine.items()))
    digest = hashlib.sha256(joined.encode()).hexdigest()[:12].upper()
    return "-".join(digest[n : n + 4] for n in range(0, 12, 4))
