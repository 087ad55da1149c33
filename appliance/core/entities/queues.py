"""Queues: how callers wait and how waiting calls are given to agents."""

from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field, field_validator

from appliance.core.entities.fields import (
    HANGUP,
    Destination,
    Entity,
    Key,
    Part,
    Refers,
    Seconds,
    Shown,
    Title,
    problem,
)
from appliance.core.words import N_

Strategy = Literal["leastrecent", "fewestcalls", "rrmemory", "rrordered", "ringall", "linear", "random", "wrandom"]
STRATEGY_HELP: dict[str, str] = {
    "leastrecent": N_("The agent whose last call in this queue ended longest ago."),
    "fewestcalls": N_("The agent with the fewest calls from this queue."),
    "rrmemory": N_("Each in turn, going on after the last one who was rung."),
    "rrordered": N_("Each in turn, always in the order of the list."),
    "ringall": N_("All free agents ring at once. Costly above 20 agents."),
    "linear": N_("Always from the top of the list."),
    "random": N_("Anyone, by chance."),
    "wrandom": N_("By chance, low penalty more often."),
}


class Member(Part):
    agent: Annotated[str, Refers("agents"), Field(min_length=1, title=N_("Agent"))]
    penalty: Annotated[int, Field(0, ge=0, le=9, title=N_("Penalty"), description=N_("0 is asked first."))]


def _check_queue_key(key: str) -> str:
    if key == "general":  # that section of queues.conf is for all queues
        raise problem("queue_key", N_("'general' is taken by Asterisk itself; choose another key"))
    return key


class Queue(Entity):
    SINGULAR: ClassVar[str] = N_("Queue")
    PLURAL: ClassVar[str] = N_("Queues")
    ICON: ClassVar[str] = "users-group"
    HELP: ClassVar[str] = N_("In a queue callers wait with music until an agent is free.")

    key: Annotated[
        Key,
        AfterValidator(_check_queue_key),
        Field(title=N_("Key"), description=N_("Short and unchanging, such as sales.")),
    ]
    name: Annotated[Title, Field(title=N_("Name"), description=N_("How people here call this queue."))]
    strategy: Annotated[
        Strategy,
        Field("leastrecent", title=N_("Strategy"), description=N_("Who is rung first.")),
        Shown(group=N_("Agents"), asterisk="strategy", widget="strategy"),
    ]
    members: Annotated[
        list[Member],
        Field(default=[], max_length=1000, title=N_("Agents"), description=N_("Who takes calls here.")),
        Shown(group=N_("Agents"), asterisk="member"),
    ]
    ring_s: Annotated[
        int,
        Field(20, ge=3, le=300, title=N_("Ring time"), description=N_("How long one agent's phone rings.")),
        Shown(group=N_("Agents"), asterisk="timeout", unit="s"),
    ]
    retry_s: Annotated[
        int,
        Field(1, ge=0, le=60, title=N_("Pause between agents"), description=N_("Before the next agent is rung.")),
        Shown(group=N_("Agents"), asterisk="retry", unit="s", advanced=True),
    ]
    wrapup_s: Annotated[
        int,
        Field(0, ge=0, le=3600, title=N_("Wrap-up"), description=N_("Time to finish notes before the next call.")),
        Shown(group=N_("Agents"), asterisk="wrapuptime", unit="s"),
    ]
    weight: Annotated[
        int,
        Field(0, ge=0, le=100, title=N_("Weight"), description=N_("Queues with more weight are served first.")),
        Shown(group=N_("Agents"), asterisk="weight", advanced=True),
    ]
    max_wait_s: Annotated[
        Seconds,
        Field(300, title=N_("Longest wait"), description=N_("0 means without limit.")),
        Shown(group=N_("Waiting"), asterisk="Queue(,,,,timeout)", unit="s"),
    ]
    timeout_destination: Annotated[
        Destination,
        Field(HANGUP, title=N_("After the longest wait"), description=N_("Where the caller goes then.")),
        Shown(group=N_("Waiting")),
    ]
    empty_destination: Annotated[
        Destination,
        Field(
            HANGUP, title=N_("When no agent is there"), description=N_("Where callers go while nobody is logged in.")
        ),
        Shown(group=N_("Waiting"), asterisk="joinempty, leavewhenempty"),
    ]
    max_callers: Annotated[
        int,
        Field(0, ge=0, le=1000, title=N_("Most callers waiting"), description=N_("0 means without limit.")),
        Shown(group=N_("Waiting"), asterisk="maxlen", advanced=True),
    ]
    full_destination: Annotated[
        Destination,
        Field(HANGUP, title=N_("When the queue is full"), description=N_("Where further callers go.")),
        Shown(group=N_("Waiting"), advanced=True),
    ]
    welcome_prompt: Annotated[
        str,
        Refers("prompts"),
        Field("", title=N_("Prompt on joining"), description=N_("Heard once before waiting begins.")),
        Shown(group=N_("Announcements")),
    ]
    announce_position: Annotated[
        bool,
        Field(True, title=N_("Say the position"), description=N_("Tells callers how many are before them.")),
        Shown(group=N_("Announcements"), asterisk="announce-position"),
    ]
    announce_wait: Annotated[
        bool,
        Field(False, title=N_("Say the expected wait"), description=N_("An estimate from recent calls.")),
        Shown(group=N_("Announcements"), asterisk="announce-holdtime"),
    ]
    announce_every_s: Annotated[
        int,
        Field(45, ge=15, le=3600, title=N_("Repeat announcements every"), description=N_("While the caller waits.")),
        Shown(group=N_("Announcements"), asterisk="announce-frequency", unit="s", advanced=True),
    ]
    service_level_s: Annotated[
        int,
        Field(
            20, ge=1, le=3600, title=N_("Service level"), description=N_("Calls answered within this time are in time.")
        ),
        Shown(group=N_("Reports"), asterisk="servicelevel", unit="s"),
    ]
    recording: Annotated[
        bool,
        Field(True, title=N_("Record calls"), description=N_("Each call from the moment an agent answers.")),
        Shown(group=N_("Recording"), asterisk="MixMonitor"),
    ]

    @field_validator("members")
    @classmethod
    def _each_agent_once(cls, members: list[Member]) -> list[Member]:
        agents = [member.agent for member in members]
        twice = sorted({agent for agent in agents if agents.count(agent) > 1})
        if twice:
            raise problem("member_twice", N_("agent {agents} is in the list twice"), agents=", ".join(twice))
        return members
