"""The hosts of a trunk as Asterisk's endpoints, in the order in which they are tried."""

from dataclasses import dataclass

from appliance.core.entities.trunks import Trunk


@dataclass(frozen=True)
class TrunkEnd:
    """`name` is the endpoint's: the first is the trunk itself, and the one that calls come in by."""

    name: str
    host: str
    port: int


def trunk_ends(trunk: Trunk) -> list[TrunkEnd]:
    """Several contacts of one endpoint have no order in Asterisk, so each host is an endpoint of its own."""
    first = [TrunkEnd(f"trunk-{trunk.key}", trunk.host, trunk.port)] if trunk.host else []
    more = [
        TrunkEnd(f"trunk-{trunk.key}_{number}", each.host, each.port) for number, each in enumerate(trunk.more_hosts, 2)
    ]
    return [*first, *(more if first else [])]
