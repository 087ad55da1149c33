"""What a revision changed, told in the reader's language; it is stored in the words of the audit trail."""

import re

from appliance.core.site import SECTIONS
from appliance.core.words import N_
from appliance.web.language import _

_ACTIONS = {
    "create": N_("{kind} '{key}' made"),
    "change": N_("{kind} '{key}' changed"),
    "remove": N_("{kind} '{key}' deleted"),
}
_MORE = re.compile(r"^\+([0-9]+)$")
_RESTORE = re.compile(r"^restore revision ([0-9]+)$")
_IMPORT = re.compile(r"^import (.+)$")


def told_summary(summary: str) -> str:
    """Words that are none of these stay as they are."""
    return "; ".join(_told(each) for each in summary.split("; ")) if summary else ""


def _told(text: str) -> str:
    action, _space, place = text.partition(" ")
    section, _space, key = place.partition(" ")
    if action in _ACTIONS and section in SECTIONS:
        return _(_ACTIONS[action], kind=_(SECTIONS[section].SINGULAR), key=key)
    if found := _RESTORE.fullmatch(text):
        return _("Revision {n} put back", n=found[1])
    if found := _IMPORT.fullmatch(text):
        return _("Imported from {name}", name=found[1])
    if found := _MORE.fullmatch(text):
        return _("and {n} more", n=found[1])
    return text
