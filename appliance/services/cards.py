"""What an agent sees of a call: who calls on which number, the way here, what was before, and the own work on it."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.call_words import CallValues
from appliance.core.contacts import written_forms
from appliance.core.desk import number_of, own_guid, rings_at
from appliance.core.journal.facts import Step
from appliance.core.journal.so_far import SoFar, digits_of, told_so_far
from appliance.core.live import State
from appliance.core.live.state import began_inside
from appliance.core.number_plan import matches, plan_of
from appliance.core.site import Site
from appliance.services.live import Live
from appliance.store.contacts.cards import StoredContact, find_contacts, load_contact
from appliance.store.contacts.history import Earlier, load_history
from appliance.store.interactions import load_interaction
from appliance.store.open_calls import load_open_lines
from appliance.store.snapshots import load_snapshot
from appliance.store.work import Work, load_incomplete, load_work, load_work_since

Phase = Literal["ringing", "calling", "talking", "after"]
KEPT = dt.timedelta(minutes=30)  # how long a call that nobody closed stays on the desk


@dataclass(frozen=True)
class Card:
    """`work` begins when the call is taken; `contact` is who it is, `contacts` are all who have this number."""

    guid: str
    phase: Phase
    direction: str = "inbound"
    number: str = ""
    caller_name: str = ""
    did: str = ""
    queue: str = ""
    campaign: str = ""
    began_at: dt.datetime | None = None
    steps: Sequence[Step] = ()
    digits: Mapping[str, str] = field(default_factory=dict)
    waits: Sequence[tuple[str, dt.datetime, dt.datetime | None]] = ()
    work: Work | None = None
    contact: StoredContact | None = None
    contacts: Sequence[StoredContact] = ()
    history: Sequence[Earlier] = ()

    @property
    def waited_s(self) -> float | None:
        """None while it goes on, or where nobody waited."""
        if not self.waits or self.waits[-1][2] is None:
            return None
        return sum((until - since).total_seconds() for _queue, since, until in self.waits if until)


@dataclass(frozen=True)
class Desk:
    """Whose desk it is, and the parts of the house that know about calls."""

    agent: str
    node: str
    live: Live


async def current_guid(tx: AsyncSession, desk: Desk, at: dt.datetime) -> str:
    """The call that rings or goes on; else the one that something is owed for; else the last one, for a while."""
    if guid := own_guid(desk.live.state, desk.agent):
        return guid
    incomplete = [work for work in await load_incomplete(tx, desk.agent) if work.ended_at]
    if incomplete:
        return incomplete[-1].guid
    for work in await load_work_since(tx, desk.agent, at - KEPT - dt.timedelta(hours=4), most=1):
        if not work.chosen_by and work.ended_at and work.ended_at > at - KEPT:
            return work.guid
    return ""


async def load_card(tx: AsyncSession, desk: Desk, guid: str) -> Card | None:
    """None where this call is none of the agent's."""
    work = await load_work(tx, guid, desk.agent)
    call_id = rings_at(desk.live.state, desk.agent)
    is_live = bool(guid) and own_guid(desk.live.state, desk.agent) == guid
    card = await _live_card(tx, desk, call_id, work) if is_live else await _ended_card(tx, desk, work)
    return await _with_customer(tx, card) if card else None


async def _live_card(tx: AsyncSession, desk: Desk, call_id: str, work: Work | None) -> Card:
    state = desk.live.state
    call = state.calls[call_id]
    is_own = began_inside(state.channels.get(call_id), state.devices)
    told = told_so_far(await load_open_lines(tx, desk.node, call_id, call.guid))
    return Card(
        guid=call.guid,
        phase=_phase(state, desk.agent, call_id),
        direction=told.direction or ("outbound" if is_own else "inbound"),
        number=number_of(state, call_id, call),
        caller_name=told.caller_name or call.caller_name,
        did=told.did or call.did,
        queue=call.queue or (told.waits[-1][0] if told.waits else ""),
        campaign=call.campaign or told.campaign,
        began_at=told.began_at or call.started_at,
        steps=told.steps,
        digits=told.digits,
        waits=told.waits,
        work=work,
    )


