"""A field's value as one line of text in the reader's language: what a list is searched, sorted and filtered by."""

from typing import Any

from appliance.core.site import Site
from appliance.web.forms.choices import choice_title
from appliance.web.forms.schema import FieldSchema
from appliance.web.language import _
from appliance.web.targets import reference_of, target_of


def shown_text(field: FieldSchema, value: Any, site: Site) -> str:
    """As `cell` in parts.html draws it."""
    if field.kind == "check":
        return _("Yes") if value else _("No")
    if field.kind in ("languages", "order", "days"):
        return ", ".join(value)
    if isinstance(value, (list, dict)):
        return str(len(value))
    return _one(field, value, site) if value not in ("", None) else ""


def _one(field: FieldSchema, value: Any, site: Site) -> str:
    match field.kind:
        case "destination":
            return target_of(site, value).title
        case "reference":
            return reference_of(site, field.section, value).title
        case "select" | "radio":
            return choice_title(value, field.name)
        case _:
            return str(value)
