"""Callbacks that are owed, and what became of them; written with the journal's position, so nothing counts twice."""

import datetime as dt
from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import Select, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.callbacks import Asked, Callback, News, after_attempt
from appliance.core.entities.queues import Queue
from appliance.core.sight import Sight
from appliance.store.ordering import Order
from appliance.store.site import load_entity
from appliance.store.tables.callbacks import CallbackRow


class CallbackFilter(NamedTuple):
    """Empty fields do not narrow."""

    queue: str = ""
    only_owed: bool = False
    sight: Sight = Sight()  # of who asks


EVERYTHING = CallbackFilter()
SORTS = ("number", "queue", "asked_at", "waited_s", "tries", "result")
_ALL = [getattr(CallbackRow, name) for name in Callback._fields]


async def save_callbacks(tx: AsyncSession, news: Iterable[Asked | News]) -> None:
    """In the order of the journal."""
    for each in news:
        if isinstance(each, Asked):
            await _insert(tx, each)
        else:
            await save_news(tx, each)


async def _insert(tx: AsyncSession, asked: Asked) -> None:
    """One open callback for a number and queue; the same line read again changes nothing."""
    kind = sqlite if tx.get_bind().dialect.name == "sqlite" else postgresql
    row = {**asked._asdict(), "tries": 0, "next_try_at": asked.asked_at, "last_guid": "", "result": ""}
    await tx.execute(kind.insert(CallbackRow).values(**row).on_conflict_do_nothing())


async def save_news(tx: AsyncSession, news: News) -> None:
    """Only what is waited for counts: another attempt's news come too late."""
    found = await tx.execute(
        select(*_ALL).where(
            CallbackRow.guid == news.guid,
            CallbackRow.last_guid == news.attempt,
            CallbackRow.result == "",
            CallbackRow.ended_at.is_(None),
        )
    )
    row = found.first()
    if row is None:
        return
    owed = Callback._make(row)
    queue = await load_entity(tx, "queues", owed.queue)
    after = after_attempt(owed, news, queue[0] if queue and isinstance(queue[0], Queue) else None)
    await tx.execute(update(CallbackRow).where(CallbackRow.callback_id == owed.callback_id).values(**after._asdict()))


async def begin_attempt(tx: AsyncSession, owed: Callback, attempt: str, lost_at: dt.datetime) -> bool:
    """False where somebody cancelled or began it meanwhile: then nothing may be dialled."""
    done = await tx.execute(
        update(CallbackRow)
        .where(
            CallbackRow.callback_id == owed.callback_id,
            CallbackRow.ended_at.is_(None),
            CallbackRow.tries == owed.tries,
            CallbackRow.last_guid == owed.last_guid,
        )
        .values(tries=owed.tries + 1, last_guid=attempt, result="", next_try_at=lost_at)
        .returning(CallbackRow.callback_id)
    )
    return done.first() is not None


async def end_callback(tx: AsyncSession, callback_id: int, result: str, at: dt.datetime) -> bool:
    """False where it had ended before."""
    done = await tx.execute(
        update(CallbackRow)
        .where(CallbackRow.callback_id == callback_id, CallbackRow.ended_at.is_(None))
        .values(result=result, ended_at=at)
        .returning(CallbackRow.callback_id)
    )
    return done.first() is not None


async def load_owed(tx: AsyncSession, node: str) -> list[Callback]:
    found = await tx.execute(select(*_ALL).where(CallbackRow.ended_at.is_(None), CallbackRow.node == node))
    return [Callback._make(row) for row in found.all()]


async def load_callback(tx: AsyncSession, callback_id: int) -> Callback | None:
    row = (await tx.execute(select(*_ALL).where(CallbackRow.callback_id == callback_id))).first()
    return Callback._make(row) if row else None


async def list_callbacks(
    tx: AsyncSession, wanted: CallbackFilter = EVERYTHING, *, sort: str = "", page: int = 1, size: int = 50
) -> list[Callback]:
    """One more than `size`. Who is owed one comes first, in the order of asking, then what is over, newest first."""
    query = _narrowed(select(*_ALL), wanted)
    if sort:
        query = _order(sort).apply(query)
    else:
        query = query.order_by(CallbackRow.ended_at.is_not(None), CallbackRow.ended_at.desc(), CallbackRow.asked_at)
    found = await tx.execute(query.offset((page - 1) * size).limit(size + 1))
    return [Callback._make(row) for row in found.all()]


async def more_callbacks(
    tx: AsyncSession, wanted: CallbackFilter, sort: str, *, after: Callback | None, size: int
) -> list[Callback]:
    """The next ones of all that are wanted; the newest first where no order is asked for."""
    order = _order(sort or "-asked_at")
    query = order.apply(_narrowed(select(*_ALL), wanted), order.place(after) if after else None)
    return [Callback._make(row) for row in (await tx.execute(query.limit(size))).all()]


def _narrowed(query: Select[Any], wanted: CallbackFilter) -> Select[Any]:
    if wanted.queue:
        query = query.where(CallbackRow.queue == wanted.queue)
    if wanted.sight.is_limited:
        query = query.where(CallbackRow.queue.in_(sorted(wanted.sight.queues)))
    return query.where(CallbackRow.ended_at.is_(None)) if wanted.only_owed else query


def _order(sort: str) -> Order:
    return Order([getattr(CallbackRow, sort.removeprefix("-")), CallbackRow.callback_id], sort.startswith("-"))
