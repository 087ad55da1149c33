"""`appliance import freepbx` on files as FreePBX, IssabelPBX and Issabel's batch of extensions write them."""

import asyncio
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from appliance.__main__ import main
from appliance.core.site import Site
from appliance.services.clock import now
from appliance.services.entities import replace_site
from appliance.store.configuration import load_status
from appliance.store.db import Database
from appliance.store.site import load_site
from appliance.store.uploads import Upload, save_upload
from tests.sites import a_site

FILES = Path(__file__).parent / "freepbx"
FREEPBX, ISSABEL = FILES / "freepbx", FILES / "issabel"
SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@dataclass(frozen=True)
class Said:
    status: int
    out: list[str]
    err: str


Command = Callable[..., Said]


@pytest.fixture
def command(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Command:
    for name in [name for name in os.environ if name.startswith("APPLIANCE_") and "ASTERISK" not in name]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("APPLIANCE_CONFIG", str(tmp_path / "appliance.yml"))
    monkeypatch.setenv("APPLIANCE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("APPLIANCE_DATABASE_URL", database_url)

    def run(*words: object) -> Said:
        status = main(["import", "freepbx", *map(str, words)])
        captured = capfd.readouterr()
        assert "Traceback" not in captured.err
        return Said(status, captured.out.splitlines(), captured.err)

    return run


def stored(url: str, *, put: Site | None = None) -> tuple[Site, int]:
    """What is in the database, and the number of the wanted configuration; `put` is stored before."""

    async def read() -> tuple[Site, int]:
        database = Database(url)
        async with database.transaction() as tx:
            if put is not None:
                await save_upload(tx, Upload("0" * 64, "air.wav", b""), now())  # the usual site plays it
                await replace_site(tx, put, by="test", summary="test")
            found = await load_site(tx), (await load_status(tx, "local")).wanted
        await database.close()
        return found

    return asyncio.run(read())


def test_a_site_of_freepbx(command: Command, database_url: str) -> None:
    said = command(FREEPBX)
    assert (said.status, said.err) == (0, "")
    site, wanted = stored(database_url)
    assert wanted == 1
    assert list(site.extensions) == ["1001", "1002", "1003", "1004"]
    ana = site.extensions["1001"]
    assert (ana.name, ana.secret, ana.voicemail, ana.voicemail_pin) == (
        "Ana López",
        "a35fe7f7fe8217b4369a",
        True,
        "4711",
    )
    assert (ana.voicemail_email, ana.caller_id, ana.pickup_group) == ("ana@example.com", "5550100", "sales")
    assert site.extensions["1002"].unanswered_destination == "voicemail:1001"
    assert len(site.extensions["1002"].secret) == 20  # a new one, for theirs could be guessed
    queue = site.queues["400"]
    assert [(m.agent, m.penalty) for m in queue.members] == [("ana-lopez", 0), ("luis-perez", 1), ("mesa-de-ayuda", 9)]
    assert (queue.strategy, queue.ring_s, queue.max_wait_s, queue.recording) == ("rrmemory", 15, 120, True)
    assert (queue.timeout_destination, queue.missed_limit) == ("voicemail:1001", 1)
    assert (site.queues["401"].max_wait_s, site.queues["401"].announce_position) == (0, False)
    assert {key: route.destination for key, route in site.inbound_routes.items() if route.destination != "hangup"} == {
        "5550100": "queue:400",
        "5550101": "extension:1001",
        "5550102": "voicemail:1001",
        "5550105": "group:600",
        "5550106": "conference:8000",
        "55502XX": "extension:1003",
    }
    assert [member.extension for member in site.ring_groups["600"].members] == ["1001", "1004"]
    assert (site.conferences["8000"].number, site.conferences["8000"].pin) == ("8000", "4321")
    assert list(site.blacklist) == ["5550666"]


@SQLITE
def test_the_report_names_file_row_column_and_reason(command: Command) -> None:
    out = command(FREEPBX).out
    assert "+ queues.400  (queues_config.csv, row 2)" in out
    for line in (
        "- trunks.csv: this table is not known here; its columns are trunkid, tech, channelid, name, outcid",
        "- empty.csv: the file is empty",
        "- extensions.csv, row 6, tech: only SIP phones can be used here",
        "- extensions.csv, row 8: '1001' was taken from extensions.csv, row 2, already",
        "~ extensions.csv, row 4, name: is 'Mesa de [ayuda]' here, without what may not stand in a name",
        "- extensions.csv, row 4, findmefollow_enabled: has no counterpart here",
        "~ dids.csv, row 11, destination: custom-app,s,1 has no counterpart here; the call ends",
        "- dids.csv, row 14, cidnum: a route for certain callers: add them to the route of the number",
        "- queues_details.csv, row 19, data: Agent/77,0 is no extension here",
        "- queues_details.csv, row 26, id: queue 499 is in no table with its name; export queues_config too",
    ):
        assert line in out
    assert out[-2].startswith("Taken (+): 4 extensions, 2 ring_groups, 1 conferences, 11 inbound_routes, ")
    assert out[-1] == "Imported; the running daemon applies it."
    assert not any(secret in "\n".join(out) for secret in ("terces", "a35fe7f7", "4711", "4321", "99887"))


@SQLITE
def test_a_site_of_issabel_in_latin_1_with_semicolons_and_tabs(command: Command, database_url: str) -> None:
    said = command(ISSABEL)
    assert (said.status, said.err) == (0, "")
    site, _wanted = stored(database_url)
    assert {key: phone.name for key, phone in site.extensions.items()} == {
        "201": "Señora Ñandú",
        "202": "José",
        "203": "José",
    }
    assert {key: agent.extension for key, agent in site.agents.items()} == {
        "agent-203": "203",
        "jose": "202",
        "senora-nandu": "201",
    }
    assert [(m.agent, m.penalty) for m in site.queues["500"].members] == [
        ("senora-nandu", 0),
        ("jose", 1),
        ("agent-203", 2),
    ]
    assert {key: (route.name, route.destination) for key, route in site.inbound_routes.items()} == {
        "6110000": ("Número principal", "queue:500"),
        "6110001": ("José", "extension:202"),  # of the column Direct DID
        "6110002": ("Fax", "hangup"),
    }
    assert "- extensions.csv, row 5, tech: only SIP phones can be used here" in said.out
    assert "- bulkdids.csv, row 5, action: this row is to delete something" in said.out


def test_a_second_time_nothing_differs(command: Command, database_url: str) -> None:
    command(FREEPBX)
    before = stored(database_url)
    assert command(FREEPBX).out[-1] == "Nothing differs."
    assert stored(database_url) == before
    assert command(FREEPBX, "--replace").out[-1] == "Nothing differs."
    assert stored(database_url) == before


@SQLITE
def test_a_dry_run_says_the_same_and_stores_nothing(command: Command, database_url: str) -> None:
    tried = command(FREEPBX, "--dry-run")
    assert (tried.status, stored(database_url)) == (0, (Site(), 0))
    assert tried.out[-1] == "Nothing was changed: this was a dry run."
    assert command(FREEPBX).out[:-1] == tried.out[:-1]


@SQLITE
def test_what_is_here_stays_and_yields_only_to_replace(command: Command, database_url: str) -> None:
    before, _wanted = stored(database_url, put=a_site())
    assert "- extensions.csv, row 2, 8: '1001' exists here already and stays as it is" in command(FREEPBX).out
    kept, _wanted = stored(database_url)
    assert kept.extensions["1001"] == before.extensions["1001"]
    assert kept.queues["sales"] == before.queues["sales"]
    assert kept.queues["400"].members[0].agent == "ana"  # who works at 1001 already
    command(FREEPBX, "--replace")
    replaced, _wanted = stored(database_url)
    assert replaced.extensions["1001"].secret == "a35fe7f7fe8217b4369a"
    assert replaced.extensions["1002"].secret == before.extensions["1002"].secret  # theirs could be guessed
    assert replaced.queues["sales"] == before.queues["sales"]


@SQLITE
def test_what_others_here_need_is_not_taken_from_them(command: Command, database_url: str, tmp_path: Path) -> None:
    """All or nothing: a route here leads to the voicemail that the file switches off."""
    before = stored(database_url, put=a_site())
    (tmp_path / "phones.csv").write_text("extension,name,tech,voicemail\n1001,Eva,sip,novm\n1003,New,sip,novm\n")
    for words in ((), ("--dry-run",)):
        said = command(tmp_path, "--replace", *words)
        assert (said.status, said.out) == (1, [])
        assert said.err.startswith("appliance: nothing was changed.\n")
        assert "extension 1001 has no voicemail" in said.err
    assert stored(database_url) == before


@SQLITE
def test_a_folder_with_nothing_in_it(command: Command, tmp_path: Path) -> None:
    assert (
        command(tmp_path / "none").err == f"appliance: {tmp_path / 'none'} cannot be read: No such file or directory\n"
    )
    shutil.copy(FREEPBX / "empty.csv", tmp_path)
    said = command(tmp_path)
    assert (said.status, said.out) == (1, [])
    assert said.err == f"appliance: There is no CSV file to take in {tmp_path}.\nempty.csv: the file is empty\n"


HOSTILE = """extension,name,tech,secret,noanswer_dest,voicemail_email,ringtimer
1001,"x
exten => s,1,System(id)",pjsip,"a35fe7f7fe
[evil]","ext-local,vmu1001) & System(id,1","a@b
c",1e3
1002,${SHELL(id)},pjsip,${SHELL(id)}12345,"ext-queues,400,1
exten => x","'); DROP TABLE extensions; --",-1
"1003
[x]",x,pjsip,a35fe7f7fe8217,,,
"""


@SQLITE
def test_hostile_cells_do_no_harm(command: Command, database_url: str, tmp_path: Path) -> None:
    (tmp_path / "phones.csv").write_text(HOSTILE)
    (tmp_path / "\u202egnp.csv").write_bytes(b"\x00\xff\xfe,;\n\x00,\x00")
    assert command(tmp_path).status == 0
    site, _wanted = stored(database_url)
    assert {key: phone.name for key, phone in site.extensions.items()} == {
        "1001": "x exten => s,1,System(id)",
        "1002": "{SHELL(id)}",
    }
    for phone in site.extensions.values():
        assert len(phone.secret) == 20
        assert (phone.unanswered_destination, phone.voicemail_email, phone.ring_s) == ("hangup", "", 25)
