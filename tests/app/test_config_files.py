"""The files of Asterisk on disk: only what differs is written, in one step, readable by their owner and group only."""

import os
import stat
from pathlib import Path

from appliance.adapters.config_files import (
    changed_files,
    put_files,
    read_templates,
    restore_files,
    settle_files,
    write_files,
)


def test_only_what_differs_is_written(tmp_path: Path) -> None:
    wanted = {"a.conf": "[a]\n", "b.conf": "[b]\nname = Ñandú\n"}
    assert changed_files(wanted, tmp_path) == wanted
    assert write_files(wanted, tmp_path) == {}
    assert changed_files(wanted, tmp_path) == {}
    assert changed_files({**wanted, "a.conf": "[x]\n"}, tmp_path) == {"a.conf": "[x]\n"}


def test_a_write_can_be_undone(tmp_path: Path) -> None:
    write_files({"a.conf": "old", "b.conf": "same"}, tmp_path)
    before = write_files({"a.conf": "new"}, tmp_path)
    assert before == {"a.conf": "old"}
    restore_files(before, tmp_path)
    assert (tmp_path / "a.conf").read_text() == "old"
    assert (tmp_path / "b.conf").read_text() == "same"


def test_a_change_that_was_cut_short_can_still_be_undone(tmp_path: Path) -> None:
    put_files({"a.conf": "good", "b.conf": "good"}, tmp_path)
    settle_files(tmp_path)
    put_files({"a.conf": "bad", "b.conf": "good"}, tmp_path)  # and then the daemon was killed
    before, after = put_files({"a.conf": "bad", "b.conf": "new"}, tmp_path)
    assert before == {"a.conf": "good", "b.conf": "good"}
    assert after == {"a.conf": "bad", "b.conf": "new"}
    restore_files(before, tmp_path)
    settle_files(tmp_path)
    assert put_files({"a.conf": "good", "b.conf": "good"}, tmp_path) == ({}, {})


def test_bytes_that_are_no_text_are_kept_and_put_back(tmp_path: Path) -> None:
    (tmp_path / "a.conf").write_bytes(b"\xff\xfe caf\xe9 \r\n")
    before = write_files({"a.conf": "new"}, tmp_path)
    restore_files(before, tmp_path)
    assert (tmp_path / "a.conf").read_bytes() == b"\xff\xfe caf\xe9 \r\n"


def test_a_reader_of_the_old_file_keeps_it_whole(tmp_path: Path) -> None:
    write_files({"a.conf": "old" * 1000}, tmp_path)
    with (tmp_path / "a.conf").open() as reader:
        write_files({"a.conf": "new"}, tmp_path)
        assert reader.read() == "old" * 1000
    settle_files(tmp_path)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["a.conf"]  # no drafts are left


def test_the_files_are_not_for_everyone(tmp_path: Path) -> None:
    os.chown(tmp_path, 12345, 12346)
    old_mask = os.umask(0o077)
    try:
        write_files({"a.conf": "secret"}, tmp_path)
    finally:
        os.umask(old_mask)
    status = (tmp_path / "a.conf").stat()
    assert stat.S_IMODE(status.st_mode) == 0o640
    assert (status.st_uid, status.st_gid) == (12345, 12346)


def test_templates_are_known_by_folder_and_name() -> None:
    templates = read_templates()
    assert "dialplan_templates/ivr.conf.j2" in templates
    assert "asterisk_conf/pjsip.conf.j2" in templates
