"""The site of the tests of skills, pauses, whispers and callbacks: a queue for each."""

from appliance.core.entities.inbound import Campaign, InboundRoute
from appliance.core.entities.outbound import OutboundRoute
from appliance.core.entities.people import Agent, Extension
from appliance.core.entities.queues import Queue
from appliance.core.entities.trunks import Trunk
from appliance.core.site import Site
from tests.sites import a_prompt

PROMPTS = {
    "paused": 600,
    "empty": 700,
    "left": 800,
    "whisper": 900,
    "waits": 1100,
    "also": 1200,
    "offer": 1300,
    "asks": 1400,
}
SPANISH = 400  # added to a prompt's tone in the other language
QUIET = {"announce_position": False, "recording": False, "empty_destination": "prompt:empty"}


def queues() -> dict[str, Queue]:
    found = [
        {"key": "skilled", "skill": "spanish", "ring_s": 4, "widening": [{"after_s": 5, "max_penalty": 9}]},
        {"key": "patient", "paused_destination": "prompt:paused"},
        {"key": "keys", "exit_key": "9", "exit_destination": "prompt:left"},
        {"key": "whispers", "whisper_prompt": "whisper", "auto_answer": True},
        {"key": "prompts", "periodic_prompts": [{"prompt": "waits"}, {"prompt": "also"}], "periodic_every_s": 20},
        {
            "key": "returns",
            "members": [{"agent": "ana"}, {"agent": "luis"}],
            "callback_after_s": 2,
            "callback_prompt": "offer",
            "callback_typed": True,
            "callback_retry_s": 30,
            "ring_s": 8,
        },
        {"key": "own", "callback_after_s": 2, "callback_prompt": "offer"},
        {"key": "asked", "after_call": "how"},
        {"key": "strict", "members": [{"agent": "ana"}], "missed_limit": 2, "ring_s": 3},
    ]
    return {each["key"]: Queue.model_validate({"name": each["key"], **QUIET, **each}) for each in found}  # type: ignore[dict-item]


def routes() -> dict[str, InboundRoute]:
    places = {
        "5550200": "queue:skilled",
        "5550201": "queue:patient",
        "5550202": "queue:keys",
        "5550203": "queue:whispers",
        "5550204": "queue:prompts",
        "5550205": "queue:returns",
        "5550206": "callback:returns",
        "5550207": "campaign:asks",
        "5550208": "queue:strict",
        "5550209": "queue:asked",
        "5550210": "callback:own",
    }
    found = {key: InboundRoute(key=key, name=to, destination=to) for key, to in places.items()}
    spanish = InboundRoute(key="5550304", name="Spanish", destination="queue:prompts", language="es")
    return {**found, "5550304": spanish}


def skill_site(far_host: str = "", far_port: int = 5060) -> Site:
    """With a far end, the number that is called back is answered there."""
    far = {
        "key": "far",
        "name": "Far",
        "host": far_host,
        "port": far_port,
        "codecs": ["ulaw"],
        "match_header": "X-F: f",
    }
    skills = {"ana": 10, "luis": 5}
    people = {"1001": "ana", "1002": "luis", "1003": "customer"}
    return Site.model_validate(
        {
            "trunks": {
                "main": Trunk(key="main", name="Main", match_header="X-Trunk: main", codecs=["ulaw"]),
                "far": Trunk.model_validate(far),
            },
            "outbound_routes": {
                "help": OutboundRoute.model_validate(
                    {
                        "key": "help",
                        "name": "Help",
                        "patterns": [{"pattern": "70105"}],
                        "trunks": [{"trunk": "far"}],
                        "emergency": True,
                    }
                ),
                "all": OutboundRoute.model_validate(
                    {"key": "all", "name": "All", "patterns": [{"pattern": "7*"}], "trunks": [{"trunk": "far"}]}
                ),
            },
            "extensions": {key: Extension(key=key, name=name, secret=f"secret-{key}") for key, name in people.items()},
            "agents": {
                name: Agent.model_validate(
                    {"key": name, "name": name, "extension": key, "skills": [{"skill": "spanish", "level": level}]}
                )
                for (name, level), key in zip(skills.items(), people, strict=False)
            },
            "prompts": {key: a_prompt(key) for key in PROMPTS},
            "surveys": {"how": {"key": "how", "name": "How", "questions": [{"prompt": "asks"}]}},
            "queues": queues(),
            "campaigns": {"asks": Campaign(key="asks", name="Asks", queue="keys", recording="on_demand")},
            "inbound_routes": routes(),
        }
    )
