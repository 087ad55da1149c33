"""What may be written into an Asterisk file: filters refuse, or plainly rewrite, what could become configuration."""

import re
import unicodedata
from collections.abc import Iterable
from urllib.parse import quote

from appliance.core.entities.callers import BlockedNumber, VipNumber
from appliance.core.entities.fields import DIRECTORY, EXTERNAL, HANGUP, split_destination
from appliance.core.entities.inbound import CallerRule
from appliance.core.entities.inputs import Input

_UNSAFE = re.compile(r"[\x00-\x1f\x7f;]|\$[{\[]|^[#\[]")
_UNSAFE_ARG = re.compile(r"[,()|&\"\\]")
_NAME = re.compile(r"[a-z0-9](-?[a-z0-9])*")
_NUMBER = re.compile(r"\+?[0-9]+")
_PATTERN = re.compile(r"\+?[0-9XZN]+\*?")
_VARIABLE = re.compile(r"[a-z][a-z0-9_]*")
_MASK = {"X": "[0-9]", "Z": "[1-9]", "N": "[2-9]"}
_DIALLED = re.compile(r"\+?[0-9*#]*")
_CODE = re.compile(r"\*[0-9]{1,4}\*?")
_NOT_TITLE = re.compile(r'["\\<>,|]')

# Where a destination leads in the dialplan.
_TARGETS = {
    "queue": "Goto(queue-{},s,1)",
    "menu": "Goto(menu-{},s,1)",
    "campaign": "Goto(campaign-{},s,1)",
    "prompt": "Goto(prompt-{},s,1)",
    "extension": "Goto(extensions,{},1)",
    "voicemail": "Goto(voicemail,{},1)",
    "callback": "Goto(callback-{},s,1)",
    "external": "Goto(external,{},1)",
    "announcement": "Goto(announcement-{},s,1)",
    "branch": "Goto(branch-{},s,1)",
    "input": "Goto(input-{},s,1)",
    "lookup": "Goto(lookup-{},s,1)",
    "survey": "Goto(survey-{},s,1)",
    "group": "Goto(group-{},s,1)",
    "conference": "Goto(conference-{},s,1)",
    "agent": "Goto(agent-seat,{},1)",
}


class UnsafeValue(ValueError):
    """A value that could become something else than a value; the message names it."""

    def __init__(self, value: str, place: str) -> None:
        super().__init__(f"{value!r} cannot be written to an Asterisk file as {place}")


def conf(value: object) -> str:
    """Used by every placeholder: a queue's name must never become dialplan."""
    text = str(value)  # an undefined one raises here
    if value is None or _UNSAFE.search(text):
        raise UnsafeValue(text, "text")
    return text


def name(value: object) -> str:
    """A section's or context's name, or a part of it."""
    text = str(value)
    if not _NAME.fullmatch(text):
        raise UnsafeValue(text, "a name")
    return text


def number(value: object) -> str:
    """A telephone number that stands for itself: never a pattern."""
    text = str(value)
    if not _NUMBER.fullmatch(text):
        raise UnsafeValue(text, "a number")
    return text


def arg(value: object) -> str:
    """One argument inside the brackets of an application."""
    text = conf(value)
    if _UNSAFE_ARG.search(text):
        raise UnsafeValue(text, "an argument")
    return text


def title(value: object) -> str:
    """A name for people. Signs with a meaning in caller ids and mailboxes are left out, so that any title will do."""
    return " ".join(_NOT_TITLE.sub(" ", conf(value)).split()).lstrip("#[ ")  # which may stand first only now


def spelled(value: object) -> str:
    """A name in the letters that a telephone's keys have."""
    plain = unicodedata.normalize("NFKD", title(value)).encode("ascii", "ignore").decode()
    return " ".join(re.sub(r"[^A-Za-z0-9 ]", " ", plain).split())


def code(value: object) -> str:
    """What a phone dials for a service: it stands for itself, never for a pattern."""
    text = str(value)
    if not _CODE.fullmatch(text):
        raise UnsafeValue(text, "a feature code")
    return text


def uri_user(value: object) -> str:
    """The user part of a SIP address."""
    return quote(conf(value), safe="!*'+")


def host(value: object) -> str:
    """A host in a SIP address: IPv6 stands in brackets."""
    text = arg(value)
    return f"[{text}]" if ":" in text else text


def blocked(entry: BlockedNumber | VipNumber) -> str:
    """The extension that matches the callers of a list's entry, whose number arrives as digits only."""
    return caller(entry.key)


def caller(value: object) -> str:
    """The extension that matches a caller's digits; a * at the end leaves the rest open."""
    text = str(value)
    digits = number(text.removesuffix("*")).removeprefix("+")
    return f"_{digits}!" if text.endswith("*") else digits


Known = BlockedNumber | VipNumber | CallerRule


def each_caller(entries: Iterable[Known]) -> list[Known]:
    """The first entry for each caller: with and without a plus is the same one."""
    found: dict[str, Known] = {}
    for entry in entries:
        found.setdefault(caller(entry.caller if isinstance(entry, CallerRule) else entry.key), entry)
    return list(found.values())


def did(value: object) -> str:
    """A number of ours as it is written in the site: digits, X for any, * at the end. Never an extension."""
    text = str(value)
    if not _PATTERN.fullmatch(text):
        raise UnsafeValue(text, "a number")
    return text


def pattern(value: object) -> str:
    """A number in which X stands for any digit and a * at its end for any further ones, as Asterisk writes it."""
    text = str(value)
    if not _PATTERN.fullmatch(text):
        raise UnsafeValue(text, "a pattern")
    body = text.replace("*", "!")
    return body if _NUMBER.fullmatch(body) else f"_{body}"


def variable(value: object) -> str:
    """A name under which something is kept with a call."""
    text = str(value)
    if not _VARIABLE.fullmatch(text):
        raise UnsafeValue(text, "a variable's name")
    return text


def digits(asked: Input) -> str:
    """The regular expression of what a caller may type."""
    if asked.mask:
        shape = "".join(_MASK.get(letter) or number(letter) for letter in asked.mask)
    else:
        shape = f"[0-9]{{{asked.min_digits:d},{asked.max_digits:d}}}"
    return f"^{shape}$"


def dialled(value: object) -> str:
    """What is put before a number that is sent to a trunk."""
    text = str(value)
    if not _DIALLED.fullmatch(text):
        raise UnsafeValue(text, "digits to dial")
    return text


def go(destination: str) -> str:
    """The application that sends a call to its destination."""
    if destination == HANGUP:
        return "Hangup(16)"
    if destination == DIRECTORY:
        return "Goto(directory,s,1)"
    kind, key = split_destination(destination)
    if kind not in _TARGETS:
        raise UnsafeValue(destination, "a destination")
    return _TARGETS[kind].format(number(key) if kind == EXTERNAL else name(key))
