"""What the job of the dialers reads: what became of attempts."""

import datetime as dt
from collections.abc import Collection, Sequence

from sqlalchemy import case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.dialing.attempts import Result
from appliance.core.dialing.law import WITH_AN_AGENT
from appliance.core.pacing.budget import Count
from appliance.store.tables.dialing import AttemptRow

_RESULT = [AttemptRow.ended_at if name == "at" else getattr(AttemptRow, name) for name in Result._fields]
# A message is heard by a person only where there are no agents: else a machine has it.
_HAS_NO_PERSON = AttemptRow.outcome.in_(("machine", "fax")) | (
    (AttemptRow.outcome == "delivered") & (AttemptRow.kind != "agentless")
)
IS_PERSON = AttemptRow.answered_at.is_not(None) & ~_HAS_NO_PERSON


async def load_results(tx: AsyncSession, guids: Collection[str]) -> list[Result]:
    """Of those that have ended."""
    if not guids:
        return []
    query = select(*_RESULT).where(AttemptRow.guid.in_(guids), AttemptRow.ended_at.is_not(None))
    return [Result(*row) for row in await tx.execute(query)]


async def load_last(tx: AsyncSession, dialer: str, most: int) -> Sequence[tuple[dt.datetime, Result]]:
    """When each of the last attempts began, and what became of it; the oldest first, without those of agents' own."""
    of_itself = AttemptRow.dialer == dialer, AttemptRow.kind.not_in(WITH_AN_AGENT)
    query = select(AttemptRow.begun_at, *_RESULT).where(*of_itself, AttemptRow.ended_at.is_not(None))
    found = await tx.execute(query.order_by(AttemptRow.begun_at.desc()).limit(most))
    return [(row[0], Result(*row[1:])) for row in reversed(found.all())]


async def load_count(tx: AsyncSession, dialer: str, since: dt.datetime) -> Count:
    """Answers by a living person, and those of them that found no agent in time; who has one on the line counts not."""
    return (await load_counts(tx, dialer, [since]))[0]


async def load_counts(tx: AsyncSession, dialer: str, sinces: Sequence[dt.datetime]) -> list[Count]:
    """Of several windows that all end now, in one reading."""
    nobody_came = AttemptRow.outcome.in_(("abandoned", "opted_out", "lost"))  # lost: Asterisk died in the silence
    is_abandoned = AttemptRow.connected_at.is_(None) & nobody_came
    sums = [
        func.coalesce(func.sum(case((which, 1), else_=0)), 0)
        for since in sinces
        for which in (AttemptRow.begun_at >= since, (AttemptRow.begun_at >= since) & is_abandoned)
    ]
    query = select(*sums).where(
        AttemptRow.dialer == dialer, AttemptRow.begun_at >= min(sinces), AttemptRow.kind == "auto", IS_PERSON
    )
    found = [int(each) for each in (await tx.execute(query)).one()]
    return [Count(*pair) for pair in zip(found[::2], found[1::2], strict=True)]
