"""kill -9 in the middle of an import, again and again: nobody is lost or there twice, no reject is told twice."""

import asyncio
import os
import signal
from pathlib import Path

from sqlalchemy import func, select

from appliance.adapters.contact_files import read_rejects
from appliance.core.lists.layout import find_layout
from appliance.services.clock import now
from appliance.services.entities import replace_site
from appliance.services.imports.files import rejects_path
from appliance.services.imports.job import Imports
from appliance.store.db import Database
from appliance.store.lists.imports import Import, insert_import, load_import
from appliance.store.tables.contacts import ContactNumberRow, ContactRow
from appliance.store.tables.dialing import ListContactRow
from tests.sites import a_site
from tests.waiting import eventually

ROWS, KILLS, PATIENCE_S = 12_000, 3, 120


def row(number: int) -> list[str]:
    return [f"9{number:08}" if number % 7 else "none", f"Person {number}", "x" * 40]


async def begin(database: Database, folder: Path) -> int:
    folder.mkdir()
    lines = [",".join(["Phone", "Name", "Note"]), *(",".join(row(number)) for number in range(ROWS))]
    (folder / "people").write_text("\n".join(lines) + "\n")
    layout = find_layout([lines[0].split(","), row(1)], "utf-8-sig", ",")
    async with database.transaction() as tx:
        site = a_site()
        key, found = next(iter(site.lists.items()))
        lists = {key: found.model_copy(update={"once_by": "none", "country": "PE"})}
        await replace_site(tx, site.model_copy(update={"lists": lists}), by="test", summary="test")
    async with database.transaction() as tx:
        options = {"layout": layout.model_dump(), "is_plain": True}
        return await insert_import(
            tx, list=key, file_name="people", path="people", state="waiting", options=options, created_at=now()
        )


async def test_a_killed_import_goes_on_where_it_stood(database: Database, tmp_path: Path) -> None:
    folder = tmp_path / "imports"
    import_id = await begin(database, folder)
    imports = Imports(database, folder, look_s=0.1, again_s=0.01)

    async def load() -> Import:
        async with database.reading() as tx:
            found = await load_import(tx, import_id)
        assert found is not None
        return found

    running = asyncio.create_task(imports.run())
    for _ in range(KILLS):
        before = (await load()).done_rows

        async def is_further(before: int = before) -> bool:
            return (await load()).done_rows > before

        await eventually(is_further, PATIENCE_S)
        if imports.worker.pid is not None:
            os.kill(imports.worker.pid, signal.SIGKILL)

    async def has_ended() -> Import | None:
        found = await load()
        return found if found.state != "running" else None

    done: Import = await eventually(has_ended, PATIENCE_S)
    running.cancel()
    await asyncio.wait({running})
    bad = [number for number in range(ROWS) if not number % 7]
    assert (done.state, done.added, done.rejected) == ("done", ROWS - len(bad), len(bad)), done.error
    async with database.reading() as tx:
        for table, column in (
            (ContactRow, ContactRow.name),
            (ContactNumberRow, ContactNumberRow.number),
            (ListContactRow, ListContactRow.contact_id),
        ):
            query = select(func.count(), func.count(column.distinct())).select_from(table)
            assert tuple((await tx.execute(query)).one()) == (ROWS - len(bad), ROWS - len(bad)), table
    rejects = list(read_rejects(rejects_path(folder, done), done.rejects_bytes))
    assert [each[0] for each in rejects] == [str(number + 2) for number in bad]


async def test_a_daemon_that_ends_takes_its_worker_along(database: Database, tmp_path: Path) -> None:
    import_id = await begin(database, tmp_path / "imports")
    imports = Imports(database, tmp_path / "imports", look_s=0.1)
    running = asyncio.create_task(imports.run())

    async def started() -> int | None:
        return imports.worker.pid

    pid: int = await eventually(started, PATIENCE_S)
    running.cancel()
    await asyncio.wait({running})
    assert not Path(f"/proc/{pid}").exists()
    async with database.reading() as tx:
        found = await load_import(tx, import_id)
    assert found is not None
    assert found.state == "running"  # the next daemon goes on
