"""Logs do not fill the disk, and no journal goes before all of it is in the database."""

import os
import time
from pathlib import Path

from appliance.services.history import History
from appliance.services.housekeeping import FULL_BYTES, KEEP_DAYS, Housekeeping
from appliance.services.hub import Hub
from appliance.store.db import Database
from tests.journal_node import a_node, append, cel_file

LINE = b'"CHAN_START","1795298701.682283","5551234","","1","c","PJSIP/t-00000000","","","l-1.0","l-1.0","",""\n'


def age(path: Path, days: int) -> None:
    then = time.time() - days * 86400
    os.utime(path, (then, then))


async def test_a_full_journal_is_set_aside_and_read_to_its_end(database: Database, tmp_path: Path) -> None:
    node = a_node(tmp_path)
    append(cel_file(tmp_path), LINE)
    os.truncate(cel_file(tmp_path), FULL_BYTES + 1)
    await Housekeeping(node, database).tidy()
    assert not cel_file(tmp_path).exists()
    (archive,) = cel_file(tmp_path).parent.iterdir()
    assert archive.name.startswith("cel.csv.2")
    await Housekeeping(node, database).tidy()
    assert archive.exists()


async def test_an_old_archive_goes_once_it_is_read(database: Database, tmp_path: Path) -> None:
    node = a_node(tmp_path)
    old, young = (cel_file(tmp_path).with_name(f"cel.csv.{n}") for n in (1, 2))
    for path in (old, young, cel_file(tmp_path)):
        append(path, LINE.replace(b"l-1.0", path.name.encode()))
    age(old, KEEP_DAYS + 1)
    age(young, KEEP_DAYS - 1)
    housekeeping = Housekeeping(node, database)
    await housekeeping.tidy()
    assert old.exists()  # nobody has read it yet
    await History(node, database, Hub()).catch_up()
    await housekeeping.tidy()
    assert not old.exists()
    assert young.exists()


async def test_without_asterisk_its_open_logs_wait(database: Database, tmp_path: Path) -> None:
    node = a_node(tmp_path)
    log = Path(node.facts.log, "messages.log")
    log.touch()
    os.truncate(log, FULL_BYTES + 1)
    await Housekeeping(node, database).tidy()
    assert log.stat().st_size == FULL_BYTES + 1
