"""Reads interactions for people: lists by what they look for, and one with its whole story."""

import datetime as dt
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.journal.facts import Interaction, Recording, Segment, Step
from appliance.core.sight import EVERYTHING, Sight
from appliance.store.ordering import Order
from appliance.store.tables.calls import InteractionRow, RecordingRow, SegmentRow, StepRow


class InteractionFilter(NamedTuple):
    """Empty fields do not narrow. `caller` is any part of the number; a queue or agent counts wherever the call was."""

    since: dt.datetime | None = None
    until: dt.datetime | None = None  # not included
    queue: str = ""
    agent: str = ""
    caller: str = ""
    outcome: str = ""
    direction: str = ""
    sight: Sight = EVERYTHING  # of who asks


NEWEST_FIRST = "-entered_at"
# Each has an index that serves it.
SORTS = ("entered_at", "caller", "queue", "agent", "outcome")


class Page(NamedTuple):
    """`sort` is one of SORTS, with a hyphen before it from the last to the first."""

    number: int = 1
    size: int = 50
    sort: str = NEWEST_FIRST


FIRST_PAGE = Page()


class InteractionPage(NamedTuple):
    interactions: list[Interaction]
    has_more: bool


class InteractionStory(NamedTuple):
    interaction: Interaction
    segments: list[Segment]
    steps: list[Step]
    recording: Recording | None


_COLUMNS = [getattr(InteractionRow, name) for name in Interaction._fields]


async def list_interactions(tx: AsyncSession, wanted: InteractionFilter, page: Page = FIRST_PAGE) -> InteractionPage:
    query = _order(page.sort).apply(_narrowed(select(*_COLUMNS), wanted))
    found = await tx.execute(query.offset((page.number - 1) * page.size).limit(page.size + 1))
    interactions = [Interaction._make(row) for row in found.all()]
    return InteractionPage(interactions[: page.size], len(interactions) > page.size)


async def more_interactions(
    tx: AsyncSession, wanted: InteractionFilter, sort: str, *, after: Interaction | None, size: int
) -> list[Interaction]:
    """The next ones of all that are wanted, however many those are."""
    order = _order(sort)
    query = order.apply(_narrowed(select(*_COLUMNS), wanted), order.place(after) if after else None)
    return [Interaction._make(row) for row in (await tx.execute(query.limit(size))).all()]


def _order(sort: str) -> Order:
    name = sort.removeprefix("-")
    first = [getattr(InteractionRow, name)] if name != "entered_at" else []
    return Order([*first, InteractionRow.entered_at, InteractionRow.guid], sort.startswith("-"))


async def load_interaction(tx: AsyncSession, guid: str, sight: Sight = EVERYTHING) -> InteractionStory | None:
    """None also for one that is out of sight."""
    row = (await tx.execute(select(*_COLUMNS).where(InteractionRow.guid == guid, in_sight(sight)))).first()
    if row is None:
        return None
    segments = await tx.execute(
        select(*(getattr(SegmentRow, name) for name in Segment._fields))
        .where(SegmentRow.guid == guid)
        .order_by(SegmentRow.position)
    )
    steps = await tx.execute(
        select(*(getattr(StepRow, name) for name in Step._fields))
        .where(StepRow.guid == guid)
        .order_by(StepRow.position)
    )
    return InteractionStory(
        Interaction._make(row),
        [Segment._make(segment) for segment in segments.all()],
        [Step._make(step) for step in steps.all()],
        await load_recording(tx, guid),
    )


async def load_recording(tx: AsyncSession, guid: str, sight: Sight = EVERYTHING) -> Recording | None:
    """None also for one that is out of sight."""
    query = select(*(getattr(RecordingRow, name) for name in Recording._fields)).join(InteractionRow)
    row = (await tx.execute(query.where(RecordingRow.guid == guid, in_sight(sight)))).first()
    return Recording._make(row) if row else None


def _narrowed(query: Select[Any], wanted: InteractionFilter) -> Select[Any]:
    if wanted.since is not None:
        query = query.where(InteractionRow.entered_at >= wanted.since)
    if wanted.until is not None:
        query = query.where(InteractionRow.entered_at < wanted.until)
    if wanted.queue:
        query = query.where(or_(InteractionRow.queue == wanted.queue, _has_segment(SegmentRow.queue == wanted.queue)))
    if wanted.agent:
        query = query.where(or_(InteractionRow.agent == wanted.agent, _has_segment(SegmentRow.agent == wanted.agent)))
    if wanted.caller:
        query = query.where(InteractionRow.caller.contains(wanted.caller, autoescape=True))
    for column, value in ((InteractionRow.outcome, wanted.outcome), (InteractionRow.direction, wanted.direction)):
        if value:
            query = query.where(column == value)
    return query.where(in_sight(wanted.sight))


def in_sight(sight: Sight) -> ColumnElement[bool]:
    """As `Sight.may_see_call` says, at any time of the call: whoever had it once may look back at it."""
    if not sight.is_limited:
        return true()
    row, part = InteractionRow, SegmentRow
    queues, agents = sorted(sight.queues), sorted(sight.agents)
    return or_(
        row.queue.in_(queues),
        row.campaign.in_(sorted(sight.campaigns)),
        row.agent.in_(agents),
        _has_segment(or_(part.queue.in_(queues), part.agent.in_(agents))),
        and_(row.queue == "", row.campaign == "", row.agent == "", row.did.in_(sorted(sight.numbers))),
    )


def _has_segment(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return select(SegmentRow.guid).where(SegmentRow.guid == InteractionRow.guid, condition).exists()
