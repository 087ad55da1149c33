"""Files as people send them: their layout is found from the first rows."""

import pytest

from appliance.core.lists.layout import Layout, find_layout, find_separator
from appliance.core.lists.rows import Candidate, Ground, RowReader


def uses(layout: Layout) -> list[str]:
    return [each.use for each in layout.columns]


@pytest.mark.parametrize(
    ("heading", "use"),
    [
        ("Phone", "mobile"), ("Teléfono", "mobile"), ("Celular", "mobile"), ("Work phone", "work"), ("Casa", "home"),
        ("Tel trabajo", "work"), ("Teléfono de casa", "home"), ("Tel. móvil", "mobile"),
        ("Fax", "other"), ("Alt phones", "numbers"), ("First name", "name"), ("Nombre", "name"), ("Empresa", "company"),
        ("E-mail", "email"), ("Correo", "email"), ("Notas", "notes"), ("Customer id", "key"), ("DNI", "key"),
        ("Prioridad", "priority"), ("Agent", "owner"), ("Time zone", "zone"), ("Debt", "field"), ("", ""),
    ],
)  # fmt: skip
def test_a_heading_says_what_its_column_is(heading: str, use: str) -> None:
    rows = [[heading, "Mobile"], ["1", "987654321"]]
    assert uses(find_layout(rows, "utf-8-sig", ","))[0] == use


def test_a_column_that_stands_there_twice_is_a_field() -> None:
    rows = [["Phone", "Priority", "Rank", "Name", "Surname"], ["987654321", "1", "2", "Ana", "Ruiz"]]
    assert uses(find_layout(rows, "utf-8-sig", ",")) == ["mobile", "priority", "field", "name", "name"]


@pytest.mark.parametrize("names", [["Nombre", "Cliente"], ["Cliente", "Nombre"]])
def test_a_customer_is_no_name_beside_a_name(names: list[str]) -> None:
    found = find_layout([["Teléfono", *names], ["987654321", "a", "b"]], "utf-8-sig", ",")
    assert {each.name: each.use for each in found.columns} == {
        "Teléfono": "mobile",
        "Nombre": "name",
        "Cliente": "field",
    }


def test_issabel_has_no_header_and_the_number_first() -> None:
    found = find_layout([["987654321", "Ana", "Lima"], ["987654322", "Bo", "Cusco"]], "utf-8-sig", ",")
    assert not found.has_header
    assert [(each.name, each.use) for each in found.columns] == [("1", "mobile"), ("2", "field"), ("3", "field")]


def test_issabel_with_a_header_names_its_fields() -> None:
    found = find_layout([["Numero", "Cliente", "Deuda"], ["987654321", "Ana", "10"]], "utf-8-sig", ",")
    assert found.has_header
    assert uses(found) == ["mobile", "name", "field"]


UCONTACT = "sales;987654321;name=Ana:debt=10;014445555:987000111;1;ana"


@pytest.mark.parametrize("line", [UCONTACT, UCONTACT.rpartition(";")[0], "sales;987654321;;;;"])
def test_ucontact_is_known_by_its_cells(line: str) -> None:
    assert find_layout([line.split(";")] * 3, "utf-8-sig", ";").shape == "ucontact"


@pytest.mark.parametrize(
    "line", [UCONTACT + ";more", "sales;987654321;Ana;;1", "sales;x;name=Ana;;1", "sales;987654321;name=Ana;x;1"]
)
def test_what_only_resembles_ucontact_is_a_table(line: str) -> None:
    assert find_layout([line.split(";")] * 3, "utf-8-sig", ";").shape == "table"


SEVERAL = [
    "987654321:987654322", "987654321;987654322", "987654321, 987654322", "987654321/987654322", "987654321 987654322",
     "+51 987 654 321 +51 987 654 322", "987654321 | 987654322",
]  # fmt: skip


@pytest.mark.parametrize("cell", SEVERAL)
@pytest.mark.parametrize(("heading", "name"), [("Phones", "Name"), ("Telefono", "Nombre"), ("", "")])
def test_a_cell_may_hold_several_numbers(cell: str, heading: str, name: str) -> None:
    body = [[cell, "Ana"], ["987654323", "Bo"]]
    found = find_layout([[heading, name], *body] if heading else body, "utf-8-sig", ",")
    assert (found.has_header, uses(found)) == (bool(heading), ["numbers", "name" if heading else "field"])
    read = RowReader(found, Ground("PE")).read(1, body[0])
    assert isinstance(read, Candidate)
    assert [number for _kind, number in read.numbers] == ["+51987654321", "+51987654322"]


@pytest.mark.parametrize("cell", ["987 654 321", "(01) 444-5555", "01 4445555", "+51 987654321"])
def test_blanks_within_a_number_do_not_make_two(cell: str) -> None:
    assert uses(find_layout([["Phone", "Name"], [cell, "Ana"]], "utf-8-sig", ",")) == ["mobile", "name"]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_the_one_that_agrees(separator: str) -> None:
    lines = [separator.join(cells) for cells in (["Phone", "Name"], ["1", "Ruiz"], ["2", "Paz"])]
    assert find_separator("\n".join(lines)) == separator


def test_commas_within_names_do_not_mislead() -> None:
    assert find_separator('phone;name\n1;"Ruiz, Ana"\n2;"Paz, Bo, Jr"\n3;Zoe') == ";"
