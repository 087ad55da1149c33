"""Which of a contact's numbers may be called now: not one that is never called, nobody too often or twice at once."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import CompoundSelect, literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.contacts import every_form_of, normalised
from appliance.core.dialing.caps import FOR_EVER, NOT_RUNG, Calls, blocked_until, together
from appliance.core.dialing.hours import REACHES, further_zones, may_begin, next_open
from appliance.core.dialing.law import DialingRules
from appliance.core.dialing.tries import Progress, next_position, parse_positions, position_now
from appliance.core.number_plan import plan_of
from appliance.store.among import among
from appliance.store.dialing.do_not_call import never_dialled
from appliance.store.dialing.lanes import RETRY, Candidate
from appliance.store.tables.calls import HandCallRow
from appliance.store.tables.columns import table_of
from appliance.store.tables.contacts import ContactNumberRow
from appliance.store.tables.dialing import AttemptRow

DONE, NEVER, CAPPED, BAD_NUMBER = "done", "never", "capped", "bad_number"
OPEN_AGAIN = dt.timedelta(minutes=5)  # somebody is calling this number right now
NEVER_OPEN = dt.timedelta(days=1)  # for a year: it is looked at again tomorrow
_NUMBER, _ATTEMPT, _BY_HAND = (table_of(each).c for each in (ContactNumberRow, AttemptRow, HandCallRow))
_LOOKS_BACK = dt.timedelta(days=9)  # seven days, and a day in any time zone


class Asked(NamedTuple):
    """Of whom, under which rules, for what kind of call, at what time; `zones` is a candidate's own > the true one.

    `quiet_h` says of other dialers how long nobody is called after they lost a call.
    """

    rules: DialingRules
    campaign: str
    kind: str
    at: dt.datetime
    zones: Mapping[tuple[str, str], str]
    country: str = ""
    quiet_h: Mapping[str, int] = {}

    def quiet_after(self, dialer: str) -> dt.timedelta:
        return dt.timedelta(hours=max(self.rules.abandoned_quiet_h, self.quiet_h.get(dialer, 0)))


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
    called: Collection[int]


async def sort_out(
    tx: AsyncSession, candidates: Sequence[Candidate], asked: Asked, taken: Collection[str] = ()
) -> tuple[list[Reached], list[Blocked]]:
    """If it cannot be checked, this raises, and nobody is called. `taken` are numbers that are about to be called."""
    numbers = await load_numbers(tx, [each.contact_id for each in candidates], asked.country)
    every = {number for card in numbers.values() for number in card.values()}
    forms = every_form_of(every, asked.country)
    never = await never_dialled(tx, forms, asked.campaign, asked.at)
    known = _Known(numbers, never, await load_calls(tx, forms, asked), await load_called(tx))
    reached, blocked, taken = list[Reached](), list[Blocked](), {*taken}
    for each in candidates:
        found = _try(each, asked, known)
        if isinstance(found, Reached) and not taken.isdisjoint(numbers[each.contact_id].values()):
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
            opens_at = _opens_at(number, card, each.zone, zone=zone, asked=asked)
            if opens_at != asked.at:
                return Blocked(each, RETRY, held_by="hours", next_at=opens_at)
            is_open = calls.is_open or each.contact_id in known.called
            return _now_or_later(Reached(each, position, number), until, is_open=is_open, at=asked.at)
        why = NEVER
        progress = progress._replace(bad_positions=progress.bad_positions | {position})
        position = next_position(progress, position)
    return Blocked(each, DONE, why)


def _opens_at(number: str, card: Mapping[int, str], listed: str, *, zone: str, asked: Asked) -> dt.datetime:
    """When it is the hour wherever the number may be, besides the contact's own zone."""
    rules, at = asked.rules, asked.at
    further = further_zones(number, card, listed, zone)
    shut = [each for each in further if not may_begin(rules, each, at)]
    return max((next_open(rules, each, at + REACHES) or at + NEVER_OPEN for each in shut), default=at)


def _now_or_later(reached: Reached, until: dt.datetime | None, *, is_open: bool, at: dt.datetime) -> Reached | Blocked:
    if is_open:
        return Blocked(reached.candidate, RETRY, held_by="open", next_at=at + OPEN_AGAIN)
    if until is not None:
        return Blocked(reached.candidate, RETRY, held_by="cap", next_at=until)
    return reached


async def load_numbers(tx: AsyncSession, contact_ids: Collection[int], country: str = "") -> dict[int, dict[int, str]]:
    """Of each contact: position > number, in one form for all who have it, whenever it was written down."""
    found: dict[int, dict[int, str]] = {}
    plan = plan_of(country)
    query = select(_NUMBER.contact_id, _NUMBER.position, _NUMBER.number).where(
        among(tx, _NUMBER.contact_id, contact_ids)
    )
    for contact_id, position, number in await (await tx.connection()).execute(query):
        found.setdefault(contact_id, {})[position] = normalised(number, plan)
    return found


async def load_called(tx: AsyncSession) -> set[int]:
    """The contacts whom any dialer is calling now, at whichever number: also one that is not on their card any more."""
    query = select(_ATTEMPT.contact_id).where(_ATTEMPT.ended_at.is_(None), _ATTEMPT.contact_id.is_not(None))
    return set((await (await tx.connection()).execute(query)).scalars())


async def load_calls(tx: AsyncSession, forms: Mapping[str, Collection[str]], asked: Asked) -> dict[str, Calls]:
    """Of each of the numbers, in whichever of its forms it was called, by a dialer or by hand."""
    meant: dict[str, list[str]] = {}
    for number, written in forms.items():
        for form in written:
            meant.setdefault(form, []).append(number)
    called = await (await tx.connection()).execute(_calls_of(tx, meant, _since(asked)))
    found: dict[str, Calls] = {}
    for form, begun_at, ended_at, outcome, dialer in called:
        if outcome in NOT_RUNG:
            continue
        quiet_until = ended_at + asked.quiet_after(dialer) if outcome == "abandoned" else None
        call = Calls((begun_at,), 1, quiet_until, ended_at is None)
        for number in meant[form]:
            found[number] = together((found.get(number, Calls()), call))
    return found


def _since(asked: Asked) -> dt.datetime | None:
    if asked.rules.life_cap:
        return None
    quiet = max(map(asked.quiet_after, ["", *asked.quiet_h])) + dt.timedelta(days=1)
    return asked.at - max(_LOOKS_BACK, quiet)


def _calls_of(tx: AsyncSession, forms: Collection[str], since: dt.datetime | None) -> CompoundSelect[Any]:
    """Of dialers and by hand: number, begun, ended, outcome, dialer."""
    attempts = select(_ATTEMPT.number, _ATTEMPT.begun_at, _ATTEMPT.ended_at, _ATTEMPT.outcome, _ATTEMPT.dialer)
    by_hand = select(_BY_HAND.number, _BY_HAND.at, _BY_HAND.at, literal("answered"), literal(""))
    attempts = attempts.where(among(tx, _ATTEMPT.number, forms))
    by_hand = by_hand.where(among(tx, _BY_HAND.number, forms))
    if since is not None:
        attempts, by_hand = attempts.where(_ATTEMPT.begun_at > since), by_hand.where(_BY_HAND.at > since)
    return union_all(attempts, by_hand)
