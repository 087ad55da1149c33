"""Numbers that are never called: whole ones and beginnings, everywhere or for one campaign."""

import datetime as dt
from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.store.among import among
from appliance.store.tables.dialing import DoNotCallRow

SHORTEST_PREFIX, LONGEST_PREFIX = 2, 16  # with the plus
_LENGTHS = range(SHORTEST_PREFIX, LONGEST_PREFIX + 1)
_FEW = 200  # numbers whose every beginning is looked up faster than it is asked which lengths there are


async def never_called(tx: AsyncSession, numbers: Collection[str], campaign: str, at: dt.datetime) -> set[str]:
    """Those of `numbers` that may not be called now; for the transaction that decides to call."""
    if not numbers:
        return set()
    lengths = list(_LENGTHS) if len(numbers) <= _FEW else await _lengths_in_use(tx)
    beginnings = {number[:length] for number in numbers for length in lengths}
    entries = among(tx, DoNotCallRow.number, {*numbers, *beginnings})
    query = select(DoNotCallRow.number, DoNotCallRow.is_prefix).where(entries, _holds(campaign, at))
    found = [(number, is_prefix) for number, is_prefix in await tx.execute(query)]
    whole = {number for number, is_prefix in found if not is_prefix}
    return (whole & set(numbers)) | _beginning(numbers, {number for number, is_prefix in found if is_prefix})


def _beginning(numbers: Iterable[str], prefixes: Collection[str]) -> set[str]:
    return {number for number in numbers if number.startswith(tuple(prefixes))} if prefixes else set()


def is_never_called(number: ColumnElement[str] | Any, campaign: str, at: dt.datetime) -> ColumnElement[bool]:
    """The same as a condition on a column; each number costs a few looks into the index."""
    beginnings = [func.substr(number, 1, length) for length in _LENGTHS]
    return exists().where(
        DoNotCallRow.number.in_([number, *beginnings]),
        or_(DoNotCallRow.is_prefix, DoNotCallRow.number == number),
        _holds(campaign, at),
    )


async def _lengths_in_use(tx: AsyncSession) -> list[int]:
    """Most centres have no prefix at all."""
    query = select(func.length(DoNotCallRow.number)).where(DoNotCallRow.is_prefix).distinct()
    return list((await tx.execute(query)).scalars())


def _holds(campaign: str, at: dt.datetime) -> ColumnElement[bool]:
    is_valid = or_(DoNotCallRow.expires_at.is_(None), DoNotCallRow.expires_at > at)
    return and_(DoNotCallRow.campaign.in_({"", campaign}), is_valid)
