"""The reader of journal files: cut at every byte, rotated, emptied, copied; nothing lost, nothing twice."""

from pathlib import Path

import pytest

from appliance.adapters.journals import Chunk, Journal
from appliance.core.journal.cel import CelFold, CelState, OpenLine
from appliance.core.journal.position import Position
from tests.unit.journal.samples import cel_bytes, cel_lines


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "queue_log"


def read_all(journal: Journal, position: Position | None = None, limit: int = 64) -> tuple[list[str], Position | None]:
    """As a job does, until there is nothing new; in small bites."""
    lines: list[str] = []
    while (chunk := journal.read_now(position, limit)).lines:
        assert not chunk.lost
        lines += chunk.lines
        position = chunk.position
    return lines, position


def append(path: Path, text: str) -> None:
    with path.open("a") as file:
        file.write(text)


def rotate(path: Path, name: str) -> None:
    path.rename(path.with_name(f"{path.name}.{name}"))
    path.touch()


def test_there_may_be_no_file_yet(path: Path) -> None:
    assert Journal(path).read_now(None) == Chunk([], None)
    assert Journal(path.parent / "none" / "queue_log").read_now(None) == Chunk([], None)


def test_cut_at_every_byte_the_lines_are_the_same(path: Path) -> None:
    whole = cel_bytes("answered")
    expected = cel_lines("answered")
    for cut in range(len(whole) + 1):
        path.write_bytes(whole[:cut])
        first = Journal(path).read_now(None)
        with path.open("ab") as file:
            file.write(whole[cut:])
        second = Journal(path).read_now(first.position)
        assert first.lines + second.lines == expected
        assert Journal(path).read_now(second.position).lines == []


def test_cut_at_every_byte_the_calls_are_the_same(path: Path) -> None:
    whole = cel_bytes("abandoned_ringing")
    expected = CelFold("local").read(cel_lines("abandoned_ringing")).finished
    for cut in range(len(whole) + 1):
        path.write_bytes(whole[:cut])
        fold = CelFold("local", CelState())
        chunk = Journal(path).read_now(None)
        first = fold.read(chunk.lines)
        with path.open("ab") as file:
            file.write(whole[cut:])
        kept = [line for line in first.opened if line.call not in first.closed]
        second = CelFold("local", fold.state, [OpenLine(*line) for line in kept])
        assert first.finished + second.read(Journal(path).read_now(chunk.position).lines).finished == expected


def test_a_line_is_read_when_it_is_whole(path: Path) -> None:
    path.write_text("one\ntw")
    lines, position = read_all(Journal(path))
    assert lines == ["one"]
    append(path, "o\n")
    assert read_all(Journal(path), position)[0] == ["two"]


@pytest.mark.parametrize("seen", range(0, 28, 4))
def test_rotation_loses_nothing_and_reads_nothing_twice(path: Path, seen: int) -> None:
    text = "one\ntwo\nthree\nfour\nfive\nsix\n"
    path.write_text(text[:seen])
    lines, position = read_all(Journal(path))
    append(path, text[seen:])
    rotate(path, "1795297545")
    append(path, "seven\n")
    rotate(path, "1795297600")
    append(path, "eight\nnine\n")
    more, position = read_all(Journal(path), position)
    assert lines + more == [*text.split(), "seven", "eight", "nine"]
    append(path, "ten\n")
    assert read_all(Journal(path), position)[0] == ["ten"]


def test_the_old_file_is_read_on_until_the_new_one_has_begun(path: Path) -> None:
    path.write_text("one\n")
    _, position = read_all(Journal(path))
    rotate(path, "old")
    assert Journal(path).read_now(position).lines == []
    append(path.with_name("queue_log.old"), "two\n")  # Asterisk holds the file open until it is told
    lines, position = read_all(Journal(path), position)
    append(path, "three\n")
    assert [*lines, *read_all(Journal(path), position)[0]] == ["two", "three"]


def test_the_last_words_of_a_rotated_file_are_read_even_without_an_end(path: Path) -> None:
    path.write_text("one\ntw")
    _, position = read_all(Journal(path))
    rotate(path, "old")
    append(path, "three\n")
    assert read_all(Journal(path), position)[0] == ["tw", "three"]


def test_a_file_that_was_emptied_begins_anew(path: Path) -> None:
    path.write_text("one\ntwo\n")
    _, position = read_all(Journal(path))
    path.write_text("three\n")
    chunk = Journal(path).read_now(position)
    assert (chunk.lines, chunk.lost) == (["three"], True)


def test_another_file_with_the_same_inode_is_not_taken_for_the_old_one(path: Path) -> None:
    path.write_text("one\ntwo\n")
    _, position = read_all(Journal(path))
    path.write_text("four\nfive\nsix\n")  # in place: same inode, longer
    assert Journal(path).read_now(position).lines == ["four", "five", "six"]


def test_a_restored_copy_is_known_by_what_it_begins_with(path: Path) -> None:
    path.write_text("one\ntwo\n")
    _, position = read_all(Journal(path))
    text = path.read_text()
    path.rename(path.with_name("kept-elsewhere"))
    path.write_text(text + "three\n")
    chunk = Journal(path).read_now(position)
    assert (chunk.lines, chunk.lost) == (["three"], False)


def test_packed_archives_are_passed_over(path: Path) -> None:
    path.write_text("one\n")
    path.with_name("queue_log.1.gz").write_bytes(b"\x1f\x8b")
    assert read_all(Journal(path))[0] == ["one"]


def test_a_line_longer_than_a_bite_does_not_stop_the_reader(path: Path) -> None:
    path.write_text("x" * 200 + "\nend\n")
    lines, _ = read_all(Journal(path), limit=64)
    assert "".join(lines) == "x" * 200 + "end"


def test_bytes_that_are_no_text_are_shown_as_such(path: Path) -> None:
    path.write_bytes(b"caf\xe9|\xff\n")
    assert Journal(path).read_now(None).lines == ["caf\ufffd|\ufffd"]
