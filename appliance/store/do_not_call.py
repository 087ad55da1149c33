"""Numbers that are never called: whole ones and beginnings, everywhere or for one campaign."""

import datetime as dt
from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.store.tables.dialing import DoNotCallRow

SHORTEST_PREFIX, LONGEST_PREFIX = 2, 16  # with the plus
_AT_ONCE = 5000  # parameters of one query


async def never_called(tx: AsyncSession, numbers: Collection[str], campaign: str, at: dt.datetime) -> set[str]:
    """Those of `numbers` that may not be called now; for the transaction that decides to call."""
    beginnings = {number[:length] for number in numbers for length in _lengths(number)}
    found = await _entries(tx, {*numbers, *beginnings}, campaign, at)
    prefixes = {number for number, is_prefix in found if is_prefix}
    whole = {number for number, is_prefix in found if not is_prefix}
    return {
        number
        for number in numbers
        if number in whole or any(number[:length] in prefixes for length in _lengths(number))
    }


def is_never_called(number: ColumnElement[str] | Any, campaign: str, at: dt.datetime) -> ColumnElement[bool]:
    """The same as a condition on a column; each number costs a few looks into the index."""
    beginnings = [func.substr(number, 1, length) for length in range(SHORTEST_PREFIX, LONGEST_PREFIX + 1)]
    return exists().where(
        DoNotCallRow.number.in_([number, *beginnings]),
        or_(DoNotCallRow.is_prefix, DoNotCallRow.number == number),
        _holds(campaign, at),
    )


def _lengths(number: str) -> range:
    return range(SHORTEST_PREFIX, min(len(number), LONGEST_PREFIX) + 1)


class _Entry(NamedTuple):
    number: str
    is_prefix: bool


async def _entries(tx: AsyncSession, wanted: Iterable[str], campaign: str, at: dt.datetime) -> set[_Entry]:
    rest, found = list(wanted), set[_Entry]()
    for start in range(0, len(rest), _AT_ONCE):
        some = rest[start : start + _AT_ONCE]
        query = select(DoNotCallRow.number, DoNotCallRow.is_prefix)
        query = query.where(DoNotCallRow.number.in_(some), _holds(campaign, at))
        found |= {_Entry(*row) for row in await tx.execute(query)}
    return found


def _holds(campaign: str, at: dt.datetime) -> ColumnElement[bool]:
    is_valid = or_(DoNotCallRow.expires_at.is_(None), DoNotCallRow.expires_at > at)
    return and_(DoNotCallRow.campaign.in_({"", campaign}), is_valid)
