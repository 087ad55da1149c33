"""How a file of contacts is laid out: found from its first rows, changed by people, kept for files like it."""

import re
from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from appliance.core.contacts import PersonLine
from appliance.core.entities.fields import Part
from appliance.core.search import plain
from appliance.core.words import N_

Encoding = Literal["utf-8-sig", "utf-16", "cp1252", "cp850"]
Shape = Literal["table", "ucontact"]
Country = Annotated[str, StringConstraints(pattern=r"^([A-Z]{2})?$")]
Use = Literal[
    "", "name", "company", "email", "notes", "mobile", "work", "home", "other", "numbers", "key", "priority",
    "owner", "zone", "field",
]  # fmt: skip
ENCODINGS: dict[str, str] = {"utf-8-sig": "UTF-8", "utf-16": "UTF-16", "cp1252": "Windows-1252", "cp850": "DOS (850)"}
SEPARATORS: dict[str, str] = {",": N_("comma"), ";": N_("semicolon"), "\t": N_("tab"), "|": N_("vertical bar")}
SHAPES: dict[str, str] = {"table": N_("a table"), "ucontact": N_("a list of uContact")}
USES: dict[str, str] = {
    "": N_("Nothing"),
    "name": N_("Name"),
    "company": N_("Company"),
    "email": N_("E-mail"),
    "notes": N_("Notes"),
    "mobile": N_("Number: mobile"),
    "work": N_("Number: work"),
    "home": N_("Number: home"),
    "other": N_("Number: other"),
    "numbers": N_("Several numbers"),
    "key": N_("Key of its own"),
    "priority": N_("Priority"),
    "owner": N_("Agent who owns it"),
    "zone": N_("Time zone"),
    "field": N_("Further field"),
}
NUMBER_USES = frozenset({"mobile", "work", "home", "other", "numbers"})
ONCE = frozenset({"company", "email", "key", "priority", "owner", "zone"})
MOST_COLUMNS, SAMPLE = 100, 20
VAGUE_NAMES = frozenset({"cliente", "customer", "contact"})  # a key or a name: a name where nothing else is one
# Within a cell; a blank between two digits parts numbers only where there is a whole one on either side.
SEVERAL = re.compile(r"[:;,|/]| {2,}| (?=\+)|(?<=[0-9]{7}) (?=[0-9]{7})")
_UCONTACT = ("campaign", "phone", "data", "numbers", "priority", "agent")
# What people call their columns, in small letters without accents; the first that fits.
_HEADINGS: tuple[tuple[str, Use], ...] = (
    (r"(.* )?(mobile|cell|movil|celular|gsm|whatsapp).*", "mobile"),
    (r"(.* )?(work|office|business|oficina|trabajo)( .*)?", "work"),
    (r"(((tel|telefono|phone|numero)( de)? )?(home|house|casa|domicilio))( (phone|tel|telefono|number))?", "home"),
    (r"(phones|numbers|alt.*phones?|telefonos|numeros|other numbers)", "numbers"),
    (r"(phone|tel|number|numero|msisdn|ani|phone.?number|telefono)( ?[0-9])?", "mobile"),
    (r"(tel|phone|fono|fax).*", "other"),
    (r"((full|first|last|given|family|sur)? ?name|nombres?|apellidos?|cliente|customer|contact|razon social)", "name"),
    (r"(company|empresa|organi[sz]ation|compania)", "company"),
    (r"(e.?mail|correo).*", "email"),
    (r"(notes?|comments?|notas?|comentarios?|observacion(es)?)", "notes"),
    (r"(key|id|external.?id|customer.?id|codigo|client.?id|vendor.?lead.?code|cedula.*|dni|ruc)", "key"),
    (r"(priority|prioridad|rank)", "priority"),
    (r"(agent|owner|agente|asesor|dueno)", "owner"),
    (r"(time.?zone|zone|zona( horaria)?|tz)", "zone"),
)


class ColumnUse(Part):
    name: Annotated[PersonLine, Field(max_length=60)] = ""
    use: Use = ""


class Layout(Part):
    encoding: Encoding = "utf-8-sig"
    separator: Literal[",", ";", "\t", "|"] = ","
    shape: Shape = "table"
    has_header: bool = True
    country: Country = ""  # of its numbers without a country code; empty: the list's
    columns: Annotated[list[ColumnUse], Field(default=[], max_length=MOST_COLUMNS)]

    def looks_like(self, other: "Layout") -> bool:
        """Whether what was chosen for one fits the other."""
        names = [[column.name.casefold() for column in each.columns] for each in (self, other)]
        return self.shape == other.shape and self.has_header == other.has_header and names[0] == names[1]


def find_separator(text: str) -> str:
    """The one that cuts most of the first lines into the same number of cells."""
    lines = [line for line in text.splitlines() if line.strip()][:SAMPLE]
    return max(SEPARATORS, key=lambda each: _agreement([line.count(each) for line in lines]))


