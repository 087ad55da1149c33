"""Where calls go: FreePBX's `context,extension,priority` to our `kind:key`, or to the end of the call with a reason."""

import re
from typing import NamedTuple

from appliance.core.entities.fields import DESTINATION_SECTIONS, HANGUP
from appliance.core.freepbx.draft import Draft, OpenDestination
from appliance.core.site import SECTIONS, Site
from appliance.core.words import N_


class Form(NamedTuple):
    pattern: str  # its group is the number
    kinds: tuple[str, ...]  # the first of them that has this number


_FORMS = (
    Form(r"ext-queues,(\d+),.*", ("queue",)),
    Form(r"ext-group,(\d+),.*", ("group",)),
    Form(r"ext-meetme,(\d+),.*", ("conference",)),
    Form(r"from-did-direct,(\d+),.*", ("extension",)),
    Form(r"ext-local,vm[a-z](\d+),.*", ("voicemail",)),
    Form(r"ext-local,(\d+),.*", ("extension",)),
    Form(r"ext-findmefollow,(?:FM)?(\d+),.*", ("extension",)),
    Form(r"from-internal,(\d+),.*", ("extension", "queue", "group", "conference")),
)
_ENDS_CALL = r"app-blackhole,hangup,.*"
_CANNOT = (
    (r"app-blackhole,.*", N_("{text}: the call ends here without a tone")),
    (r"(timeconditions|app-daynight),.*", N_("{text} depends on the time: make a schedule; until then the call ends")),
    (r"ivr-.*", N_("{text} is a menu, which no export holds: make it anew; until then the call ends")),
    (r"app-announcement.*", N_("{text} is an announcement, which no export holds; the call ends")),
)
_MISSING = N_("{text} is neither in these files nor here; the call ends")
_UNKNOWN = N_("{text} has no counterpart here; the call ends")
_FOLLOW_ME = N_("{text} becomes the extension alone; its follow-me list is not taken")


def read_destination(text: str) -> tuple[tuple[str, ...], str]:
    """The kinds that it may be, and its number; no kinds where we have nothing like it."""
    for form in _FORMS:
        found = re.fullmatch(form.pattern, text, re.IGNORECASE | re.ASCII)
        if found:
            return form.kinds, found[1]
    return (), ""


def settle(draft: Draft) -> None:
    """Every open destination becomes one of ours; what cannot is told, and the call ends there."""
    for each in draft.open:
        section, key, field = each.place
        entity = draft.site.section(section)[key]
        if field in SECTIONS[section].model_fields:
            found = _settled(draft, each)
            draft.site = draft.site.replaced(section, key, entity.model_copy(update={field: found}))


def _settled(draft: Draft, each: OpenDestination) -> str:
    kinds, number = read_destination(each.text)
    for kind in kinds:
        if _is_there(draft.site, kind, number):
            if each.text.startswith("ext-findmefollow"):
                draft.say(each.row, each.column, "changed", _FOLLOW_ME, text=each.text)
            return f"{kind}:{number}"
    if not re.fullmatch(_ENDS_CALL, each.text):
        draft.say(each.row, each.column, "changed", _MISSING if kinds else _reason(each.text), text=each.text)
    return HANGUP


def _is_there(site: Site, kind: str, number: str) -> bool:
    section = DESTINATION_SECTIONS.get(kind, "")
    if section not in SECTIONS or number not in site.section(section):
        return False
    return kind != "voicemail" or site.extensions[number].voicemail


def _reason(text: str) -> str:
    return next((message for pattern, message in _CANNOT if re.fullmatch(pattern, text)), _UNKNOWN)
