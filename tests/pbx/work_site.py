"""A small centre for tests of agents at work: queues with wrap-up, and phones that anybody may sit at."""

from appliance.core.entities.inbound import InboundRoute
from appliance.core.entities.people import Agent, Extension
from appliance.core.entities.queues import Queue
from appliance.core.entities.supervision import AgentRules
from appliance.core.entities.trunks import Trunk
from appliance.core.site import Site
from tests.sites import a_prompt

WRAPUP_S = 60  # nobody waits for it: tests finish it
EXTEND_S = 60
PROMPTS = {"paused": 600, "empty": 700}
QUEUES: dict[str, dict[str, object]] = {
    "sales": {"members": [{"agent": "ana"}]},
    "patient": {"members": [{"agent": "ana"}], "paused_destination": "prompt:paused"},
    "brief": {"members": [{"agent": "luis"}], "wrapup_s": 3},
    "care": {"members": []},
}
NUMBERS = {"5550401": "sales", "5550402": "patient", "5550403": "brief", "5550404": "care"}


def work_site() -> Site:
    quiet = {"announce_position": False, "recording": False, "empty_destination": "prompt:empty", "wrapup_s": WRAPUP_S}
    people = {"1001": "ana", "1002": "luis"}
    return Site.model_validate(
        {
            "trunks": {"main": Trunk(key="main", name="Main", match_header="X-Trunk: main", codecs=["ulaw"])},
            "extensions": {
                key: Extension(key=key, name=key, secret=f"secret-{key}") for key in ("1001", "1002", "1005")
            },
            "agents": {
                name: Agent.model_validate({"key": name, "name": name.title(), "extension": key, "pin": f"4{key}"})
                for key, name in people.items()
            },
            "prompts": {key: a_prompt(key) for key in PROMPTS},
            "queues": {
                key: Queue.model_validate({"key": key, "name": key, **quiet, **values})
                for key, values in QUEUES.items()
            },
            "agent_rules": {"main": AgentRules.model_validate({"wrapup_extend_s": EXTEND_S, "wrapup_extensions": 1})},
            "inbound_routes": {
                number: InboundRoute(key=number, name=queue, destination=f"queue:{queue}")
                for number, queue in NUMBERS.items()
            }
            | {"5550405": InboundRoute(key="5550405", name="Ana", destination="agent:ana")},
        }
    )
