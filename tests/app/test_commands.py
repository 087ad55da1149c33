"""The command `appliance`: what it prints, its exit status, and that a mistake is told in words."""

import asyncio
import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from appliance.__main__ import main
from appliance.core.site import Site
from appliance.core.site_yaml import render_site
from appliance.services.clock import now
from appliance.services.entities import replace_site
from appliance.services.tokens import find_token_person
from appliance.services.users.attempts import Origin
from appliance.services.users.signing_in import sign_in
from appliance.store.configuration import NodeStatus, insert_revision, load_status, save_status
from appliance.store.db import Database
from appliance.store.site import load_site
from appliance.store.tables.configuration import RevisionRow
from tests.ports import free_port
from tests.sites import a_site

BAD_SITE = "queues:\n  sales:\n    name: Sales\n    strategy: loudest\n    timeout_destination: menu:nowhere\n"


@dataclass(frozen=True)
class Said:
    status: int
    out: str
    err: str


_OF_MACHINE = re.compile("ASTERISK|LICENSE_KEYS")

Command = Callable[..., Said]


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Command:
    """The command in this process, with settings of its own; there is no database yet."""
    for name in [name for name in os.environ if name.startswith("APPLIANCE_") and not _OF_MACHINE.search(name)]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("APPLIANCE_CONFIG", str(tmp_path / "appliance.yml"))
    monkeypatch.setenv("APPLIANCE_DATA_DIR", str(tmp_path / "data"))

    def run(*arguments: object) -> Said:
        try:
            status = main([str(argument) for argument in arguments])
        except SystemExit as error:  # argparse refuses so
            status = int(error.code or 0)
        captured = capfd.readouterr()
        assert "Traceback" not in captured.err
        return Said(status, captured.out, captured.err)

    return run


