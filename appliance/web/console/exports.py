"""Lists as CSV files for a spreadsheet: what is filtered, every field but the secrets, nothing that is a formula."""

import csv
import io
from collections.abc import Iterable
from typing import Any

from aiohttp import web
from pydantic import BaseModel

from appliance.core.csv_rows import harmless
from appliance.core.site import SECTIONS
from appliance.web.console.columns import Row
from appliance.web.forms.schema import fields_of
from appliance.web.language import _


def render_csv(section: str, rows: Iterable[Row]) -> str:
    fields = [field for field in fields_of(SECTIONS[section]) if not field.shown.is_hidden]
    text = io.StringIO()
    sheet = csv.writer(text)
    sheet.writerow([_(field.title) for field in fields])
    for _key, entity in rows:
        sheet.writerow([harmless(stored_text(getattr(entity, field.name))) for field in fields])
    return text.getvalue()


def csv_answer(name: str, text: str) -> web.Response:
    """With a mark at its beginning, by which spreadsheets know that it is UTF-8."""
    return web.Response(body=text.encode("utf-8-sig"), headers=csv_headers(name))


def csv_headers(name: str) -> dict[str, str]:
    disposition = f'attachment; filename="{name}.csv"'
    return {"Content-Type": "text/csv; charset=utf-8", "Content-Disposition": disposition}


def stored_text(value: Any) -> str:
    """Keys and words as they are stored: the same in every language."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case BaseModel():
            inner = [each.name for each in fields_of(type(value)) if not each.shown.is_hidden]
            return " ".join(filter(None, (stored_text(getattr(value, name)) for name in inner)))
        case dict():
            return "; ".join(f"{name}: {stored_text(each)}" for name, each in value.items())
        case list() | tuple():
            return ("; " if any(isinstance(each, BaseModel) for each in value) else " ").join(map(stored_text, value))
        case _:
            return str(value)
