"""Makes a phone, an agent with a seat, places in queues and a user for a new person: in one transaction, or nothing."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.entities.queues import Queue
from appliance.core.entities.waiting import Member
from appliance.core.new_person import NewPerson
from appliance.core.problems import Invalid, Problem
from appliance.core.words import N_
from appliance.services.entities import create_entity, save_entity
from appliance.services.licenses.seats import give_free_seats
from appliance.services.users.changes import create_user
from appliance.store.site import load_entity, load_site


@dataclass(frozen=True)
class Made:
    agent: str  # its key; empty for nobody who takes calls from queues
    password: str  # for the first sign-in; empty without a user


async def make_person(tx: AsyncSession, person: NewPerson, *, by: str) -> Made:
    """Raises Invalid; then the transaction must be given up."""
    await create_entity(tx, "extensions", person.extension(), by=by)
    agent = await _make_agent(tx, person, by=by) if person.is_agent else ""
    password = await create_user(tx, person.user(agent), by=by) if person.is_user else ""
    return Made(agent, password)


async def _make_agent(tx: AsyncSession, person: NewPerson, *, by: str) -> str:
    agent = person.agent(await load_site(tx))
    await create_entity(tx, "agents", agent, by=by)
    for key in dict.fromkeys(person.queues):
        found = await load_entity(tx, "queues", key)
        if found is None or not isinstance(found[0], Queue):
            raise Invalid([Problem(("queues",), N_("'{key}' is no queue"), {"key": key})])
        queue = found[0].model_copy(update={"members": [*found[0].members, Member(agent=agent.key, penalty=0)]})
        await save_entity(tx, "queues", queue, version=found[1], by=by)
    await give_free_seats(tx, [agent.key], by=by)
    return agent.key
