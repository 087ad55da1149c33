"""What a change of the configuration made different, field by field, as its form calls them."""

from dataclasses import dataclass
from typing import Any

from appliance.core.site import SECTIONS
from appliance.store.tables.configuration import AuditRow
from appliance.web.console.exports import stored_text
from appliance.web.language import _

MOST_LETTERS = 200  # of a value


@dataclass(frozen=True)
class Difference:
    """A field that is not as it was."""

    title: str
    before: str
    after: str


def differences_of(row: AuditRow) -> list[Difference]:
    before, after = row.before or {}, row.after or {}
    names = [name for name in {**before, **after} if name != "key" and before.get(name) != after.get(name)]
    found = [Difference(_title(row.section, name), _cut(before.get(name)), _cut(after.get(name))) for name in names]
    return [each for each in found if each.before or each.after]


def _title(section: str, name: str) -> str:
    """As the form calls it; what is in no form has the name that it is stored by."""
    field = SECTIONS[section].model_fields.get(name) if section in SECTIONS else None
    return _(field.title) if field is not None and field.title else name


def _cut(value: Any) -> str:
    text = " · ".join(map(stored_text, value)) if isinstance(value, list) else stored_text(value)
    return text if len(text) <= MOST_LETTERS else f"{text[:MOST_LETTERS]} …"
