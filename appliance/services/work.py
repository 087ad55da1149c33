"""Agents' work on interactions: kept while they type, completed when they say so, or when time is up."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.answers import answer_problems, first_answers, read_answers
from appliance.core.contacts import written_forms
from appliance.core.desk import AtWork
from appliance.core.entities.inbound import Campaign
from appliance.core.entities.work import Disposition, WorkForm
from appliance.core.number_plan import plan_of
from appliance.core.problems import Invalid, Problem
from appliance.core.site import Site
from appliance.core.words import N_
from appliance.services.clock import now
from appliance.services.dispositions import tell_dialer
from appliance.services.errors import NotFound, Stale
from appliance.services.reminders import Promise, promise_call, withdraw_promises
from appliance.store.contacts.cards import find_only_contact, load_contact
from appliance.store.snapshots import load_snapshot
from appliance.store.work import Work, insert_work, load_work, update_work

BY_AGENT, BY_TIMEOUT = "agent", "timeout"
MOST_NOTES = 10_000


@dataclass(frozen=True)
class Edit:
    """What a page sends while somebody types, from which version on; None leaves a part as it is."""

    version: int
    notes: str | None = None
    answers: Mapping[str, str] | None = None
    is_marked: bool | None = None


@dataclass(frozen=True)
class Closing:
    """The last word: a disposition (or none), and where it promises a call, when and whose."""

    disposition: str
    due_at: dt.datetime | None = None
    is_own: bool = True


async def open_work(tx: AsyncSession, found: AtWork, site: Site) -> bool:
    """Once for an agent and interaction; False where it was open already."""
    form = form_of(site, found.campaign)
    forms = written_forms(found.number, plan_of(site.settings.country))
    return await insert_work(
        tx,
        Work(
            guid=found.guid,
            agent=found.agent,
            campaign=found.campaign,
            queue=found.queue,
            number=found.number[:80],
            contact_id=await find_only_contact(tx, forms),
            disposition="",
            chosen_by="",
            notes="",
            form=form.key if form else "",
            answers=dict(first_answers(form)) if form else {},
            is_marked=False,
            began_at=now(),
            ended_at=None,
            completed_at=None,
            version=1,
        ),
    )


async def own_work(tx: AsyncSession, guid: str, agent: str) -> Work:
    """Another agent's is not found."""
    work = await load_work(tx, guid, agent) if agent else None
    if work is None:
        raise NotFound(f"work.{guid}")
    return work


async def save_work(tx: AsyncSession, work: Work, edit: Edit) -> list[Problem]:
    """Stores all that was typed, also what does not fit yet, and says what does not. Raises `Stale`."""
    site = (await load_snapshot(tx)).site
    form, values, problems = site.forms.get(work.form), dict[str, Any](), list[Problem]()
    if edit.notes is not None:
        values["notes"] = _plain(edit.notes)
    if edit.is_marked is not None:
        values["is_marked"] = edit.is_marked
    if edit.answers is not None and form is not None:
        values["answers"] = read_answers(form, edit.answers)
        problems = answer_problems(form, values["answers"], is_final=False)
    if not await update_work(tx, work._replace(version=edit.version), **values):
        raise Stale(f"work.{work.guid}")
    return problems


def _plain(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\0", "")
    return text[:MOST_NOTES]


async def finish_work(tx: AsyncSession, work: Work, closing: Closing, *, by: str) -> Work:
    """Raises `Invalid` where something that is needed is missing, and `Stale`."""
    site = (await load_snapshot(tx)).site
    _check(site, work, closing)
    await withdraw_promises(tx, work.guid)
    chosen = site.dispositions.get(closing.disposition)
    if chosen is not None and chosen.callback:
        promise = Promise(
            number=work.number,
            due_at=closing.due_at,
            agent=work.agent if closing.is_own else "",
            note=work.notes[:200],
            campaign=work.campaign,
            guid=work.guid,
        )
        await promise_call(tx, promise, by=by)
    return await _complete(tx, work, closing.disposition, BY_AGENT)


async def finish_late(tx: AsyncSession, work: Work, disposition: str) -> Work:
    """The agent did not choose in time. Raises `Stale` where that has just happened."""
    return await _complete(tx, work, disposition, BY_TIMEOUT)


async def finish_at_machine(tx: AsyncSession, work: Work) -> Work:
    """The agent heard a machine: the campaign's word for it, if it has one, and nothing else is asked."""
    offered = offered_dispositions((await load_snapshot(tx)).site, work.campaign)
    return await _complete(tx, work, next((key for key, each in offered.items() if each.machine), ""), BY_AGENT)


async def _complete(tx: AsyncSession, work: Work, disposition: str, chosen_by: str) -> Work:
    done = work._replace(disposition=disposition, chosen_by=chosen_by, completed_at=now())
    values = {name: getattr(done, name) for name in ("disposition", "chosen_by", "completed_at")}
    if not await update_work(tx, work, **values):
        raise Stale(f"work.{work.guid}")
    await tell_dialer(tx, done)
    return done._replace(version=work.version + 1)


async def choose_contact(tx: AsyncSession, work: Work, contact_id: int | None) -> None:
    """Who the customer of this call is; None: nobody who is known."""
    if contact_id is not None and await load_contact(tx, contact_id) is None:
        raise NotFound(f"contacts.{contact_id}")
    if not await update_work(tx, work, contact_id=contact_id):
        raise Stale(f"work.{work.guid}")


def _check(site: Site, work: Work, closing: Closing) -> None:
    offered, form = offered_dispositions(site, work.campaign), site.forms.get(work.form)
    problems = answer_problems(form, work.answers, is_final=True) if form else []
    if closing.disposition and closing.disposition not in offered:
        problems.append(Problem(("disposition",), N_("must be one of the list")))
    campaign = site.campaigns.get(work.campaign)
    if not closing.disposition and campaign is not None and campaign.disposition_required:
        problems.append(Problem(("disposition",), N_("must be given")))
    if problems:
        raise Invalid(problems)


def form_of(site: Site, campaign: str) -> WorkForm | None:
    found: Campaign | None = site.campaigns.get(campaign)
    return site.forms.get(found.form) if found else None


def offered_dispositions(site: Site, campaign: str) -> dict[str, Disposition]:
    """What the campaign lists, or all. One that others stand below is their heading, and cannot be chosen itself."""
    found = site.campaigns.get(campaign)
    listed = [each.disposition for each in found.dispositions] if found and found.dispositions else site.dispositions
    keys = {*listed, *(key for key, each in site.dispositions.items() if each.parent in listed)}
    parents = {site.dispositions[key].parent for key in keys if key in site.dispositions}
    return {key: each for key, each in site.dispositions.items() if key in keys and key not in parents}
