"""Hashes passwords with argon2id: slow on purpose, so only a few at once and never in the loop."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

# Verified for logins that do not exist, so that they take as long as those that do.
NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$zYIWU77OXifQIA5GfRo4Lg$9pFohAlc8JxAMLUTxEklyN14ygTERpnc0E61fyD/wMQ"
MOST_WAITING = 32

_hasher = PasswordHasher()  # argon2id, with the library's parameters
# A password made by chance cannot be guessed, whatever a guess costs; hundreds are made in one import.
_quick = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1)
_QUICK = "$m=1024,t=1,p=1$"
_at_once = asyncio.Semaphore(4)  # a hash takes 64 MB and a core
_waiting: set[object] = set()


class Busy(Exception):
    """So many sign in at once that one more would only wait."""


async def hash_password(password: str) -> str:
    async with _turn():
        return await asyncio.to_thread(_hasher.hash, password)


async def hash_one_time(password: str) -> str:
    """Only for passwords that this house made and whose owner must change them."""
    return await asyncio.to_thread(_quick.hash, password)


async def verify_password(stored: str, password: str) -> bool:
    async with _turn():
        good = await asyncio.to_thread(_verify, stored, password)
        if _QUICK in stored:  # takes as long as the others do
            await asyncio.to_thread(_verify, NOBODY, password)
        return good


def _verify(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, password)
    except (Argon2Error, InvalidHashError):
        return False


@asynccontextmanager
async def _turn() -> AsyncIterator[None]:
    """A flood of sign-ins ends here, so that whoever is signed in goes on working."""
    if len(_waiting) >= MOST_WAITING:
        raise Busy
    place = object()
    _waiting.add(place)
    try:
        async with _at_once:
            yield
    finally:
        _waiting.discard(place)
