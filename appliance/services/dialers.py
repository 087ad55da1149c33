"""What people do with a dialer while it lives: start, pause, end it, turn its knobs, copy it; all of it is audited."""

import datetime as dt
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.dialing.life import STEPS, Act, DialerState, next_step
from appliance.core.entities.dialers import Dialer
from appliance.core.problems import Invalid, Problem
from appliance.core.site import Site
from appliance.core.words import N_
from appliance.services.clock import now
from appliance.services.entities import create_entity
from appliance.services.errors import NotFound, Stale
from appliance.services.users.trail import audit
from appliance.store.dialing.states import load_left, load_state, load_states, save_state

SECTION = "dialers"
FARTHEST = dt.timedelta(days=366)  # of a start; whoever types a later one has mistaken the year
INTENSITY_PCT, MAX_RATIO_PCT = range(10, 101), range(100, 2001)  # as the dialer's own fields
BY_ITSELF = "appliance"
ALIVE = frozenset({"scheduled", "running", "draining"})  # something may happen to them by itself


@dataclass(frozen=True)
class Change:
    """A step of a dialer's life; `note` is why, for the others."""

    act: Act
    note: str = ""
    starts_at: dt.datetime | None = None


@dataclass(frozen=True)
class Knobs:
    """None: as configured. `seen` is how they stood, intensity first, when somebody decided to turn them."""

    intensity_pct: int | None = None
    max_ratio_pct: int | None = None
    note: str = ""
    seen: tuple[int, int] | None = None


@dataclass(frozen=True)
class Copy:
    """A campaign has one dialer and a list belongs to one: the copy gets a campaign of its own, and no lists."""

    key: str
    name: str
    campaign: str


_CANNOT: dict[Act, str] = {
    "schedule": N_("a dialer that runs, ends or is archived cannot be scheduled: pause or open it first"),
    "start": N_("a dialer that runs or is archived cannot be started"),
    "pause": N_("only a dialer that runs, ends or is scheduled can be paused"),
    "drain": N_("only a dialer that runs or is paused can end after its calls"),
    "finish": N_("only a dialer that runs, ends, is paused or is scheduled can be finished"),
    "archive": N_("a dialer that runs or ends cannot be archived: finish it first"),
    "reopen": N_("only a dialer that is finished or archived can be opened again"),
}


def find_dialer(site: Site, key: str) -> Dialer:
    found = site.dialers.get(key)
    if found is None:
        raise NotFound(f"dialers.{key}")
    return found


async def change_state(tx: AsyncSession, dialer: Dialer, change: Change, *, by: str) -> DialerState:
    """Raises `Invalid` where that may not follow, and `Stale`."""
    before, step = await load_state(tx, dialer.key), STEPS[change.act]
    if before.state not in step.before:
        raise Invalid([Problem(("act",), _CANNOT[change.act])])
    _check(dialer, change)
    after = before._replace(state=step.after, starts_at=change.starts_at if change.act == "schedule" else None)
    return await _save(tx, before, after, (change.act, by, change.note))


def _check(dialer: Dialer, change: Change) -> None:
    if change.act == "schedule":
        ahead = change.starts_at - now() if change.starts_at else dt.timedelta()
        if not dt.timedelta() < ahead <= FARTHEST:
            raise Invalid([Problem(("starts_at",), N_("must be a time to come, within a year"))])
    if change.act in ("schedule", "start") and not dialer.lists:
        raise Invalid([Problem(("act",), N_("it has no list to call"))])


async def turn_knobs(tx: AsyncSession, dialer: Dialer, knobs: Knobs, *, by: str) -> DialerState:
    """They hold at the next decision, also while it runs; no law is loosened by them. Raises `Stale`."""
    before = await load_state(tx, dialer.key)
    turned = before.pace_of(dialer)
    if knobs.seen not in (None, (turned.intensity_pct, turned.max_ratio_pct)):
        raise Stale(f"{SECTION}.{dialer.key}")
    after = before._replace(intensity_pct=knobs.intensity_pct, max_ratio_pct=knobs.max_ratio_pct)
    return await _save(tx, before, after, ("knobs", by, knobs.note))


async def _save(tx: AsyncSession, before: DialerState, after: DialerState, told: tuple[str, str, str]) -> DialerState:
    action, by, note = told
    after = after._replace(changed_at=now(), changed_by=by[:80])
    if not await save_state(tx, after):
        raise Stale(f"dialers.{after.dialer}")
    shown = _shown(after) | ({"note": note[:500]} if note else {})
    await audit(tx, action, after.dialer, by, section=SECTION, before=_shown(before), after=shown)
    return after._replace(version=before.version + 1)


def _shown(state: DialerState) -> dict[str, Any]:
    starts = state.starts_at.isoformat() if state.starts_at else None
    return {
        "state": state.state,
        "starts_at": starts,
        "intensity_pct": state.intensity_pct,
        "max_ratio_pct": state.max_ratio_pct,
    }


async def copy_dialer(tx: AsyncSession, dialer: Dialer, copy: Copy, *, by: str) -> Dialer:
    """Raises `Invalid` as any new entity does."""
    changes = {"key": copy.key, "name": copy.name, "campaign": copy.campaign, "lists": []}
    made = Dialer.model_validate(dialer.model_dump(mode="json") | changes)
    await create_entity(tx, SECTION, made, by=by)
    return made


async def settle(tx: AsyncSession, site: Site, at: dt.datetime) -> list[DialerState]:
    """What happens by itself at `at`; the new states."""
    changed = []
    for key, state in (await load_states(tx)).items():
        dialer = site.dialers.get(key)
        if dialer is None or state.state not in ALIVE:
            continue
        act = next_step(state, dialer, await load_left(tx, dialer), at)
        if act is not None:
            after = state._replace(state=STEPS[act].after, starts_at=None)
            # Stale: a person or another machine was faster, and the next look finds what they did.
            with suppress(Stale):
                changed.append(await _save(tx, state, after, (act, BY_ITSELF, "")))
    return changed
