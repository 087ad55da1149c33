"""What the schemas refuse, in the words of this house: the same sentence for the form, the API and YAML."""

from collections.abc import Mapping
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from appliance.core.entities.fields import AT, TEMPLATE
from appliance.core.words import N_

# By the kind of pydantic's finding; its own English is shown only where a kind is not here.
_INSTANT = N_("must be an instant with its zone, such as 2026-03-01T12:00:00Z")
SENTENCES = {
    "missing": N_("must be given"),
    "extra_forbidden": N_("is not known here; allowed are {allowed}"),
    "string_type": N_("must be text"),
    "string_unicode": N_("holds characters that are no text"),
    "string_too_long": N_("must have at most {max_length} characters"),
    "string_too_short": N_("must be given"),
    "int_type": N_("must be a whole number"),
    "int_parsing": N_("must be a whole number"),
    "int_parsing_size": N_("must be a whole number"),
    "int_from_float": N_("must be a whole number"),
    "greater_than_equal": N_("must be {ge} or more"),
    "less_than_equal": N_("must be {le} or less"),
    "bool_type": N_("must be true or false"),
    "bool_parsing": N_("must be true or false"),
    "literal_error": N_("must be one of {expected}"),
    "datetime_type": _INSTANT,
    "datetime_parsing": _INSTANT,
    "datetime_from_date_parsing": _INSTANT,
    "datetime_object_invalid": _INSTANT,
    "timezone_aware": _INSTANT,
    "list_type": N_("must be a list"),
    "dict_type": N_("must hold values by name"),
    "model_type": N_("must hold values by name"),
    "model_attributes_type": N_("must hold values by name"),
    "too_short": N_("needs at least {min_length}"),
    "too_long": N_("may have at most {max_length}"),
}
# By the pattern that a text does not have.
FORMS = {
    r"^[a-z]{2}(_[A-Z]{2})?$": N_("must be a language such as en, es or pt_BR"),
    r"^([0-9]{4,10})?$": N_("must be 4 to 10 digits"),
    r"^([a-z]{2}(_[A-Z]{2})?)?$": N_("must be a language such as en, es or pt_BR"),
    r"^([0-9a-f]{64})?$": N_("must be the SHA-256 of an uploaded file"),
    r"^[0-9a-f]{64}$": N_("must be the SHA-256 of an uploaded file"),
    r"^([A-Z]{2})?$": N_("must be a country of two capital letters, such as PE"),
    r"^(\*[0-9]{1,4}\*?)?$": N_("must be a * and 1 to 4 digits, such as *97; with another * where a number follows"),
    r"^([A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+)?$": N_("must be an e-mail address"),
    r"^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+$": N_("must be an e-mail address"),
    r"^(https?://[^\s\"<>\\{}]+)?$": N_("must be an address such as https://crm.example/customers"),
    r"^\+?([0-9*][0-9*#]*)?$": N_("must be digits, with or without a leading +; * and # may follow"),
    r"^[a-z][a-z0-9_]{0,29}$": N_("must begin with a small letter; then small letters, digits and _, 30 at most"),
    r"^(\+?[0-9]*)$": N_("must be digits, with or without a leading +"),
    r"^[0-9XZN]{0,20}$": N_("must be digits, X, Z or N"),
    r"^https?://[^\s\"<>\\]+$": N_("must be an address such as https://crm.example/customers"),
    r"^https?://[^\s\"<>\\/?#{}]+([/?#][^\s\"<>\\]*)?$": N_("must be an address such as https://crm.example/customers"),
    r"^[A-Za-z0-9_.-]{1,40}$": N_("may have letters, digits, hyphen, dot and _, 40 at most"),
    r"^[A-Za-z0-9_.]{0,60}$": N_("may have letters, digits, dot and _"),
    r"^$|^[A-Za-z0-9-]+: [A-Za-z0-9._-]+$": N_("must be a header and its value, such as 'X-Trunk: main'"),
}


def sentence(item: ErrorDetails, schema: type[BaseModel] | None) -> tuple[str, dict[str, Any]]:
    """The English template of a finding, and what fills it."""
    context = dict(item.get("ctx", {}))
    kind = _kind(item["type"], context)
    if item["loc"] == ("key",) and item.get("input") == "":  # which form it must have is of no interest yet
        return SENTENCES["missing"], {}
    if TEMPLATE in context:  # from our own validators, see fields.problem
        return context.pop(TEMPLATE), context
    if kind == "string_pattern_mismatch":
        return FORMS.get(context["pattern"], N_("does not have the right form: {pattern}")), context
    if kind == "extra_forbidden":
        allowed = _allowed_at(schema, item["loc"]) if schema is not None else []
        return SENTENCES[kind], {"allowed": ", ".join(allowed)}
    if kind == "literal_error":
        return SENTENCES[kind], {"expected": context["expected"].replace("'", "").replace(" or ", ", ")}
    return (SENTENCES[kind], context) if kind in SENTENCES else ("{message}", {"message": item["msg"]})


def _kind(kind: str, context: Mapping[str, Any]) -> str:
    """A text that is measured after a validator of ours is found too short as if it were a list."""
    if context.get("field_type") not in (None, "List", "Dictionary", "Tuple"):
        return {"too_short": "string_too_short", "too_long": "string_too_long"}.get(kind, kind)
    return kind


def place_of(item: ErrorDetails) -> tuple[int | str, ...]:
    """Where a finding stands."""
    at = item.get("ctx", {}).get(AT)
    return (*plain_path(item["loc"]), *((str(at),) if at else ()))


def plain_path(loc: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """Without the mark that pydantic appends where the name itself, not its value, is wrong."""
    return tuple(part for part in loc if part != "[key]")


def _allowed_at(schema: type[BaseModel], loc: tuple[int | str, ...]) -> list[str]:
    """The fields of the value that holds the unknown one at `loc`; the key is not among them: it never changes."""
    kind: Any = schema
    for part in loc[:-1]:
        kind = _inside(kind, part)
    fields: Mapping[str, Any] = getattr(kind, "model_fields", {})
    return [name for name in fields if name != "key"]


def _inside(kind: Any, part: int | str) -> Any:
    if get_origin(kind) in (list, dict):
        return get_args(kind)[-1]
    fields: Mapping[str, Any] = getattr(kind, "model_fields", {})
    return fields[str(part)].annotation if part in fields else None
