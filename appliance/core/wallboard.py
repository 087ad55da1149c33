"""What a board on the wall shows: figures of its queues and the state of its agents; never a caller."""

from collections.abc import Mapping
from typing import Any

from appliance.core.entities.supervision import Wallboard
from appliance.core.live import State
from appliance.core.site import Site

BUSY = ("dialing", "oncall", "hold", "consult")
Figures = Mapping[str, Mapping[str, Any]]  # of the day, by queue


def make_picture(board: Wallboard, site: Site, state: State, figures: Figures) -> dict[str, Any]:
    """JSON; the wall draws it as it is."""
    queues = [each.queue for each in board.queues if each.queue in site.queues] if board.queues else list(site.queues)
    agents = _agents(board, site, state, queues)
    shown = {"queues": [_queue(key, site, state, figures.get(key, {})) for key in queues]}
    states = [row["state"] for row in agents]
    totals = {
        "waiting": sum(row["waiting"] for row in shown["queues"]),
        "longest": min((row["longest"] for row in shown["queues"] if row["longest"]), default=None),
        "ready": states.count("ready"),
        "busy": sum(states.count(each) for each in BUSY),
        **{name: sum(row[name] for row in shown["queues"]) for name in _COUNTED},
    }
    return {
        "totals": totals,
        **(shown if board.layout == "queues" else {}),
        **({"agents": agents} if board.layout == "team" else {}),
    }


_COUNTED = ("offered", "answered", "abandoned", "in_time", "offered_now", "in_time_now")


def _queue(key: str, site: Site, state: State, day: Mapping[str, Any]) -> dict[str, Any]:
    live = state.queues.get(key)
    waiting = live.waiting if live else {}
    return {
        "name": site.queues[key].name,
        "waiting": len(waiting),
        "longest": min(waiting.values()).isoformat() if waiting else None,
        "ready": live.tally.get("ready", 0) if live else 0,
        "goal_pct": site.queues[key].service_level_pct,
        **{name: day.get(name, 0) for name in _COUNTED},
    }


def _agents(board: Wallboard, site: Site, state: State, queues: list[str]) -> list[dict[str, Any]]:
    chosen = {each.agent for each in board.agents}
    found = [
        {"name": site.agents[key].name, "state": agent.state, "since": agent.since.isoformat()}
        for key, agent in state.agents.items()
        if key in site.agents and (key in chosen if chosen else _serves(board, agent.memberships, queues))
    ]
    return sorted(found, key=lambda row: row["name"].casefold())


def _serves(board: Wallboard, memberships: Mapping[str, Any], queues: list[str]) -> bool:
    return not board.queues or any(queue in memberships for queue in queues)
