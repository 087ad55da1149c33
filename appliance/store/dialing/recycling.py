"""Contacts that are done become fresh again, in their list or in another one."""

import datetime as dt
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, exists, func, literal, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from appliance.core.entities.dialers import Dialer
from appliance.store.dialing.do_not_call import Entry, holds
from appliance.store.tables.contacts import ContactNumberRow as Number
from appliance.store.tables.dialing import AttemptRow, DoNotCallRow
from appliance.store.tables.dialing import ListContactRow as Row

OPTED_OUT, NEVER = "opted_out", "never"  # whoever asked for no more calls stays done while that stands on the list


class Recycling(NamedTuple):
    """Whose last attempt came to one of `results`, or whose agent said one of `dispositions`."""

    results: tuple[str, ...] = ()
    dispositions: tuple[str, ...] = ()
    into: str = ""  # another list; empty: fresh again where they are


class Kind(NamedTuple):
    result: str
    disposition: str
    contacts: int


async def count_done(tx: AsyncSession, dialer: Dialer, at: dt.datetime, wanted: Recycling | None = None) -> list[Kind]:
    """Of those that are done, how many of each kind; with `wanted`, of those alone."""
    query = select(Row.result, Row.disposition, func.count()).where(_done(dialer, at))
    if wanted is not None:
        query = query.where(_chosen(wanted))
    columns = Row.result, Row.disposition
    return [Kind(*row) for row in await tx.execute(query.group_by(*columns).order_by(*columns))]


async def make_fresh(tx: AsyncSession, dialer: Dialer, wanted: Recycling, at: dt.datetime) -> int:
    """How many; their attempts stay in the history."""
    new = {"state": "fresh", "tries": 0, "position": 0, "bad_positions": "", "next_at": None, "held_by": ""}
    done = update(Row).where(_done(dialer, at), _chosen(wanted)).values(new | {"disposition": "", "result": ""})
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
        ["list", "added_at", *copied, *fixed], chosen.where(_done(dialer, at), _chosen(wanted)).distinct()
    )
    result = await tx.execute(new.on_conflict_do_nothing())
    return int(getattr(result, "rowcount", 0))


async def count_kept(tx: AsyncSession, entry: Entry) -> dict[str, int]:
    """By list, those with such a number who are done because they must not be called."""
    is_meant = Number.number == entry.number
    if entry.is_prefix:
        is_meant = Number.number.startswith(entry.number, autoescape=True)
    query = select(Row.list, func.count(Row.contact_id.distinct())).join(Number, Number.contact_id == Row.contact_id)
    kept = query.where(is_meant, Row.state == "done", Row.result.in_((OPTED_OUT, NEVER)))
    return {key: contacts for key, contacts in await tx.execute(kept.group_by(Row.list))}


def _done(dialer: Dialer, at: dt.datetime) -> ColumnElement[bool]:
    """Who is not on the do-not-call list any more belongs to them; it is asked again before anybody is called."""
    lists = [each.list for each in dialer.lists]
    of_card, is_barred = Number.contact_id == Row.contact_id, _is_barred(dialer, Number.number, at)
    # In the form in which it was dialled, and stands on the list since: the card may have it in another.
    asked_here = AttemptRow.contact_id == Row.contact_id, AttemptRow.outcome == OPTED_OUT
    asked = exists().where(*asked_here, _is_barred(dialer, AttemptRow.number, at))
    may_be_called = or_(
        Row.result.not_in((OPTED_OUT, NEVER)),
        and_(Row.result == NEVER, exists().where(of_card, ~is_barred)),
        and_(Row.result == OPTED_OUT, ~exists().where(of_card, is_barred), ~asked),
    )
    return and_(Row.list.in_(lists), Row.state == "done", may_be_called)


def _is_barred(dialer: Dialer, number: InstrumentedAttribute[str], at: dt.datetime) -> ColumnElement[bool]:
    entry, stands = DoNotCallRow, holds(dialer.campaign, at)
    whole = exists().where(~entry.is_prefix, entry.number == number, stands)
    beginning = func.substr(number, 1, func.length(entry.number)) == entry.number
    return or_(whole, exists().where(entry.is_prefix, beginning, stands))


def _chosen(wanted: Recycling) -> ColumnElement[bool]:
    said = and_(Row.disposition != "", Row.disposition.in_(wanted.dispositions))
    return or_(Row.result.in_(wanted.results), said)
