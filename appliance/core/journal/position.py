"""How far a journal has been read: which file, recognised by what it begins with, and how many bytes of it."""

import hashlib
from typing import NamedTuple

FINGERPRINT_BYTES = 1024


class Position(NamedTuple):
    inode: int
    fingerprint: str  # of the first bytes that were read, see `fingerprint_of`
    offset: int


def fingerprint_of(beginning: bytes, offset: int) -> str:
    """Journals only grow, so what was read of a file's beginning names it for ever, whatever its path is now."""
    return hashlib.sha256(beginning[: min(offset, FINGERPRINT_BYTES)]).hexdigest()
