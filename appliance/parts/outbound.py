"""Calling out: the dialers, their lists, and the files that contacts come from."""

from dataclasses import dataclass

from appliance.parts.calls import Calls
from appliance.parts.ground import Ground
from appliance.services.dialer.dialers import Dialers, Sources
from appliance.services.dialer.life import DialerLife
from appliance.services.field_orders import FieldOrders
from appliance.services.imports.job import Imports


@dataclass(frozen=True)
class Outbound:
    dialers: Dialers
    dialer_life: DialerLife
    field_orders: FieldOrders
    imports: Imports


def make_outbound(ground: Ground, calls: Calls) -> Outbound:
    node, database = ground.node, ground.database
    return Outbound(
        dialers=Dialers(node, database, Sources(ground.live, calls.history, calls.trunks.states)),
        dialer_life=DialerLife(database),
        field_orders=FieldOrders(database),
        imports=Imports(database, ground.settings.data_dir / "imports"),
    )
