"""What all other parts stand on: settings, database, Asterisk, the news and the picture of what happens now."""

from dataclasses import dataclass

from appliance.adapters.node import Node
from appliance.adapters.web_service import WebService
from appliance.facts import make_facts, make_node
from appliance.services.hub import Hub
from appliance.services.licenses.ground import use_keys
from appliance.services.live import Live, load_wrapup_s
from appliance.settings import Settings
from appliance.store.db import Database


@dataclass(frozen=True)
class Ground:
    settings: Settings
    database: Database
    node: Node
    hub: Hub
    live: Live
    outside: WebService


def make_ground(settings: Settings) -> Ground:
    """Makes the folders and the secrets too."""
    use_keys(settings.keys_folder)
    facts = make_facts(settings)
    node, database, hub = make_node(settings, facts), Database(settings.database), Hub()
    return Ground(
        settings=settings,
        database=database,
        node=node,
        hub=hub,
        live=Live(node.ami, hub, lambda: load_wrapup_s(database)),
        outside=WebService({settings.http.port, facts.ami_port, facts.agi_port, facts.ws_port}),
    )
