"""Which module of Asterisk owns which file, and which of its log lines say that a reload went wrong."""

import difflib
import re
from collections.abc import Iterable, Mapping

# In the order of reloading: what others refer to comes first, the dialplan last.
OWNERS: dict[str, tuple[str, ...]] = {
    "pjsip.conf": (
        "res_pjsip.so",
        "res_pjsip_endpoint_identifier_ip.so",
        "res_pjsip_outbound_registration.so",
    ),
    "musiconhold.conf": ("res_musiconhold.so",),
    "voicemail.conf": ("app_voicemail.so",),
    "queues.conf": ("app_queue.so",),
    "amd.conf": ("app_amd.so",),
    "rtp.conf": ("res_rtp_asterisk.so",),
    "cel.conf": ("cel",),
    "cel_custom.conf": ("cel_custom.so",),
    "features.conf": ("features",),
    "confbridge.conf": ("app_confbridge.so",),
    "res_parking.conf": ("res_parking.so",),
    "extensions.conf": ("pbx_config.so",),
}

CONTEXT = 2  # lines shown around a change
LONGEST_DIFF = 2000  # lines: nobody reads more, and a first import of a large site has tens of thousands

_LINE = re.compile(
    r"^\[[^\]]*\] (?:WARNING|ERROR)\[\d+\](?P<call>\[C-[0-9a-f]+\])? (?P<source>[\w/.-]+\.c): (?P<text>.*)"
)
# Sources that speak while files are read; other parts may complain at any time for reasons of their own.
_READERS = re.compile(
    r"^(pbx_config|pbx|config|format_cap|config_options|sorcery|res_sorcery_config|app_queue|res_musiconhold|app_voicemail|"
    r"app_confbridge|confbridge/conf_config_parser|res_parking|parking/\w+|cel|cel_custom|cdrel_custom/.*|res_cdrel_custom|features_config|loader|acl|res_rtp_asterisk|"
    r"res_pjsip(_endpoint_identifier_ip|_outbound_registration)?|"
    r"(res_pjsip/)?(pjsip_configuration|config_\w+|location|pjsip_options|pjsip_global_headers))\.c$"
)
# What the same sources say of a far end that is down, at any time: no fault of the file.
_FAR_END = re.compile(r"registration attempt|^Endpoint '.*': Could not create dialog|^Error \d+ '.*' sending ")
_SECRET = re.compile(
    r"^(\s*(?:password|secret|md5_cred|password_digest|match_header|AGI_SECRET|PIN_[a-z0-9-]+)\s*=>?\s*)\S.*$"
)
_MAILBOX = re.compile(r"^(\d+ => )[0-9-]+(,.*)$")


def owners_of(files: Iterable[str]) -> list[str]:
    """The modules to reload when these files changed; files that nobody can reload have none."""
    changed = set(files)
    return [module for file, modules in OWNERS.items() if file in changed for module in modules]


def only_at_start(files: Iterable[str]) -> list[str]:
    """Files that Asterisk reads only when it starts."""
    return sorted(set(files) - OWNERS.keys())


def complaints(log_text: str) -> list[str]:
    """Asterisk's own words about the files it has just read, without the lines of calls in progress."""
    found = []
    for line in log_text.splitlines():
        match = _LINE.match(line)
        if match and not match["call"] and _READERS.match(match["source"]) and not _FAR_END.search(match["text"]):
            found.append(match["text"].strip())
    return list(dict.fromkeys(found))


def difference(before: Mapping[str, str], after: Mapping[str, str]) -> str:
    """A unified diff of the files by name, with passwords and PINs covered."""
    lines: list[str] = []
    for name in sorted(before.keys() | after.keys()):
        lines += _difference_of(name, before.get(name, ""), after.get(name, ""))
    more = [f"@@ and {len(lines) - LONGEST_DIFF} more lines @@"] if len(lines) > LONGEST_DIFF else []
    return "\n".join([*lines[:LONGEST_DIFF], *more])


def _difference_of(name: str, before: str, after: str) -> list[str]:
    old, new = before.splitlines(), after.splitlines()
    first = _alike(old, new)
    last = _alike(reversed(old[first:]), reversed(new[first:]))
    start = max(first - CONTEXT, 0)
    # Only what lies between is compared: difflib takes most of a second for the dialplan of a large site.
    old, new = (_covered_lines(each[start : max(len(each) - last + CONTEXT, 0)]) for each in (old, new))
    found = list(difflib.unified_diff(old, new, name, name, lineterm="", n=CONTEXT))
    if not found and before != after:
        return [f"--- {name}", f"+++ {name}", "@@ a password or PIN @@"]
    return [_moved(line, start) for line in found]


def _alike(some: Iterable[str], others: Iterable[str]) -> int:
    """How many lines are the same from the first on."""
    count = 0
    for one, other in zip(some, others, strict=False):
        if one != other:
            break
        count += 1
    return count


def _moved(line: str, by: int) -> str:
    """Line numbers of a place (`@@ -80,4 +80,4 @@`) counted from the file's beginning."""
    if not by or not line.startswith("@@ "):
        return line
    return re.sub(r"(?<=[-+])\d+", lambda found: str(int(found[0]) + by), line)


def covered(text: str) -> str:
    return "\n".join(_covered_lines(text.splitlines()))


def _covered_lines(lines: Iterable[str]) -> list[str]:
    return [_MAILBOX.sub(r"\1****\2", _SECRET.sub(r"\1****", line)) for line in lines]
