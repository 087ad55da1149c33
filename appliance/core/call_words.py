"""The values of a call where somebody wrote places for them: in scripts, and in addresses that open with a call."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

_IN_SCRIPT = re.compile(r"\{([a-z]+(?:\.[A-Za-z0-9_ -]{1,60})?)\}")
_IN_ADDRESS = re.compile(r"\{(caller|did|guid|agent|queue|digits\.[a-z][a-z0-9_]{0,29})\}")
NOTHING = "—"


@dataclass(frozen=True)
class CallValues:
    """`words` are for people, by name such as `contact.name`; the others for machines."""

    caller: str = ""
    did: str = ""
    guid: str = ""
    agent: str = ""
    queue: str = ""
    campaign: str = ""
    digits: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)


def fill_script(text: str, values: CallValues) -> str:
    """What nobody knows is a dash; braces around anything else are the script's own."""
    known = {**values.words, **{f"digits.{name}": digits for name, digits in values.digits.items()}}

    def value(found: re.Match[str]) -> str:
        name = found[1]
        if name in known:
            return known[name] or NOTHING
        return NOTHING if name.startswith(("contact.", "digits.", "call.", "agent.")) else found[0]

    return _IN_SCRIPT.sub(value, text)


def fill_address(url: str, values: CallValues) -> str:
    """Each value is encoded, so that no caller can change which page opens; empty where a value would name the host."""
    if "{" in urlsplit(url).netloc:
        return ""

    def value(found: re.Match[str]) -> str:
        name = found[1]
        digits = name.partition(".")[2]
        text = values.digits.get(digits, "") if digits else str(getattr(values, name))
        return quote(text, safe="") if text.strip(".") else ""  # "." and ".." would be steps of a path

    return _IN_ADDRESS.sub(value, url)


def origin_of(url: str) -> str:
    """What a policy for frames names: scheme, host and port."""
    found = urlsplit(url)
    return f"{found.scheme}://{found.netloc.rpartition('@')[2]}" if found.netloc else ""
