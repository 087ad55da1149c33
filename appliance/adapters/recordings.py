"""Looks at recorded WAV files and mends the header of one that Asterisk did not live to close."""

import hashlib
import struct
from pathlib import Path
from typing import BinaryIO, NamedTuple

_RIFF = struct.Struct("<4sI4s")
_CHUNK = struct.Struct("<4sI")


class RecordedFile(NamedTuple):
    size_bytes: int
    changed_at: float  # epoch seconds
    data_at: int  # where the sound begins; 0: this is no WAV file
    data_bytes: int  # what the header says; 0 until the file is closed
    bytes_per_s: int

    @property
    def sound_bytes(self) -> int:
        return max(0, self.size_bytes - self.data_at) if self.data_at else 0

    @property
    def is_closed(self) -> bool:
        return 0 < self.data_bytes <= self.sound_bytes <= self.data_bytes + 1  # an odd length has a byte of padding

    @property
    def length_s(self) -> float:
        sound = self.data_bytes if self.is_closed else self.sound_bytes
        return round(sound / self.bytes_per_s, 3) if self.bytes_per_s else 0.0


def examine(path: Path) -> RecordedFile | None:
    """None where there is no file."""
    try:
        with path.open("rb") as file:
            state = path.stat()
            return RecordedFile(state.st_size, state.st_mtime, *_read_header(file))
    except (FileNotFoundError, NotADirectoryError):
        return None


def repair(path: Path) -> None:
    """Write the lengths that the file's size tells; what is there of the sound stays as it is."""
    found = examine(path)
    if found is None or not found.data_at:
        return
    with path.open("r+b") as file:
        file.seek(4)
        file.write(struct.pack("<I", (found.size_bytes - 8) & 0xFFFFFFFF))
        file.seek(found.data_at - 4)
        file.write(struct.pack("<I", found.sound_bytes & 0xFFFFFFFF))


def checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read_header(file: BinaryIO) -> tuple[int, int, int]:
    """Where the data begins, its length as written, bytes per second; noughts where it is no WAV file."""
    head = file.read(_RIFF.size)
    if len(head) < _RIFF.size or head[:4] != b"RIFF" or head[8:] != b"WAVE":
        return 0, 0, 0
    bytes_per_s = 0
    while len(header := file.read(_CHUNK.size)) == _CHUNK.size:
        name, length = _CHUNK.unpack(header)
        if name == b"data":
            return file.tell(), length, bytes_per_s
        body = file.read(length + length % 2)
        if name == b"fmt " and len(body) >= 12:
            bytes_per_s = struct.unpack_from("<I", body, 8)[0]
    return 0, 0, 0
