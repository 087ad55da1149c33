"""200 agents in 20 queues, each in two, and a number for every queue."""

from appliance.core.entities.inbound import InboundRoute
from appliance.core.entities.people import Agent, Extension
from appliance.core.entities.queues import Queue
from appliance.core.entities.trunks import Trunk
from appliance.core.entities.waiting import Member
from appliance.core.site import Site

AGENTS, QUEUES, WRAPUP_S = 200, 20, 2
FIRST_PHONE, FIRST_NUMBER = 2000, 5550000


def secret_of(extension: str) -> str:
    return f"secret-{extension}"


def floor_site(*, recording: bool) -> Site:
    phones = [str(FIRST_PHONE + n) for n in range(AGENTS)]
    return Site(
        trunks={"main": Trunk(key="main", name="Main", match_header="X-Trunk: main", codecs=["ulaw"])},
        extensions={key: Extension(key=key, name=f"Phone {key}", secret=secret_of(key)) for key in phones},
        agents={
            f"agent-{n:03}": Agent(key=f"agent-{n:03}", name=f"Agent {n}", extension=phone)
            for n, phone in enumerate(phones)
        },
        queues={queue.key: queue for queue in (_queue(n, recording=recording) for n in range(QUEUES))},
        inbound_routes={
            number: InboundRoute(key=number, name=f"Number {n}", destination=f"queue:queue-{n:02}")
            for n, number in enumerate(numbers())
        },
    )


def numbers() -> list[str]:
    return [str(FIRST_NUMBER + n) for n in range(QUEUES)]


def _queue(n: int, *, recording: bool) -> Queue:
    """The agents of the own tenth, and those of the next."""
    each = AGENTS // QUEUES
    members = [Member(agent=f"agent-{(n * each + place) % AGENTS:03}") for place in range(2 * each)]
    return Queue(
        key=f"queue-{n:02}",
        name=f"Queue {n}",
        members=members,
        wrapup_s=WRAPUP_S,
        recording=recording,
        announce_position=False,
    )
