"""Files become lists: bad rows are told and stop nothing, doubles and numbers that are never called stay out."""

import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select

from appliance.adapters.contact_files import Reading, read_rejects, read_rows
from appliance.adapters.reader_process import answers
from appliance.adapters.workbooks import workbook_rows
from appliance.core.lists.layout import find_layout
from appliance.core.problems import Invalid
from appliance.core.site import Site
from appliance.services.clock import now
from appliance.services.entities import replace_site
from appliance.services.imports.files import rejects_path
from appliance.services.imports.intake import keep_file
from appliance.services.imports.job import forget_strays
from appliance.services.imports.reading import look_at
from appliance.services.imports.worker import bring_in
from appliance.store.db import Database
from appliance.store.lists.imports import Import, insert_import, load_import, load_paths
from appliance.store.tables.contacts import ContactNumberRow, ContactRow
from appliance.store.tables.dialing import DoNotCallRow, ListContactRow
from tests.sites import a_site
from tests.workbooks import number_cell, shared_cell, text_cell, write_workbook

MESSY = """Phone,Name,Work phone,City,Customer id,Agent
987654321,Ana Ruiz,01 444 5555,Lima,A-1,
,Nobody,,,A-2,
"987 654 322","Bo ""the"" Paz",,"Cusco
Peru",A-3,Ana López

12,Too short,,,A-4,
987654321,Ana again,,,A-5,
987000009,Never,,,A-6,
987654324,"Open quote,,,A-7,
987654325,=1+1,,@x,A-8,
"""


async def a_list(database: Database, **changes: Any) -> Site:
    site = a_site()
    key, found = next(iter(site.lists.items()))
    site = site.model_copy(update={"lists": {key: found.model_copy(update=changes)}})
    async with database.transaction() as tx:
        await replace_site(tx, site, by="test", summary="test")
    return site


async def imported(database: Database, path: Path, **options: Any) -> Import:
    """Brought in by what the worker process does."""
    found = await look_at(path)
    layout = find_layout(found.rows, found.encoding, found.separator)
    async with database.transaction() as tx:
        import_id = await insert_import(
            tx,
            list=next(iter(a_site().lists)),
            file_name=path.name,
            path=path.name,
            state="running",
            options={"layout": layout.model_dump(), "is_plain": found.is_plain, **options},
            created_at=now(),
            created_by="test",
        )
    await bring_in(database, path.parent, import_id)
    async with database.reading() as tx:
        done = await load_import(tx, import_id)
    assert done is not None
    return done


async def names(database: Database) -> list[str]:
    async with database.reading() as tx:
        query = select(ContactRow.name).join(ListContactRow, ListContactRow.contact_id == ContactRow.contact_id)
        return list((await tx.execute(query.order_by(ContactRow.contact_id))).scalars())


async def test_bad_rows_stop_nothing(database: Database, tmp_path: Path) -> None:
    await a_list(database, country="PE", once_by="number", once_in="list")
    async with database.transaction() as tx:
        await tx.execute(insert(DoNotCallRow), [{"number": "+51987000009", "source": "console", "created_at": now()}])
    path = tmp_path / "messy.csv"
    path.write_text(MESSY, "utf-8")
    done = await imported(database, path)
    assert (done.state, done.added, done.doubles, done.rejected, done.never) == ("done", 3, 1, 3, 1), done.error
    assert done.done_bytes == path.stat().st_size
    assert await names(database) == ["Ana Ruiz", 'Bo "the" Paz', "=1+1"]
    rejects = list(read_rejects(rejects_path(tmp_path, done), done.rejects_bytes))
    assert [(row[0], row[4]) for row in rejects if len(row) > 4] == [
        ("3", "Nobody"), ("6", "Too short"), ("7", "Ana again"), ("8", "Never"),
    ]  # fmt: skip
    assert rejects[2][1:3] == ["{value} is there already", "+51987654321"]
    assert rejects[-1][:2] == ["9", "a quotation mark is never closed"]
    async with database.reading() as tx:
        numbers = await tx.execute(
            select(ContactNumberRow.kind, ContactNumberRow.number).order_by(
                ContactNumberRow.contact_id, ContactNumberRow.position
            )
        )
        assert [tuple(row) for row in numbers][:3] == [
            ("mobile", "+51987654321"), ("work", "+5114445555"), ("mobile", "+51987654322"),
        ]  # fmt: skip
        member = (await tx.execute(select(ListContactRow).order_by(ListContactRow.contact_id))).scalars().all()[1]
        card = await tx.get_one(ContactRow, member.contact_id)
    assert (member.state, member.own_key, member.zone, member.priority) == ("fresh", "A-3", "America/Lima", 100)
    assert member.owner in a_site().agents
    assert card.fields == {"City": "Cusco Peru"}


