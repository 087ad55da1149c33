"""Contacts that are done become fresh again, in their list or in another one."""

import datetime as dt
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, func, literal, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.entities.dialers import Dialer
from appliance.store.tables.dialing import ListContactRow as Row

NEVER_AGAIN = ("opted_out", "never")  # whoever asked for no more calls stays done


class Recycling(NamedTuple):
    """Whose last attempt came to one of `results`, or whose agent said one of `dispositions`."""

    results: tuple[str, ...] = ()
    dispositions: tuple[str, ...] = ()
    into: str = ""  # another list; empty: fresh again where they are


class Kind(NamedTuple):
    result: str
    disposition: str
    contacts: int


async def count_done(tx: AsyncSession, dialer: Dialer, wanted: Recycling | None = None) -> list[Kind]:
    """Of those that are done, how many of each kind; with `wanted`, of those alone."""
    query = select(Row.result, Row.disposition, func.count()).where(_done(dialer))
    if wanted is not None:
        query = query.where(_chosen(wanted))
    columns = Row.result, Row.disposition
    return [Kind(*row) for row in await tx.execute(query.group_by(*columns).order_by(*columns))]


async def make_fresh(tx: AsyncSession, dialer: Dialer, wanted: Recycling) -> int:
    """How many; their attempts stay in the history."""
    new = {"state": "fresh", "tries": 0, "position": 0, "bad_positions": "", "next_at": None, "held_by": ""}
    done = update(Row).where(_done(dialer), _chosen(wanted)).values(new | {"disposition": "", "result": ""})
    result = await tx.execute(done.execution_options(synchronize_session=False))
    return int(getattr(result, "rowcount", 0))


async def copy_to(tx: AsyncSession, dialer: Dialer, wanted: Recycling, at: dt.datetime) -> int:
    """Into another list, where they are not yet in it; in their own they stay done."""
    copied = {name: getattr(Row, name) for name in ("contact_id", "own_key", "priority", "owner", "zone", "sort_key")}
    plain = {"state": "fresh", "tries": 0, "position": 0, "bad_positions": "", "held_by": "", "reserved_by": ""}
    fixed = plain | {"result": "", "disposition": ""}
    chosen = select(
        literal(wanted.into), literal(at, Row.added_at.type), *copied.values(), *map(literal, fixed.values())
    )
    kind = sqlite if tx.get_bind().dialect.name == "sqlite" else postgresql
    new = kind.insert(Row).from_select(
        ["list", "added_at", *copied, *fixed], chosen.where(_done(dialer), _chosen(wanted)).distinct()
    )
    result = await tx.execute(new.on_conflict_do_nothing())
    return int(getattr(result, "rowcount", 0))


def _done(dialer: Dialer) -> ColumnElement[bool]:
    lists = [each.list for each in dialer.lists]
    return and_(Row.list.in_(lists), Row.state == "done", Row.result.not_in(NEVER_AGAIN))


def _chosen(wanted: Recycling) -> ColumnElement[bool]:
    said = and_(Row.disposition != "", Row.disposition.in_(wanted.dispositions))
    return or_(Row.result.in_(wanted.results), said)