def _agreement(counts: list[int]) -> tuple[int, int]:
    if not counts:
        return 0, 0
    usual = max(set(counts), key=counts.count)
    return (counts.count(usual) if usual else 0), usual


def find_layout(rows: Sequence[Sequence[str]], encoding: Encoding, separator: str) -> Layout:
    """What the first rows look like."""
    values = {"encoding": encoding, "separator": separator}
    if is_ucontact(rows, separator):
        fixed = [ColumnUse(name=name) for name in _UCONTACT[: len(rows[0])]]
        return Layout.model_validate({**values, "shape": "ucontact", "has_header": _has_header(rows), "columns": fixed})
    has_header = _has_header(rows)
    width = min(MOST_COLUMNS, max((len(row) for row in rows), default=0))
    first = list(rows[0]) if rows and has_header else []
    names = [_heading(first, index) for index in range(width)]
    columns = _uses(names, rows[1:] if has_header else rows, has_header=has_header)
    return Layout.model_validate({**values, "has_header": has_header, "columns": columns})


def is_ucontact(rows: Sequence[Sequence[str]], separator: str) -> bool:
    """campaign;phone;var1=a:var2=b;alt1:alt2;priority;agent, where the last one may be missing."""
    written = [row for row in rows if any(row)]
    body = written[1:] if _has_header(written) else written
    return bool(body) and separator == ";" and all(len(row) in (5, 6) and _is_ucontact(row) for row in body)


def _is_ucontact(row: Sequence[str]) -> bool:
    numbers = [each for each in row[3].split(":") if each]
    is_data = not row[2] or "=" in row[2]
    return is_data and _is_number(row[1]) and all(map(_is_number, numbers)) and (not row[4] or row[4].isdigit())


def _numbers_in(cell: str) -> int:
    """How many numbers a cell holds; none where anything else stands there too."""
    parts = [part for each in SEVERAL.split(cell) if (part := each.strip())]
    return len(parts) if all(map(_is_number, parts)) else 0


def _has_header(rows: Sequence[Sequence[str]]) -> bool:
    """A first row without any telephone number, above rows that have some."""
    return bool(rows) and not any(map(_numbers_in, rows[0])) and any(map(_numbers_in, (c for r in rows[1:] for c in r)))


def _is_number(cell: str) -> bool:
    return len(re.sub(r"\D", "", cell)) >= 6 and not re.search(r"[^\d\s()+\-./']", cell)


def _heading(cells: Sequence[str], index: int) -> str:
    text = " ".join(cells[index].split())[:60] if index < len(cells) else ""
    return re.sub(r"[\x00-\x1f\x7f\u0085\u2028\u2029]", "", text)


def _uses(names: list[str], rows: Sequence[Sequence[str]], *, has_header: bool) -> list[ColumnUse]:
    """A heading says what its column is; without any, the first column of numbers is the number, as Issabel has it."""
    found: list[ColumnUse] = []
    for index, name in enumerate(names):
        use = _use_of(plain(name)) if name else ""
        if not has_header and not any(each.use in NUMBER_USES for each in found) and _are_numbers(rows, index):
            use = "mobile"
        if use in NUMBER_USES and any(_numbers_in(row[index]) > 1 for row in rows if index < len(row)):
            use = "numbers"
        is_taken = use in ONCE and any(each.use == use for each in found)
        if (use == "" and (name or not has_header)) or is_taken:
            use = "field"
        found.append(ColumnUse(name=name or str(index + 1), use=use))
    return _with_a_number(_without_vague_names(found), rows)


def _without_vague_names(columns: list[ColumnUse]) -> list[ColumnUse]:
    vague = [each.use == "name" and plain(each.name) in VAGUE_NAMES for each in columns]
    has_name = any(each.use == "name" and not is_vague for each, is_vague in zip(columns, vague, strict=True))
    uses: list[Use] = [
        "field" if is_vague and has_name else each.use for each, is_vague in zip(columns, vague, strict=True)
    ]
    return [each.model_copy(update={"use": use}) for each, use in zip(columns, uses, strict=True)]


def _use_of(heading: str) -> Use:
    heading = re.sub(r"[_\-.]+", " ", heading).strip()
    return next((use for pattern, use in _HEADINGS if re.fullmatch(pattern, heading)), "")


def _are_numbers(rows: Sequence[Sequence[str]], index: int) -> bool:
    cells = [row[index] for row in rows if index < len(row) and row[index].strip()]
    return bool(cells) and sum(_numbers_in(cell) > 0 for cell in cells) * 2 > len(cells)


def _with_a_number(columns: list[ColumnUse], rows: Sequence[Sequence[str]]) -> list[ColumnUse]:
    if any(each.use in NUMBER_USES for each in columns):
        return columns
    first = next((i for i, each in enumerate(columns) if each.use == "field" and _are_numbers(rows, i)), None)
    return [c.model_copy(update={"use": "mobile"}) if i == first else c for i, c in enumerate(columns)]
