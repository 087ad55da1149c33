"""Which errors say that the database cannot be used now, whatever is asked: it is away, locked, or its disk is full."""

import errno
import sqlite3

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, NotSupportedError, ProgrammingError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

# What was asked is wrong, and stays so.
_OUR_FAULT = (IntegrityError, ProgrammingError, DataError, NotSupportedError)
# The machine's own: no space, a disk that fails, no more open files.
_MACHINE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.ENFILE, errno.EMFILE})
_FULL = ("disk is full", "No space left", "DiskFull")


def will_pass(error: BaseException) -> bool:
    """Whoever waits and tries again may succeed."""
    if isinstance(error, BaseExceptionGroup):
        return all(will_pass(each) for each in error.exceptions)
    if isinstance(error, OSError):
        return error.errno in _MACHINE
    if isinstance(error, DBAPIError):
        return not isinstance(error, _OUR_FAULT) and not _is_misunderstood(error.orig)
    return isinstance(error, NoConnectionFree)


def _is_misunderstood(error: BaseException | None) -> bool:
    """SQLite says of a table that is not there what it says of a database that is locked, but for this number."""
    return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR


def is_disk_full(error: BaseException) -> bool:
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    return any(sign in str(error) for sign in _FULL)


def reason_of(error: BaseException) -> str:
    """In one line, for a log."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return str(error).partition("\n")[0] or type(error).__name__
