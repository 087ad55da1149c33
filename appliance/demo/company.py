"""The demo company: its site, its voices, and whether one of its calls left all the traces that it should."""

from pathlib import Path

from appliance.core.entities.prompts import Audio
from appliance.core.site import Site

SITE_FILE = Path(__file__).with_name("site.yml")
LINE_HEADER = {"X-Trunk": "demo"}
DID = "5550100"
AGENTS = ("ana-lopez", "luis-perez")
KEYS = "1"
CALLER_SAYS = Audio(text="Hello, I would like to order twelve boxes of your best tea, please.", upload="")
AGENT_SAYS = Audio(text="Good morning, this is the sales team. How can I help you?", upload="")

# What the journal must have told, in this order, once the call is over.
EXPECTED_STEPS = (
    "interaction",
    "schedule",
    "prompt",
    "menu",
    "key",
    "queue_join",
    "recording",
    "agent_ring",
    "answer",
    "hangup",
)


def missing_steps(told: list[str]) -> list[str]:
    """The expected steps that were not told in their order (recording may be announced before the queue)."""
    rest = iter(kind for kind in told if kind != "recording")
    missing = [kind for kind in EXPECTED_STEPS if kind != "recording" and kind not in rest]
    return missing + (["recording"] if "recording" not in told else [])


def passwords(site: Site) -> dict[str, tuple[str, str]]:
    """Of each demo agent: (extension, SIP password)."""
    found = {}
    for agent in AGENTS:
        extension = site.extensions[site.agents[agent].extension]
        found[agent] = (extension.key, extension.secret)
    return found
