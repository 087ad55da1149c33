"""Values inside a queue: strategies, members, widening, prompts in turn."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from appliance.core.entities.fields import Key, Part, Refers, problem
from appliance.core.words import N_

OptionalDigit = Literal["", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "#"]
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


def _each_agent_once(members: list[Member]) -> list[Member]:
    agents = [member.agent for member in members]
    twice = sorted({agent for agent in agents if agents.count(agent) > 1})
    if twice:
        raise problem("member_twice", N_("agent {agents} is in the list twice"), agents=", ".join(twice))
    return members


Members = Annotated[list[Member], AfterValidator(_each_agent_once)]


class Widening(Part):
    """After so long, agents up to this penalty are asked too."""

    after_s: Annotated[int, Field(ge=1, le=3600, title=N_("After"), description=N_("Seconds of waiting."))]
    max_penalty: Annotated[int, Field(ge=0, le=9, title=N_("Highest penalty"))]


class PeriodicPrompt(Part):
    prompt: Annotated[str, Refers("prompts"), Field(min_length=1, title=N_("Prompt"))]


def _check_queue_key(key: str) -> str:
    if key == "general":  # that section of queues.conf is for all queues
        raise problem("queue_key", N_("'general' is taken by Asterisk itself; choose another key"))
    return key


QueueKey = Annotated[Key, AfterValidator(_check_queue_key)]
