"""Which of a contact's numbers may be called now: not one that is never called, nobody too often or twice at once."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.contacts import every_form_of, normalised
from appliance.core.dialing.caps import FOR_EVER, NOT_RUNG, Calls, blocked_until, together
from appliance.core.dialing.hours import REACHES, may_begin, next_open
from appliance.core.dialing.law import DialingRules
from appliance.core.dialing.tries import Progress, next_position, parse_positions, position_now
from appliance.core.lists.zones import zone_of as number_zone
from appliance.core.number_plan import plan_of
from appliance.store.among import among
from appliance.store.choosing import RETRY, Candidate
from appliance.store.do_not_call import never_dialled
from appliance.store.tables.contacts import ContactNumberRow
from appliance.store.tables.dialing import AttemptRow

DONE, NEVER, CAPPED, BAD_NUMBER = "done", "never", "capped", "bad_number"
OPEN_AGAIN = dt.timedelta(minutes=5)  # somebody is calling this number right now
NEVER_OPEN = dt.timedelta(days=1)  # for a year: it is looked at again tomorrow
_LOOKS_BACK = dt.timedelta(days=9)  # seven days, and a day in any time zone


class Asked(NamedTuple):
    """Of whom, under which rules, for what kind of call, at what time; `zones` is a candidate's own > the true one."""

    rules: DialingRules
    campaign: str
    kind: str
    at: dt.datetime
    zones: Mapping[tuple[str, str], str]
    country: str = ""


class Reached(NamedTuple):
    """A contact and the number to call."""

    candidate: Candidate
    position: int
    number: str


class Blocked(NamedTuple):
    """What is written to the contact, so that it is not looked at again before there is a reason."""

    candidate: Candidate
    state: str
    result: str = ""
    held_by: str = ""
    next_at: dt.datetime | None = None


class _Known(NamedTuple):
    numbers: Mapping[int, Mapping[int, str]]
    never: Collection[str]
    calls: Mapping[str, Calls]


async def sort_out(
    tx: AsyncSession, candidates: Sequence[Candidate], asked: Asked
) -> tuple[list[Reached], list[Blocked]]:
    """If it cannot be checked, this raises, and nobody is called."""
    numbers = await load_numbers(tx, [each.contact_id for each in candidates], asked.country)
    every = {number for card in numbers.values() for number in card.values()}
    forms = every_form_of(every, asked.country)
    never = await never_dialled(tx, forms, asked.campaign, asked.at)
    known = _Known(numbers, never, await load_calls(tx, forms, asked))
    reached, blocked, taken = list[Reached](), list[Blocked](), set[str]()
    for each in candidates:
        found = _try(each, asked, known)
        if isinstance(found, Reached) and found.number in taken:
            found = Blocked(each, RETRY, held_by="open", next_at=asked.at + OPEN_AGAIN)
        if isinstance(found, Reached):
            taken.add(found.number)
            reached.append(found)
        else:
            blocked.append(found)
    return reached, blocked


def _try(each: Candidate, asked: Asked, known: _Known) -> Reached | Blocked:
    """The number whose turn it is; a number that may never be called gives way to the next one."""
    card = known.numbers.get(each.contact_id, {})
    if each.tries >= asked.rules.max_tries:
        return Blocked(each, DONE, CAPPED)
    calls = together(known.calls[number] for number in known.calls.keys() & card.values())
    zone = asked.zones[each.list, each.zone]
    until = blocked_until(asked.rules, calls, kind=asked.kind, zone=zone, at=asked.at)
    if until == FOR_EVER:
        return Blocked(each, DONE, CAPPED)
    progress = Progress(each.tries, each.position, sorted(card), parse_positions(each.bad_positions))
    position, why = position_now(progress), BAD_NUMBER
    while position is not None:
        number = card[position]
        if number not in known.never:
            opens_at = _opens_at(number, card, asked)
            if opens_at != asked.at:
                return Blocked(each, RETRY, held_by="hours", next_at=opens_at)
            return _now_or_later(Reached(each, position, number), until, calls, asked.at)
        why = NEVER
        progress = progress._replace(bad_positions=progress.bad_positions | {position})
        position = next_position(progress, position)
    return Blocked(each, DONE, why)


def own_zone(number: str, card: Mapping[int, str]) -> str:
    """The contact's zone is its first number's, or what a file said; another number may tell of one of its own."""
    own = number_zone(number)
    return "" if own == number_zone(card[min(card)]) else own


def _opens_at(number: str, card: Mapping[int, str], asked: Asked) -> dt.datetime:
    own = own_zone(number, card)
    if not own or may_begin(asked.rules, own, asked.at):
        return asked.at
    return next_open(asked.rules, own, asked.at + REACHES) or asked.at + NEVER_OPEN


def _now_or_later(reached: Reached, until: dt.datetime | None, calls: Calls, at: dt.datetime) -> Reached | Blocked:
    if calls.is_open:
        return Blocked(reached.candidate, RETRY, held_by="open", next_at=at + OPEN_AGAIN)
    if until is not None:
        return Blocked(reached.candidate, RETRY, held_by="cap", next_at=until)
    return reached


async def load_numbers(tx: AsyncSession, contact_ids: Collection[int], country: str = "") -> dict[int, dict[int, str]]:
    """Of each contact: position > number, in one form for all who have it, whenever it was written down."""
    columns = ContactNumberRow.contact_id, ContactNumberRow.position, ContactNumberRow.number
    found: dict[int, dict[int, str]] = {}
    plan = plan_of(country)
    for row in await tx.execute(select(*columns).where(ContactNumberRow.contact_id.in_(contact_ids))):
        found.setdefault(row.contact_id, {})[row.position] = normalised(row.number, plan)
    return found


async def load_calls(tx: AsyncSession, forms: Mapping[str, Collection[str]], asked: Asked) -> dict[str, Calls]:
    """Of each of the numbers, in whichever of its forms it was called."""
    meant: dict[str, list[str]] = {}
    for number, written in forms.items():
        for form in written:
            meant.setdefault(form, []).append(number)
    columns = AttemptRow.number, AttemptRow.begun_at, AttemptRow.ended_at, AttemptRow.outcome
    query = select(*columns).where(among(tx, AttemptRow.number, meant))
    if not asked.rules.life_cap:
        quiet = dt.timedelta(hours=asked.rules.abandoned_quiet_h, days=1)
        query = query.where(AttemptRow.begun_at > asked.at - max(_LOOKS_BACK, quiet))
    found: dict[str, Calls] = {}
    for called, begun_at, ended_at, outcome in await tx.execute(query):
        for number in meant[called]:
            found[number] = _counted(found.get(number, Calls()), begun_at, ended_at, outcome)
    return found


def _counted(calls: Calls, begun_at: dt.datetime, ended_at: dt.datetime | None, outcome: str) -> Calls:
    if outcome in NOT_RUNG:
        return calls
    last = max(filter(None, (calls.abandoned_at, ended_at if outcome == "abandoned" else None)), default=None)
    is_open = calls.is_open or ended_at is None
    return Calls((*calls.recent, begun_at), calls.ever + 1, last, is_open)
