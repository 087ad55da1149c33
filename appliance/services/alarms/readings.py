"""What alarms measure: queues and agents in the live picture, figures of the day, trunks, the disk."""

import asyncio
import datetime as dt
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from appliance.adapters.host import used_pct
from appliance.core.alarms import Readings
from appliance.core.board import FIGURES, midnight
from appliance.core.live import State
from appliance.core.site import Site
from appliance.core.trunk_state import WORDS, overall
from appliance.services.agents.pauses import load_left_s
from appliance.services.board.picture import Board
from appliance.services.clock import now
from appliance.services.live import Live
from appliance.services.trunk_states import TrunkStates
from appliance.store.dialing.states import load_states
from appliance.store.reminders import load_first_due

FINISHED = dt.timedelta(hours=1)


class Gauges:
    def __init__(self, live: Live, board: Board, trunks: TrunkStates, folder: Path) -> None:
        self._live = live
        self._board = board
        self._trunks = trunks
        self._folder = folder

    async def read(self, tx: AsyncSession, site: Site) -> Readings:
        """Without a picture of Asterisk nothing is known of queues and agents, which is no reason for an alarm."""
        state = self._live.state if self._live.is_connected else State()
        day = self._board.picture[FIGURES]
        levels = {key: row["in_time"] / row["offered"] * 100 for key, row in day.items() if row["offered"]}
        return Readings(
            levels_pct=levels,
            waits_s={key: _longest_s(queue.waiting) for key, queue in state.queues.items()},
            ready={key: queue.tally.get("ready", 0) for key, queue in state.queues.items()},
            over_min=await _over_min(tx, site, state),
            is_down=self._trunks_down(),
            disk_pct=await asyncio.to_thread(used_pct, self._folder),
            late_min=await _late_min(tx, site),
            has_finished=await _has_finished(tx, site),
        )

    def _trunks_down(self) -> dict[str, bool]:
        """Only those of which Asterisk has said something."""
        words = {key: overall(ends) for key, ends in self._trunks.states.items()}
        grades = {key: WORDS[word][1] for key, word in words.items()}
        return {key: grade == "bad" for key, grade in grades.items() if grade in ("good", "bad")}


def _watches(site: Site, kind: str) -> bool:
    return any(alarm.kind == kind for alarm in site.alarms.values())


async def _late_min(tx: AsyncSession, site: Site) -> dict[str, float]:
    """By campaign, of its own promised calls."""
    if not _watches(site, "promise_late"):
        return {}
    at, due = now(), await load_first_due(tx)
    return {key: max((at - due[key]).total_seconds() / 60, 0.0) if key in due else 0.0 for key in site.campaigns}


async def _has_finished(tx: AsyncSession, site: Site) -> dict[str, bool]:
    """For an hour: then everybody was told."""
    if not _watches(site, "dialer_finished"):
        return {}
    states, lately = await load_states(tx), now() - FINISHED
    ended = {key for key, each in states.items() if each.state == "finished" and (each.changed_at or lately) > lately}
    return {key: key in ended for key in site.dialers}


def _longest_s(waiting: Mapping[str, dt.datetime]) -> float:
    return (now() - min(waiting.values())).total_seconds() if waiting else 0.0


async def _over_min(tx: AsyncSession, site: Site, state: State) -> dict[str, float]:
    """By agent; of who is not in such a pause it is nothing."""
    over = dict.fromkeys(state.agents, 0.0)
    limited = {key for key, reason in site.pause_reasons.items() if reason.allowance_min}
    paused = {key: agent.reason for key, agent in state.agents.items() if agent.state == "paused"}
    if not limited & set(paused.values()) or not _watches(site, "pause_over"):
        return over
    since = await asyncio.to_thread(midnight, now(), site.settings.time_zone)
    for agent, reason in paused.items():
        if reason in limited:
            left_s = (await load_left_s(tx, agent, since)).get(reason, 0)
            over[agent] = max(0.0, -left_s / 60)
    return over