async def test_the_same_file_again_adds_nobody(database: Database, tmp_path: Path) -> None:
    await a_list(database, country="PE", once_by="number", once_in="system")
    path = tmp_path / "some.csv"
    path.write_text("".join(f"98765{number:04},Ana {number}\n" for number in range(3000)))
    first, second = await imported(database, path), await imported(database, path)
    assert (first.added, first.doubles) == (3000, 0)
    assert (second.added, second.doubles) == (0, 3000)
    left_out = list(read_rejects(rejects_path(tmp_path, second), second.rejects_bytes))
    assert [row[0] for row in left_out] == [str(number) for number in range(1, 3001)]


async def test_doubles_by_a_key_of_their_own(database: Database, tmp_path: Path) -> None:
    await a_list(database, country="PE", once_by="key", once_days=1)
    path = tmp_path / "keys.csv"
    path.write_text("phone,id\n987654321,A\n987654321,B\n987654322,A\n987654323,\n987654324,\n")
    assert ((done := await imported(database, path)).added, done.doubles) == (4, 1)
    assert ((done := await imported(database, path)).added, done.doubles) == (2, 3)


async def test_doubles_from_a_time_without_a_country(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "some.csv"
    path.write_text("phone\n987000001\n51987000002\n987000003\n")
    await a_list(database, country="", once_by="number")
    assert (await imported(database, path)).added == 3
    async with database.transaction() as tx:
        await tx.execute(insert(DoNotCallRow), [{"number": "987000004", "source": "console", "created_at": now()}])
    await a_list(database, country="PE", once_by="number")
    path.write_text("phone\n+51987000001\n+51987000002\n00 51 987 000 003\n+51987000004\n+51987000005\n")
    done = await imported(database, path)
    assert (done.added, done.doubles, done.never) == (1, 3, 1)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "cp850"])
async def test_encodings(database: Database, tmp_path: Path, encoding: str) -> None:
    await a_list(database, country="PE")
    path = tmp_path / "names.csv"
    path.write_bytes("teléfono;nombre\r\n987654321;José Núñez\r\n987654322;Zoë\r\n".encode(encoding))
    done = await imported(database, path)
    assert (done.state, done.added, done.rejected) == ("done", 2, 0), done.error
    assert await names(database) == ["José Núñez", "Zoë"]


async def test_a_workbook(database: Database, tmp_path: Path) -> None:
    await a_list(database, country="PE")
    path = tmp_path / "book.xlsx"
    rows = [
        shared_cell("A1", 0) + shared_cell("B1", 1) + text_cell("D1", "Born"),
        number_cell("A2", "987654321") + shared_cell("B2", 2) + number_cell("D2", "32874", style=1),
        number_cell("A3", "9.87654322E8") + text_cell("B3", "Bo & Co") + '<c r="D3" t="e"><v>#N/A</v></c>',
        "",
        '<c r="A5" t="str"><f>B5</f><v>+51987654323</v></c>' + number_cell("D5", "32874.5", style=1),
    ]
    shared = [
        "<t>Phone</t>",
        "<t>Na</t><rPh><t>x</t></rPh>".replace("Na", "Name"),
        "<r><t>Ana </t></r><r><t>Ruiz</t></r>",
    ]
    write_workbook(path, rows, shared)
    assert list(workbook_rows(path)) == [
        ["Phone", "Name", "", "Born"],
        ["987654321", "Ana Ruiz", "", "1990-01-01"],
        ["987654322", "Bo & Co", "", ""],
        ["+51987654323", "", "", "1990-01-01 12:00:00"],
    ]
    done = await imported(database, path)
    assert (done.state, done.added, done.rejected) == ("done", 3, 0), done.error
    assert await names(database) == ["Ana Ruiz", "Bo & Co", "+51987654323"]


