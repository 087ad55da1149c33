"""An endless job: begun anew where the trouble will pass, the end of the daemon where it will not."""

import asyncio
import errno
from collections.abc import Iterator

import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, ProgrammingError

from appliance.jobs import endless
from appliance.store.engine.trouble import is_disk_full, reason_of, will_pass

AWAY = OperationalError("connect", None, ConnectionRefusedError("nobody is there"))
FULL = OperationalError("insert", None, Exception("database or disk is full"))


class Over(Exception):
    """As far as the test goes."""


@pytest.mark.parametrize("error", [AWAY, FULL, OSError(errno.ENOSPC, "No space left"), ExceptionGroup("jobs", [AWAY])])
async def test_what_will_pass_is_waited_for(error: Exception) -> None:
    outcomes: Iterator[Exception] = iter([error, Over()])

    async def job() -> None:
        raise next(outcomes)

    with pytest.raises(Over):
        await endless("a job", job)


@pytest.mark.parametrize(
    "error",
    [
        ProgrammingError("select", None, Exception("no such column")),
        IntegrityError("insert", None, Exception("it is there")),
        OSError(errno.EADDRINUSE, "in use"),
        KeyError("a bug"),
        ExceptionGroup("jobs", [AWAY, KeyError("a bug")]),
    ],
)
async def test_what_will_not_pass_ends_it(error: Exception) -> None:
    async def job() -> None:
        raise error

    with pytest.raises(type(error)):
        async with asyncio.timeout(5):
            await endless("a job", job)


async def test_a_job_that_returns_is_a_mistake() -> None:
    with pytest.raises(RuntimeError, match="it should run for ever"):
        await endless("a job", lambda: asyncio.sleep(0))


def test_a_full_disk_is_told_from_a_database_that_is_away() -> None:
    assert [is_disk_full(each) for each in (FULL, OSError(errno.ENOSPC, "x"), AWAY)] == [True, True, False]
    assert will_pass(DBAPIError("commit", None, Exception("the database system is shutting down")))
    assert "nobody is there" in reason_of(ExceptionGroup("jobs", [AWAY]))
