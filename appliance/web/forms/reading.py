"""From what a browser sends to values for a schema and back; rows of a list are `members.0.agent`."""

from collections.abc import Mapping
from typing import Any

from multidict import MultiMapping
from pydantic import BaseModel

from appliance.core.entities.fields import EXTERNAL, Entity
from appliance.core.secret_fields import MASK, hidden_fields, secret_fields
from appliance.web.forms.schema import FieldSchema, fields_of
from appliance.web.numbers import whole_number

Values = dict[str, Any]
ROW_KEY = "_key"  # the language of a row


def read_form(model: type[BaseModel], post: MultiMapping[Any], prefix: str = "") -> Values:
    """As typed: texts, lists of texts, lists of rows. Nothing is judged here."""
    return {field.name: _read(field, post, prefix + field.name) for field in fields_of(model)}


def _read(field: FieldSchema, post: MultiMapping[Any], name: str) -> Any:
    match field.kind:
        case "check":
            return name in post
        case "days":
            return [str(value) for value in post.getall(name, [])]
        case "order":
            return list(dict.fromkeys(str(value) for value in post.getall(name, []) if value))
        case "rows" | "languages":
            return _read_rows(field, post, name)
        case _:
            return _read_text(post, name)


def _read_text(post: MultiMapping[Any], name: str) -> str:
    text = str(post.get(name, "")).replace("\r\n", "\n").strip()
    # The number of an outside destination has a box of its own.
    return f"{text}{str(post.get(f'{name}.number', '')).strip()}" if text == f"{EXTERNAL}:" else text


def _read_rows(field: FieldSchema, post: MultiMapping[Any], name: str) -> list[Values]:
    assert field.inner is not None  # noqa: S101 - rows have a schema
    indexes = {part[len(name) + 1 :].partition(".")[0] for part in post if part.startswith(name + ".")}
    rows = []
    for index in sorted(number for each in indexes if (number := whole_number(each)) is not None)[:2000]:
        row = read_form(field.inner, post, f"{name}.{index}.")
        if field.kind == "languages":
            row[ROW_KEY] = str(post.get(f"{name}.{index}.{ROW_KEY}", ""))
        row["_index"] = index
        rows.append(row)
    return rows


def without_empty_rows(model: type[BaseModel], values: Values) -> Values:
    """A row of which nothing was filled in was only offered; it is no mistake."""
    kept = dict(values)
    for field in fields_of(model):
        if field.kind == "rows" and field.inner is not None:
            asked = [inner.name for inner in fields_of(field.inner) if inner.is_required]
            kept[field.name] = [row for row in values[field.name] if any(row[name] for name in asked)]
    return kept


def to_schema(model: type[BaseModel], values: Values) -> Values:
    """The values as the schema takes them; an empty number or choice becomes the field's default."""
    ready: Values = {}
    for field in fields_of(model):
        value = values[field.name]
        if field.kind == "rows" and field.inner is not None:
            ready[field.name] = [to_schema(field.inner, row) for row in value]
        elif field.kind == "languages" and field.inner is not None:
            ready[field.name] = {row[ROW_KEY]: to_schema(field.inner, row) for row in value}
        elif value == "" and field.kind in ("number", "select", "radio", "zone", "destination") and not _must(field):
            continue
        else:
            ready[field.name] = value
    return ready


def _must(field: FieldSchema) -> bool:
    return field.is_required and field.default is None


def doubled_languages(model: type[BaseModel], values: Values) -> list[tuple[str, int]]:
    """Rows whose language stands above already: (field, index)."""
    found = []
    for field in fields_of(model):
        if field.kind == "languages":
            keys = [row[ROW_KEY] for row in values[field.name]]
            found += [(field.name, index) for index, key in enumerate(keys) if key in keys[:index]]
    return found


def from_entity(entity: Entity, *, shows_private: bool = True) -> Values:
    """What the form of an existing entity shows; its secrets stay here."""
    values = _from_dump(type(entity), entity.model_dump(mode="json"))
    if not shows_private:
        values.update({name: MASK for name in hidden_fields(type(entity)) if values[name]})
    values.update(dict.fromkeys(secret_fields(type(entity)), ""))
    return values


def removed_secrets(model: type[Entity], post: MultiMapping[Any]) -> list[str]:
    """Whose box "remove it" is ticked; a new one that was typed beside it counts more."""
    return [name for name in secret_fields(model) if f"{name}.remove" in post and not _read_text(post, name)]


def _from_dump(model: type[BaseModel], dump: Mapping[str, Any]) -> Values:
    values = dict(dump)
    for field in fields_of(model):
        if field.kind == "rows" and field.inner is not None:
            values[field.name] = [_from_dump(field.inner, row) for row in dump[field.name]]
        elif field.kind == "languages":
            values[field.name] = [{**audio, ROW_KEY: language} for language, audio in dump[field.name].items()]
    return values


def empty_values(model: type[BaseModel]) -> Values:
    """What the form of a new entity shows: the defaults, and one row where at least one is needed."""
    return {field.name: _empty(field) for field in fields_of(model)}


def _empty(field: FieldSchema) -> Any:
    if field.kind in ("rows", "languages"):
        return [empty_row(field)] if field.is_required else []
    if field.kind in ("days", "order"):
        return list(field.default or [])
    return field.default if field.default is not None else ""


def empty_row(field: FieldSchema) -> Values:
    assert field.inner is not None  # noqa: S101 - rows have a schema
    row = empty_values(field.inner)
    if field.kind == "languages":
        row[ROW_KEY] = "en"
    return row


def change_rows(model: type[BaseModel], values: Values, action: str, target: str) -> Values:
    """What the buttons at a list do: `add members`, `remove members.2`, `up members.2`, `down members.2`."""
    name, _, number = target.partition(".")
    field = next((f for f in fields_of(model) if f.name == name and f.kind in ("rows", "languages")), None)
    if field is None:
        return values
    rows: list[Values] = list(values[name])
    if action == "add":
        return {**values, name: [*rows, _next_row(field, rows)]}
    index = whole_number(number)
    if index is None or index >= len(rows):
        return values
    row = rows.pop(index)
    if action in ("up", "down"):
        rows.insert(max(0, index - 1) if action == "up" else index + 1, row)
    return {**values, name: rows}


def _next_row(field: FieldSchema, rows: list[Values]) -> Values:
    row = empty_row(field)
    used = {each.get(ROW_KEY) for each in rows}
    if ROW_KEY in row and row[ROW_KEY] in used:
        row[ROW_KEY] = next((language for language in ("es", "pt", "fr", "de", "it") if language not in used), "en")
    return row