@pytest.fixture
def command(bare: Command, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Command:
    """The same with a migrated database of each kind."""
    monkeypatch.setenv("APPLIANCE_DATABASE_URL", database_url)
    return bare


def store(url: str, site: Site) -> None:
    async def write() -> None:
        database = Database(url)
        async with database.transaction() as tx:
            await replace_site(tx, site, by="test", summary="test")
        await database.close()

    asyncio.run(write())


def stored(url: str) -> Site:
    async def read() -> Site:
        database = Database(url)
        async with database.reading() as tx:
            site = await load_site(tx)
        await database.close()
        return site

    return asyncio.run(read())


@pytest.fixture
def site_file(tmp_path: Path) -> Path:
    path = tmp_path / "site.yml"
    path.write_text(render_site(a_site()))
    return path


def test_migrate_brings_the_schema_and_is_harmless_again(bare: Command) -> None:
    first = bare("migrate")
    assert first.status == 0
    assert re.fullmatch(r"schema: empty > (\d+)\n", first.out)
    newest = first.out.split()[-1]
    assert bare("migrate") == Said(0, f"schema: {newest} > {newest}\n", "")
    unknown = bare("migrate", "9999")
    assert (unknown.status, unknown.out) == (1, "")
    assert "9999" in unknown.err
    assert bare("config", "export").status == 0


def test_an_older_revision_can_be_named(bare: Command) -> None:
    assert bare("migrate", "0001").out == "schema: empty > 0001\n"
    assert bare("token", "list").err.endswith("run `appliance migrate` first.\n")
    assert bare("migrate").out.startswith("schema: 0001 > ")


@pytest.mark.parametrize(
    "arguments",
    [
        ("config", "export"),
        ("config", "import", "site.yml"),
        ("token", "list"),
        ("token", "create", "wallboard", "supervisor"),
        ("token", "revoke", "1"),
        ("password",),
        ("user", "list"),
        ("user", "add", "eva", "supervisor"),
    ],
    ids=" ".join,
)
def test_without_its_schema_every_command_says_what_to_do(bare: Command, tmp_path: Path, arguments: tuple[str]) -> None:
    (tmp_path / "data").mkdir()
    said = bare(*arguments)
    assert (said.status, said.out) == (1, "")
    assert said.err == "appliance: The database has not the schema of this version; run `appliance migrate` first.\n"


@pytest.mark.parametrize("arguments", [("config", "export"), ("migrate",)], ids=" ".join)
def test_a_database_that_does_not_answer(
    bare: Command, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    monkeypatch.setenv("APPLIANCE_DATABASE_URL", "postgresql+asyncpg://nobody@127.0.0.1:1/none")
    said = bare(*arguments)
    assert (said.status, said.out) == (1, "")
    assert said.err.startswith("appliance: The database ")


def test_export_and_import_give_the_same_site(command: Command, database_url: str, tmp_path: Path) -> None:
    site = a_site().model_copy(update={"music": {}})  # a sound travels as a file beside it: see test_prompts
    store(database_url, site)
    file = tmp_path / "export.yml"
    assert command("config", "export", file) == Said(0, "", "")
    assert file.read_text() == render_site(site)
    assert file.stat().st_mode & 0o777 == 0o600
    store(database_url, Site())
    taken = command("config", "import", file)
    assert (taken.status, taken.err) == (0, "")
    assert "+ queues.sales\n" in taken.out
    assert taken.out.endswith("Imported; the running daemon applies it.\n")
    assert stored(database_url) == site
    assert command("config", "import", file).out == "Nothing differs.\n"
    assert command("config", "export").out == file.read_text()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_secrets_stay_at_home(command: Command, database_url: str, tmp_path: Path) -> None:
    store(database_url, a_site())
    assert "secret-1001" in command("config", "export").out
    assert "secret-1001" not in command("config", "export", "--without-secrets").out


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_file_that_cannot_be_written(command: Command, tmp_path: Path) -> None:
    said = command("config", "export", tmp_path / "nowhere" / "site.yml")
    assert (said.status, said.out) == (1, "")
    assert said.err.endswith("site.yml cannot be written: No such file or directory\n")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_check_and_diff_change_nothing(command: Command, database_url: str, site_file: Path) -> None:
    checked = command("config", "check", site_file)
    assert checked == Said(0, f"{site_file} is good: {len(list(a_site().entities()))} entries.\n", "")
    assert stored(database_url) == Site()
    store(database_url, a_site())
    assert command("config", "diff", site_file).out == "No difference.\n"
    site_file.write_text(site_file.read_text().replace("strategy: rrmemory", "strategy: random"))
    diff = command("config", "diff", site_file)
    assert diff.status == 0
    assert "-    strategy: rrmemory" in diff.out
    assert "+    strategy: random" in diff.out
    assert "secret-1001" not in diff.out
    assert stored(database_url) == a_site()


@pytest.mark.parametrize("action", ["check", "diff", "import"])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_bad_file_is_refused_with_file_and_line(
    command: Command, database_url: str, site_file: Path, action: str
) -> None:
    store(database_url, a_site())
    site_file.write_text(BAD_SITE)
    said = command("config", action, site_file)
    assert (said.status, said.out) == (1, "")
    first, *problems = said.err.splitlines()
    assert first == "appliance: nothing was changed."
    assert problems[0].startswith(f"{site_file}:4: queues.sales.strategy: must be one of leastrecent, ")
    assert command("config", action, site_file.with_name("none.yml")).err.endswith(
        "none.yml:1: cannot be read: No such file or directory\n"
    )
    assert stored(database_url) == a_site()


def test_a_dangling_reference_is_refused_with_its_line(command: Command, database_url: str, site_file: Path) -> None:
    site_file.write_text(BAD_SITE.replace("loudest", "random"))
    said = command("config", "import", site_file)
    assert said.status == 1
    assert f"{site_file}:5: queues.sales.timeout_destination: 'nowhere' does not exist in menus" in said.err
    assert stored(database_url) == Site()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_earlier_configuration_is_listed_and_put_back(command: Command, database_url: str) -> None:
    async def keep_a_revision() -> None:
        database = Database(database_url)
        row = RevisionRow(node="local", generation=1, at=now(), by="eva", summary="import old.yml", is_applied=True)
        row.site, row.error, row.diff = a_site().model_dump(mode="json"), "", ""
        async with database.transaction() as tx:
            await insert_revision(tx, row)
        await database.close()

    asyncio.run(keep_a_revision())
    assert re.fullmatch(
        r"1  \d{4}-\d\d-\d\d \d\d:\d\d  applied  eva  import old.yml\n", command("config", "revisions").out
    )
    said = command("config", "restore", "1")
    assert "+ queues.sales\n" in said.out
    assert said.out.endswith("Put back; the running daemon applies it.\n")
    assert stored(database_url) == a_site()
    assert command("config", "restore", "1").out == "Nothing differs.\n"
    assert "there is no revision 7;" in command("config", "restore", "7").err


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_one_time_password_lets_the_first_administrator_in(command: Command, database_url: str) -> None:
    said = command("password")
    assert said.status == 0
    login, password = re.fullmatch(r"One-time password of (\w+): (\S+)\n", said.out).groups()  # type: ignore[union-attr]

    async def role() -> tuple[str, bool]:
        database = Database(database_url)
        person = (await sign_in(database, login, password, Origin(""))).session.person
        await database.close()
        return person.role, person.must_change_password

    assert asyncio.run(role()) == ("administrator", True)
    assert command("password", "nobody") == Said(1, "", "appliance: There is no user 'nobody'.\n")
    assert command("user", "list").out.startswith("admin ")


def test_tokens_are_shown_once_listed_and_revoked(command: Command, database_url: str) -> None:
    made = command("token", "create", "wallboard", "supervisor")
    assert made.status == 0
    token = made.out.strip()

    async def is_known() -> bool:
        database = Database(database_url)
        found = await find_token_person(database, token)
        await database.close()
        return found is not None

    assert asyncio.run(is_known())
    listed = command("token", "list").out
    assert token not in listed
    number = re.match(r" *(\d+)  supervisor +valid +read,operate,configure +used .* wallboard\n", listed)
    assert number
    assert command("token", "revoke", number[1]) == Said(0, "", "")
    assert "revoked" in command("token", "list").out
    assert not asyncio.run(is_known())
    assert command("token", "revoke", "77") == Said(1, "", "appliance: There is no token 77.\n")
    assert command("token", "create", "x", "king").status == 2


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_users_are_changed_imported_and_deleted(command: Command, tmp_path: Path) -> None:
    command("password")
    assert command("user", "add", "eva", "supervisor", "--name", "Eva Ruiz").status == 0
    assert command("user", "change", "eva", "--role", "auditor", "--active", "no") == Said(0, "", "")
    assert re.search(r"^eva +auditor +- +Eva Ruiz  \(not active\)$", command("user", "list").out, re.MULTILINE)
    last = "appliance: role: this is the last administrator who can sign in\n"
    assert command("user", "change", "admin", "--role", "agent") == Said(1, "", last)
    assert command("user", "delete", "admin").status == 1
    assert command("user", "delete", "nobody") == Said(1, "", "appliance: There is no user nobody.\n")
    file = tmp_path / "users.csv"
    file.write_text("login,name,role\neva,Eva,auditor\nleo,Leo,agent\nBAD,Bad,agent\n")
    preview = command("user", "import", file)
    assert preview.status == 1  # one is refused
    assert "2 rows would be stored; --yes stores them." in preview.out
    assert "leo" not in command("user", "list").out
    assert re.search(r"leo +one-time password \S+\n", command("user", "import", file, "--yes").out)
    assert re.search(r"^leo +agent", command("user", "list").out, re.MULTILINE)
    assert command("user", "import", tmp_path / "none.csv").err.endswith("No such file or directory\n")
    assert command("user", "delete", "leo") == Said(0, "", "")
    for action in ("two-factor-off", "sign-out"):
        assert command("user", action, "eva") == Said(0, "", "")
    assert command("user", "sessions") == Said(0, "", "")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_rules_for_signing_in(command: Command) -> None:
    assert "at least 10 characters" in command("user", "policy").out
    said = command("user", "policy", "--min-password", "14", "--two-factor", "administrator", "agent").out
    assert said.splitlines()[1] == "Two-factor sign-in is needed by: administrator, agent."
    assert "at least 14" in command("user", "policy").out
    refused = command("user", "policy", "--min-password", "3")
    assert refused == Said(1, "", "appliance: min_password: must be 8 or more\n")
    assert command("user", "policy", "--two-factor").out.endswith("needed by: nobody.\n")


def lines(said: Said) -> dict[str, str]:
    """Of doctor: by part, without the free space of this machine."""
    found = (line.strip().partition("  ") for line in said.out.splitlines())
    return {
        text.partition(":")[0]: f"{sign} {text.partition(': ')[2]}" for sign, _, text in found if "Disk" not in text
    }


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_doctor_finds_nothing_bad(command: Command) -> None:
    said = command("doctor")
    assert lines(said) == {
        "Programs": "ok for prompts are installed.",
        "Database": "ok has the schema of this version.",
        "Configuration": "! was never given to Asterisk. `appliance run` does that.",
        "License": "ok is in force.",
        "Asterisk": "! is installed but not running. `appliance run` starts it.",
    }
    assert said.status == (" BAD" in said.out)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_doctor_tells_what_asterisk_refused(command: Command, database_url: str) -> None:
    store(database_url, a_site())

    async def refuse() -> None:
        database = Database(database_url)
        async with database.transaction() as tx:
            wanted = (await load_status(tx, "local")).wanted
            await save_status(tx, "local", NodeStatus(wanted, 0, wanted, "no-such-codec"))
        await database.close()

    asyncio.run(refuse())
    said = command("doctor")
    assert said.status == 1
    assert lines(said)["Configuration"].startswith("BAD was refused by Asterisk: no-such-codec")


def test_the_doctor_of_an_empty_machine(bare: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APPLIANCE_ASTERISK__ROOT", str(tmp_path / "none"))
    monkeypatch.setenv("PATH", str(tmp_path))
    said = bare("doctor")
    assert said.status == 1
    assert said.out.count(" BAD  Programs: ") == 2
    assert "BAD  Programs: sox is missing. Run installer/packages.\n" in said.out
    found = lines(said)
    assert found["Database"] == "BAD is empty. Run `appliance migrate`."
    assert found["Asterisk"].startswith("BAD cannot be started: there is no Asterisk in ")
    monkeypatch.setenv("APPLIANCE_DATABASE_URL", "postgresql+asyncpg://nobody@127.0.0.1:1/none")
    assert lines(bare("doctor"))["Database"].startswith("BAD cannot be used: ")


def test_a_command_that_there_is_not(bare: Command) -> None:
    wrong = bare("dance")
    assert wrong.status == 2
    assert "invalid choice: 'dance'" in wrong.err


def test_settings_that_cannot_be_used_end_every_command(bare: Command, tmp_path: Path) -> None:
    (tmp_path / "appliance.yml").write_text("node:\n  sip_port: many\n")
    said = bare("migrate")
    assert (said.status, said.out) == (1, "")
    assert "appliance.yml" in said.err
    assert "node.sip_port" in said.err


def as_process(folder: Path, *arguments: str) -> Said:
    settings = {"APPLIANCE_CONFIG": str(folder / "appliance.yml"), "APPLIANCE_DATA_DIR": str(folder / "data")}
    done = subprocess.run(
        [sys.executable, "-m", "appliance", *arguments],
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        check=False,
    )
    return Said(done.returncode, done.stdout, done.stderr)


def test_as_a_process(tmp_path: Path) -> None:
    assert as_process(tmp_path, "migrate").status == 0
    again = as_process(tmp_path, "migrate")
    assert (again.status, again.err) == (0, "")
    (tmp_path / "appliance.yml").write_text("colour: red\n")
    refused = as_process(tmp_path, "run")
    assert (refused.status, refused.out) == (1, "")
    assert refused.err.startswith("appliance: Settings (")


def test_the_daemon_says_in_a_line_why_it_cannot_start(
    bare: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
        monkeypatch.setenv("APPLIANCE_NODE__SIP_BIND", "127.0.0.1")
        monkeypatch.setenv("APPLIANCE_NODE__SIP_PORT", str(port))
        monkeypatch.setenv("APPLIANCE_NODE__AMI_PORT", str(free_port()))
        assert bare("migrate").status == 0
        said = bare("run")
    assert said.status == 1
    assert said.err.splitlines()[-1].startswith(f"appliance: Another program uses 127.0.0.1:{port}. End it, or choose")


def test_the_daemon_says_in_a_line_that_its_database_is_gone(bare: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APPLIANCE_DATABASE_URL", f"postgresql+asyncpg://nobody@127.0.0.1:{free_port()}/none")
    said = bare("run")
    assert said.status == 1
    assert said.err.splitlines()[-1].startswith("appliance: The database cannot be used: ")