async def test_what_is_no_workbook_is_told(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(b"PK\x03\x04 and nothing else")
    with pytest.raises(ValueError, match="no workbook"):
        await look_at(path)


def _burst(path: Path) -> None:
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/bomb.xml", b"0" * (30 << 20))


def _damage(path: Path) -> None:
    """The text that cells share no longer unpacks."""
    with zipfile.ZipFile(path) as archive:
        at = archive.getinfo("xl/sharedStrings.xml").header_offset
    content = bytearray(path.read_bytes())
    content[at + 60 : at + 80] = b"\xff" * 20
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("shared", "harm", "told"),
    [
        (["<t>a</t>"], _burst, "too large"),
        (["<t>abcdefghijklmnopqrstuvwxyz0123456789</t>"], _damage, "no workbook"),
        ([f"<t>{'xy' * (1 << 20)}</t>"], lambda _path: None, "a cell is too long"),
        ([f"<t hint='{'xy' * (1 << 20)}'>a</t>"], lambda _path: None, "a part of it is too long"),
    ],
)
async def test_a_workbook_that_means_harm_leaves_nothing(
    tmp_path: Path, shared: list[str], harm: Callable[[Path], None], told: str
) -> None:
    path, folder = tmp_path / "book.xlsx", tmp_path / "kept"
    write_workbook(path, [number_cell("A1", "987654321"), shared_cell("A2", 0)], shared)
    harm(path)
    with path.open("rb") as file, pytest.raises(Invalid) as refused:
        await keep_file(folder, file)
    assert told in str(refused.value.problems[0].context["reason"])
    assert list(folder.iterdir()) == []


async def test_a_sheet_wider_than_any_costs_no_more(tmp_path: Path) -> None:
    path = tmp_path / "wide.xlsx"
    cells = text_cell("A1", "987654321") + "<c t='str'><v>x</v></c>" * 200_000 + text_cell("XFD1", "far")
    write_workbook(path, [cells], ["<t>a</t>"])
    assert (await look_at(path)).rows == [["987654321", *["x"] * 99]]


async def test_a_reader_has_limits(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="more memory"):
        await anext(answers("tests.readers", {"work": "fill"}))
    with pytest.raises(ValueError, match="takes longer"):
        await anext(answers("tests.readers", {"work": "spin"}))
    with pytest.raises(ValueError, match="larger"):
        await anext(answers("tests.readers", {"work": "write", "path": str(tmp_path / "out")}))
    with pytest.raises(OSError, match="died"):
        await anext(answers("tests.readers", {"work": "die"}))


async def test_a_file_of_which_no_import_knows_is_not_kept(database: Database, tmp_path: Path) -> None:
    async with database.transaction() as tx:
        values = {"list": "winter", "file_name": "a.csv", "state": "done", "options": {}, "created_at": now()}
        await insert_import(tx, path="known", **values)
        known = await load_paths(tx)
    folder = tmp_path / "imports"
    folder.mkdir()
    long_ago = now().timestamp() - 90_000
    for name in ("known", "known.rejects", "stray", "stray.rows", "new"):
        (folder / name).write_text("987654321")
        if name != "new":
            os.utime(folder / name, (long_ago, long_ago))
    forget_strays(folder, known, long_ago + 1)
    assert {each.name for each in folder.iterdir()} == {"known", "known.rejects", "new"}


async def test_a_line_that_never_ends_costs_one_row(database: Database, tmp_path: Path) -> None:
    await a_list(database)
    path = tmp_path / "long.csv"
    path.write_bytes(b'Phone,Name\n987654321,Ana\n987654322,"' + b"x" * (9 << 20) + b"\n987654323,Bo\n")
    done = await imported(database, path)
    assert (done.state, done.added, done.rejected) == ("done", 2, 1), done.error
    [reject] = read_rejects(rejects_path(tmp_path, done), done.rejects_bytes)
    assert reject[0] == "3"
    assert len(reject[3]) < 131_072, "so much a cell may have where it is read again"


def test_rows_are_read_from_any_place(tmp_path: Path) -> None:
    path = tmp_path / "messy.csv"
    path.write_text(MESSY, "utf-8")
    usual = Reading("utf-8-sig", ",", width=6)
    rows = list(read_rows(path, usual))
    for index, row in enumerate(rows):
        assert list(read_rows(path, usual._replace(start=row.end, number=row.number))) == rows[index + 1 :]
