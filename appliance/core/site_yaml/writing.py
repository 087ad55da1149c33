"""A site to YAML for people: in the order of the schemas, without what is as it is by default."""

from collections.abc import Mapping
from typing import Any

import yaml

from appliance.core.secret_fields import secret_fields
from appliance.core.site import SECTIONS, Site


class _Dumper(yaml.SafeDumper):
    """Indents lists below their name, and writes text of several lines as such."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


def _represent_list(dumper: yaml.SafeDumper, items: list[Any]) -> yaml.SequenceNode:
    words = all(isinstance(item, str) for item in items)  # days, codecs: on one line
    return dumper.represent_sequence("tag:yaml.org,2002:seq", items, flow_style=words)


_Dumper.add_representer(str, _represent_text)
_Dumper.add_representer(list, _represent_list)


def render_site(site: Site, *, with_secrets: bool = True, sounds: Mapping[str, str] | None = None) -> str:
    """`sounds` gives the `file:` to write instead of an upload's SHA-256."""
    values = {section: _section(site, section, with_secrets, sounds or {}) for section in SECTIONS}
    return "\n".join(_dump({section: content}) for section, content in values.items() if content) or "{}\n"


def _dump(values: dict[str, Any]) -> str:
    text: str = yaml.dump(values, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=110)
    return text


def _section(site: Site, section: str, with_secrets: bool, sounds: Mapping[str, str]) -> dict[str, Any]:
    hidden = set() if with_secrets else set(secret_fields(SECTIONS[section]))
    found = {}
    for key, entity in site.section(section).items():
        fields = entity.model_dump(exclude_defaults=True, exclude={"key", *hidden})
        for audio in (*fields.get("audio", {}).values(), *fields.get("tracks", [])):
            if audio.get("upload") in sounds:
                audio["file"] = sounds[audio.pop("upload")]
        found[key] = fields
    return found
