"""`appliance license`, from the vendor's key to the customer's status; the vendor's part needs no database."""

import asyncio
import os
import stat
from dataclasses import dataclass
from pathlib import Path

import pytest

from appliance.__main__ import main
from appliance.services.licenses.ground import use_keys
from appliance.store.db import Database
from appliance.store.migrate import migrate


@dataclass
class Vendor:
    folder: Path
    capfd: pytest.CaptureFixture[str]

    def __call__(self, *words: object) -> tuple[int, str]:
        status = main(["license", *map(str, words)])
        said = self.capfd.readouterr()
        assert "Traceback" not in said.err
        return status, said.out + said.err

    def does(self, *words: object) -> str:
        status, said = self(*words)
        assert status == 0, said
        return said

    def refuses(self, *words: object) -> str:
        status, said = self(*words)
        assert status == 1, said
        return said.removeprefix("appliance: ").strip()

    def path(self, name: str) -> Path:
        return self.folder / name


@pytest.fixture
def license(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Vendor:
    """With a vendor's key of its own, and an appliance that knows it."""
    monkeypatch.setenv("APPLIANCE_CONFIG", str(tmp_path / "appliance.yml"))
    monkeypatch.setenv("APPLIANCE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("APPLIANCE_LICENSE_KEYS", str(tmp_path / "keys"))
    (tmp_path / "data").mkdir()

    async def prepare() -> None:
        database = Database(f"sqlite+aiosqlite:///{tmp_path / 'data' / 'appliance.db'}")
        await migrate(database)
        await database.close()

    asyncio.run(prepare())
    vendor = Vendor(tmp_path, capfd)
    vendor.does("keygen", "vendor-1", "--folder", tmp_path / "keys")
    use_keys(tmp_path)  # what the process knew before
    return vendor


def issue(license: Vendor, name: str, *words: object) -> Path:
    license.does("issue", "--key", license.path("keys/vendor-1.private"), *words, "-o", license.path(name))
    return license.path(name)


def test_from_the_key_to_the_status(license: Vendor) -> None:
    assert "No license is installed" in license("status")[1]
    license.does("request", "--seats", 15, "-o", license.path("acme.req"))
    bound = ("--request", license.path("acme.req"), "--exempt", "sale")  # this machine may be one that tells little
    first = issue(license, "a.lic", *bound, "--customer", "Acme", "--months", 12)
    told = license.does("inspect", first)
    assert "customer  Acme\n" in told
    assert "seats     15 named, 5 channels each" in told
    assert "Nothing was installed." in license.does("install", "--dry-run", first)
    assert "Seats: - > 15" in license.does("install", first)
    assert license.refuses("install", first).endswith("is installed already.")
    more = issue(license, "b.lic", "--replaces", first, "--edition", "omni", "--seats", 20)
    assert "Edition: voice > omni" in license.does("install", more)
    assert "channels  0 of 100 in use" in license.does("status")
    assert "was replaced by a newer one" in license.refuses("install", first)
    number = license.does("inspect", more).split()[1].rstrip(",")
    list_ = license.path("revoked.lic")
    license.does("revoke", "--key", license.path("keys/vendor-1.private"), "--license", number, "-o", list_)
    license.does("install", list_)
    assert "revoked the license" in license("status")[1]


def test_what_is_not_sold_is_not_issued(license: Vendor) -> None:
    key = ("--key", license.path("keys/vendor-1.private"))
    wanted = ("--customer", "Acme", "--edition", "voice", "--months", 1)
    assert "at least 10" in license.refuses("issue", *key, *wanted, "--seats", 7)
    assert "steps of 5" in license.refuses("issue", *key, *wanted, "--seats", 11)
    assert "BEGIN APPLIANCE LICENSE" in license.does("issue", *key, *wanted, "--seats", 7, "--exempt", "sale")
    assert "No such file" in license.refuses("issue", "--key", "nowhere", *wanted, "--seats", 10)


def test_a_changed_file_is_refused(license: Vendor) -> None:
    good = issue(license, "a.lic", "--customer", "Acme", "--edition", "voice", "--months", 1, "--seats", 10)
    bad = license.path("bad.lic")
    bad.write_text(good.read_text().replace("Seats: 10", "Seats: 90"))
    assert "damaged or was changed" in license.refuses("inspect", bad)
    assert "damaged or was changed" in license.refuses("install", bad)
    assert "No such file" in license.refuses("install", license.path("nowhere"))
    assert "Is a directory" in license.refuses("install", license.folder)
    assert "too large" in license.refuses("install", "/dev/zero")
    assert "no license file" in license.refuses("inspect", "/dev/null")


def test_a_file_that_went_through_windows_and_mail_is_installed(license: Vendor) -> None:
    good = issue(license, "a.lic", "--customer", "Té & Cía.", "--edition", "voice", "--months", 1, "--seats", 10)
    text = good.read_text().replace("\n", "\r\n")
    for name, content in (
        ("wide.lic", text.encode("utf-16")),
        ("odd\udcff näme .txt", b"\xff\x00\r\n" + text.encode()),
    ):
        license.path(name).write_bytes(content)
        assert "Seats: - > 10" in license.does("install", "--dry-run", license.path(name))
    assert "Seats: - > 10" in license.does("install", license.path("wide.lic"))
    assert "customer  Té & Cía." in license.does("status")


def test_the_private_key_is_its_owners_and_may_be_encrypted(license: Vendor, monkeypatch: pytest.MonkeyPatch) -> None:
    assert stat.S_IMODE(os.stat(license.path("keys/vendor-1.private")).st_mode) == 0o600
    assert "File exists" in license.refuses("keygen", "vendor-1", "--folder", license.path("keys"))
    monkeypatch.setenv("LICENSE_KEY_PASSWORD", "quiet otters")
    license.does("keygen", "vendor-2", "--folder", license.path("keys"))
    wanted = ("--key", license.path("keys/vendor-2.private"), "--customer", "A", "--edition", "voice", "--seats", 10)
    license.does("issue", *wanted, "--months", 1)
    monkeypatch.delenv("LICENSE_KEY_PASSWORD")
    assert "cannot be used as a key" in license.refuses("issue", *wanted, "--months", 1)


def test_without_the_trial_key_there_is_no_trial(license: Vendor, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "no key for trials" in license.refuses("trial")
    monkeypatch.delenv("APPLIANCE_LICENSE_KEYS")  # the keys that come with the appliance
    assert "(trial)" in license.does("trial")
    assert "valid, 30 days left" in license.does("status")
    assert "for a new appliance" in license.refuses("trial")


def test_a_request_on_the_screen_has_a_qr_code(license: Vendor) -> None:
    said = license.does("request")
    assert "BEGIN APPLIANCE LICENSE REQUEST" in said
    assert "█" in said
