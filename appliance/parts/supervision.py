"""What watches the whole: the figures of the day, alarms, whether the database is there, and what becomes too old."""

from dataclasses import dataclass
from pathlib import Path

from appliance.parts.calls import Calls
from appliance.parts.ground import Ground
from appliance.services.alarms.away import Away
from appliance.services.alarms.readings import Gauges
from appliance.services.alarms.watch import Alarms, make_alarms
from appliance.services.board.picture import Board
from appliance.services.housekeeping import Housekeeping


@dataclass(frozen=True)
class Supervision:
    board: Board
    alarms: Alarms
    away: Away
    housekeeping: Housekeeping


def make_supervision(ground: Ground, calls: Calls) -> Supervision:
    node, database, hub = ground.node, ground.database, ground.hub
    board = Board(database, hub)
    gauges = Gauges(ground.live, board, calls.trunks.states, Path(node.facts.recordings))
    return Supervision(
        board=board,
        alarms=make_alarms(ground.settings.node_dir(), database, hub, gauges=gauges, service=ground.outside),
        away=Away(database, ground.outside, hub),
        housekeeping=Housekeeping(node, database),
    )