def _phase(state: State, key: str, call_id: str) -> Phase:
    agent = state.agents[key]
    legs = [state.channels[each] for each in agent.channels if each in state.channels]
    if all(leg.state == "ringing" for leg in legs if leg.call_id == call_id):
        return "ringing"
    return "calling" if agent.state == "dialing" else "talking"


async def _ended_card(tx: AsyncSession, desk: Desk, work: Work | None) -> Card | None:
    """From the history; until the journal has told of the end, from what it has told so far."""
    if work is None:
        return None
    story = await load_interaction(tx, work.guid)
    if story is None:
        told = told_so_far(await load_open_lines(tx, desk.node, "", work.guid))
        return _after(work, told.direction, told, [*told.waits])
    call = story.interaction
    waits = [(s.queue, s.began_at, s.ended_at) for s in story.segments if s.kind == "waiting"]
    told = SoFar(call.guid, call.direction, call.caller, call.caller_name, call.did, call.campaign, call.language,
                 call.entered_at, tuple(story.steps), digits=digits_of(story.steps))  # fmt: skip
    return _after(work, call.direction, told, [*waits])


def _after(work: Work, direction: str, told: SoFar, waits: list[tuple[str, dt.datetime, dt.datetime | None]]) -> Card:
    return Card(
        guid=work.guid,
        phase="after",
        direction=direction or "inbound",
        number=work.number or told.caller,
        caller_name=told.caller_name,
        did=told.did,
        queue=work.queue or (waits[-1][0] if waits else ""),
        campaign=work.campaign or told.campaign,
        began_at=told.began_at,
        steps=told.steps,
        digits=told.digits,
        waits=waits,
        work=work,
    )


async def _with_customer(tx: AsyncSession, card: Card) -> Card:
    plan = plan_of((await load_snapshot(tx)).site.settings.country)
    forms = written_forms(card.number, plan)
    contacts = await find_contacts(tx, forms)
    chosen_id = card.work.contact_id if card.work else None
    chosen = await load_contact(tx, chosen_id) if chosen_id else None
    contact = chosen or (contacts[0] if len(contacts) == 1 else None)
    numbers = [each.number for each in contact.contact.numbers] if contact else []
    every = forms.union(*(written_forms(each, plan) for each in numbers))
    history = await load_history(tx, every, contact.contact_id if contact else None)
    earlier = [each for each in history if each.guid != card.guid]
    return replace(card, contact=contact, contacts=contacts, history=earlier)


def did_name(site: Site, did: str) -> str:
    """What people here call the number that was dialled."""
    route = site.inbound_routes.get(did)
    route = route or next((each for key, each in site.inbound_routes.items() if matches(key, did)), None)
    return route.name if route else ""


def values_of_card(site: Site, card: Card, agent: str) -> CallValues:
    """What scripts and addresses may show of it."""
    contact = card.contact.contact if card.contact else None
    words = {
        "contact.name": contact.name if contact else card.caller_name,
        "contact.company": contact.company if contact else "",
        "contact.email": contact.email if contact else "",
        "call.number": card.number,
        "call.did": card.did,
        "call.line": did_name(site, card.did),
        "call.queue": site.queues[card.queue].name if card.queue in site.queues else card.queue,
        "agent.name": site.agents[agent].name if agent in site.agents else agent,
    }
    words |= {f"contact.{each.name}": each.value for each in (contact.fields if contact else ())}
    return CallValues(
        caller=card.number,
        did=card.did,
        guid=card.guid,
        agent=agent,
        queue=card.queue,
        campaign=card.campaign,
        digits=card.digits,
        words=words,
    )
