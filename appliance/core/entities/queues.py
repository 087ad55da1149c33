"""Queues: how callers wait and how waiting calls are given to agents."""

from typing import Annotated, ClassVar

from pydantic import Field, model_validator

from appliance.core.entities.fields import (
    HANGUP,
    Destination,
    Entity,
    OptionalDestination,
    OptionalKey,
    OptionalPrompt,
    Refers,
    Seconds,
    Shown,
    Title,
    problem,
)
from appliance.core.entities.waiting import Members, OptionalDigit, PeriodicPrompt, QueueKey, Strategy, Widening
from appliance.core.words import N_


class Queue(Entity):
    SINGULAR: ClassVar[str] = N_("Queue")
    PLURAL: ClassVar[str] = N_("Queues")
    ICON: ClassVar[str] = "users-group"
    HELP: ClassVar[str] = N_("In a queue callers wait with music until an agent is free.")

    key: Annotated[
        QueueKey,
        Field(title=N_("Key"), description=N_("Short and unchanging, such as sales.")),
    ]
    name: Annotated[Title, Field(title=N_("Name"), description=N_("How people here call this queue."))]
    strategy: Annotated[
        Strategy,
        Field("leastrecent", title=N_("Strategy"), description=N_("Who is rung first.")),
        Shown(group=N_("Agents"), asterisk="strategy", widget="strategy"),
    ]
    members: Annotated[
        Members,
        Field(default=[], max_length=1000, title=N_("Agents"), description=N_("Who takes calls here.")),
        Shown(group=N_("Agents"), asterisk="member"),
    ]
    skill: Annotated[
        OptionalKey,
        Field("", title=N_("Skill"), description=N_("All agents with this skill serve the queue too, the best first.")),
        Shown(group=N_("Agents"), asterisk="penalty"),
    ]
    widening: Annotated[
        list[Widening],
        Field(
            default=[],
            max_length=9,
            title=N_("Widening"),
            description=N_("At first only agents without penalty are asked; after so long, further ones too."),
        ),
        Shown(group=N_("Agents"), asterisk="queuerules.conf", advanced=True),
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
    auto_answer: Annotated[
        bool,
        Field(
            False, title=N_("Answer by itself"), description=N_("Agents' phones answer without a key, where they can.")
        ),
        Shown(group=N_("Agents"), asterisk="Alert-Info", advanced=True),
    ]
    whisper_prompt: Annotated[
        OptionalPrompt,
        Field("", title=N_("Whisper to the agent"), description=N_("Heard by the agent alone before the caller.")),
        Shown(group=N_("Agents"), asterisk="announce"),
    ]
    missed_limit: Annotated[
        int,
        Field(0, ge=0, le=20, title=N_("Pause after missed calls"), description=N_("So many in a row; 0 means never.")),
        Shown(group=N_("Agents")),
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
    paused_destination: Annotated[
        OptionalDestination,
        Field("", title=N_("When everybody is paused"), description=N_("Where callers go. Empty: they wait.")),
        Shown(group=N_("Waiting"), asterisk="joinempty, leavewhenempty"),
    ]
    music: Annotated[
        str,
        Refers("music"),
        Field("", title=N_("Hold music"), description=N_("Empty: the built-in melody.")),
        Shown(group=N_("Waiting"), asterisk="musicclass"),
    ]
    exit_key: Annotated[
        OptionalDigit,
        OptionalPrompt,
        Field("", title=N_("Key to leave"), description=N_("Waiting callers who press it go elsewhere.")),
        Shown(group=N_("Keys while waiting"), asterisk="context"),
    ]
    exit_destination: Annotated[
        OptionalDestination,
        Field("", title=N_("It leads to"), description=N_("Where the key to leave goes.")),
        Shown(group=N_("Keys while waiting")),
    ]
    callback_key: Annotated[
        OptionalDigit,
        OptionalPrompt,
        Field(
            "1",
            title=N_("Key for a callback"),
            description=N_("Waiting callers who press it keep their place and hang up."),
        ),
        Shown(group=N_("Callback")),
    ]
    callback_after_s: Annotated[
        int,
        Field(0, ge=0, le=3600, title=N_("Offer a callback after"), description=N_("0 means never.")),
        Shown(group=N_("Callback"), unit="s"),
    ]
    callback_prompt: Annotated[
        OptionalPrompt,
        Field("", title=N_("Offer"), description=N_("Heard by those who wait, such as: press 1 and we call you back.")),
        Shown(group=N_("Callback")),
    ]
    callback_typed: Annotated[
        bool,
        Field(False, title=N_("Other numbers"), description=N_("Callers may type another number than their own.")),
        Shown(group=N_("Callback"), advanced=True),
    ]
    callback_tries: Annotated[
        int,
        Field(3, ge=1, le=10, title=N_("Tries"), description=N_("How often the caller is called back in all.")),
        Shown(group=N_("Callback")),
    ]
    callback_retry_s: Annotated[
        int,
        Field(300, ge=30, le=86400, title=N_("Between tries"), description=N_("After busy or no answer.")),
        Shown(group=N_("Callback"), unit="s"),
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
        OptionalPrompt,
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
    periodic_prompts: Annotated[
        list[PeriodicPrompt],
        Field(default=[], max_length=10, title=N_("Prompts in turn"), description=N_("Heard in turn while waiting.")),
        Shown(group=N_("Announcements"), asterisk="periodic-announce"),
    ]
    periodic_every_s: Annotated[
        int,
        Field(60, ge=20, le=3600, title=N_("A prompt every"), description=N_("While the caller waits.")),
        Shown(group=N_("Announcements"), asterisk="periodic-announce-frequency", unit="s", advanced=True),
    ]
    service_level_s: Annotated[
        int,
        Field(
            20, ge=1, le=3600, title=N_("Service level"), description=N_("Calls answered within this time are in time.")
        ),
        Shown(group=N_("Reports"), asterisk="servicelevel", unit="s"),
    ]
    service_level_pct: Annotated[
        int,
        Field(80, ge=1, le=100, title=N_("Goal"), description=N_("So many of the calls should be answered in time.")),
        Shown(group=N_("Reports"), unit="%"),
    ]
    after_call: Annotated[
        str,
        Refers("surveys"),
        Field("", title=N_("Survey afterwards"), description=N_("Asked of callers who stay when the agent hangs up.")),
        Shown(group=N_("Reports"), asterisk="Queue(,c)"),
    ]
    recording: Annotated[
        bool,
        Field(True, title=N_("Record calls"), description=N_("Each call from the moment an agent answers.")),
        Shown(group=N_("Recording"), asterisk="MixMonitor"),
    ]

    @model_validator(mode="after")
    def _keys_differ(self) -> "Queue":
        if self.exit_key and not self.exit_destination:
            raise problem("exit_destination", N_("the key to leave needs a destination"))
        if self.callback_after_s and not self.callback_key:
            raise problem("callback_key", N_("a callback needs its key"))
        if self.callback_after_s and not self.callback_prompt:
            raise problem("callback_prompt", N_("a callback needs the prompt that offers it"))
        if self.callback_after_s and self.callback_key == self.exit_key:
            raise problem("queue_keys", N_("the key to leave and the key for a callback must differ"))
        return self
