"""What a supervisor watches by: the rules for agents' time, alarms, and the boards on the wall."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, StringConstraints, ValidationInfo, field_validator, model_validator

from appliance.core.entities.fields import Entity, Key, Line, OptionalLanguage, Part, Refers, Shown, Title, problem
from appliance.core.entities.general import Only
from appliance.core.words import N_

_KEY_HELP = N_("Short and unchanging; letters, digits and hyphens.")
# 0 switches a limit off.
Limit = Annotated[int, Field(ge=0, le=86400)]


class AgentRules(Entity):
    SINGULAR: ClassVar[str] = N_("Rules for agents")
    PLURAL: ClassVar[str] = N_("Rules for agents")
    ICON: ClassVar[str] = "user-check"
    HELP: ClassVar[str] = N_(
        "When agents are logged out by themselves, how long wrap-up may last, and what is too long."
    )

    key: Only
    auto_logout_min: Annotated[
        int,
        Field(
            30,
            ge=0,
            le=1440,
            title=N_("Log out after"),
            description=N_("Without a registered phone and without an open page. 0: never."),
        ),
        Shown(unit="min"),
    ]
    see_waiting: Annotated[
        bool,
        Field(True, title=N_("Agents see who waits"), description=N_("The callers who wait in their own queues.")),
    ]
    wrapup_extend_s: Annotated[
        int,
        Field(60, ge=0, le=3600, title=N_("Longer wrap-up"), description=N_("What one extension adds. 0: none.")),
        Shown(group=N_("Wrap-up"), unit="s"),
    ]
    wrapup_extensions: Annotated[
        int,
        Field(2, ge=0, le=20, title=N_("Extensions"), description=N_("How often one wrap-up may be made longer.")),
        Shown(group=N_("Wrap-up")),
    ]
    ringing_late_s: Annotated[
        Limit,
        Field(15, title=N_("Ringing"), description=N_("Yellow on the board after this, red after twice this.")),
        Shown(group=N_("Too long"), unit="s"),
    ]
    oncall_late_s: Annotated[Limit, Field(600, title=N_("In a call")), Shown(group=N_("Too long"), unit="s")]
    hold_late_s: Annotated[Limit, Field(60, title=N_("On hold")), Shown(group=N_("Too long"), unit="s")]
    wrapup_late_s: Annotated[Limit, Field(120, title=N_("Wrap-up")), Shown(group=N_("Too long"), unit="s")]
    paused_late_s: Annotated[Limit, Field(900, title=N_("Paused")), Shown(group=N_("Too long"), unit="s")]
    waiting_late_s: Annotated[
        Limit,
        Field(60, title=N_("A caller waits"), description=N_("In a queue.")),
        Shown(group=N_("Too long"), unit="s"),
    ]


class WatchedQueue(Part):
    queue: Annotated[str, Refers("queues"), Field(min_length=1, title=N_("Queue"))]


class AlarmMail(Part):
    address: Annotated[
        str,
        StringConstraints(max_length=120, pattern=r"^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+$"),
        Field(title=N_("E-mail address")),
    ]


# What each watches, with the limit it has where none is given.
USUAL_LIMITS = {
    "service_level": 80,
    "longest_wait": 60,
    "agents_ready": 1,
    "pause_over": 5,
    "trunk_down": 0,
    "disk_full": 90,
    "promise_late": 5,
    "dialer_finished": 0,
    "database_away": 0,
}


class Alarm(Entity):
    SINGULAR: ClassVar[str] = N_("Alarm")
    PLURAL: ClassVar[str] = N_("Alarms")
    ICON: ClassVar[str] = "bell-ringing"
    HELP: ClassVar[str] = N_("An alarm tells supervisors at once: on their screen, by e-mail, or to a system of yours.")

    key: Annotated[Key, Field(title=N_("Key"), description=_KEY_HELP)]
    name: Annotated[Title, Field(title=N_("Name"), description=N_("What the alarm says."))]
    kind: Annotated[
        Literal[
            "service_level",
            "longest_wait",
            "agents_ready",
            "pause_over",
            "trunk_down",
            "disk_full",
            "promise_late",
            "dialer_finished",
            "database_away",
        ],
        Field(
            title=N_("Watches"),
            description=N_(
                "Service level today below a percentage, a wait longer than seconds, fewer ready agents than a number, "
                "a pause longer than its allowance by minutes, a trunk that does not answer, a disk fuller than a "
                "percentage, a promised call late by minutes, a dialer that has finished, a database that is away."
            ),
        ),
    ]
    limit: Annotated[
        int,
        Field(
            None,
            ge=0,
            le=86400,
            title=N_("Limit"),
            description=N_(
                "Percent, seconds, agents or minutes, as what it watches asks for; trunks, dialers and the database "
                "have none. "
                "Empty: 80 % in time, a wait of 60 seconds, 1 agent, 5 minutes, a disk that is 90 % full."
            ),
            json_schema_extra=lambda schema: schema.pop("default"),  # it depends on what is watched
        ),
    ]
    for_s: Annotated[
        int,
        Field(10, ge=0, le=3600, title=N_("For"), description=N_("How long it must last before the alarm is raised.")),
        Shown(unit="s"),
    ]
    queues: Annotated[
        list[WatchedQueue],
        Field(default=[], max_length=500, title=N_("Queues"), description=N_("Where it watches queues. None: all.")),
    ]
    on_screen: Annotated[
        bool,
        Field(True, title=N_("On screen"), description=N_("On every open page of who may see the queue.")),
        Shown(group=N_("Who is told")),
    ]
    emails: Annotated[
        list[AlarmMail],
        Field(
            default=[], max_length=20, title=N_("By e-mail"), description=N_("When it is raised and when it is over.")
        ),
        Shown(group=N_("Who is told")),
    ]
    webhook: Annotated[
        Line,
        StringConstraints(max_length=400, pattern=r"^(https?://[^\s\"<>\\{}]+)?$"),
        Field("", title=N_("Webhook"), description=N_("An address of your own system that gets a signed message.")),
        Shown(group=N_("Who is told")),
    ]
    secret: Annotated[
        Line,
        Field("", max_length=200, title=N_("Signing key"), description=N_("Signs the message (HMAC-SHA256).")),
        Shown(group=N_("Who is told"), secret=True),
    ]

    @model_validator(mode="before")
    @classmethod
    def _usual_limit(cls, values: Any) -> Any:
        if isinstance(values, dict) and values.get("limit") is None:
            return {**values, "limit": USUAL_LIMITS.get(str(values.get("kind")), 0)}
        return values

    @field_validator("limit")
    @classmethod
    def _limit_fits(cls, limit: int, info: ValidationInfo) -> int:
        """A limit at which the alarm would always be raised, or never, is none."""
        kind = info.data.get("kind")
        if kind in ("service_level", "disk_full") and not 1 <= limit <= 100:
            raise problem("alarm_percent", N_("the limit must be a percentage from 1 to 100"))
        if kind in ("longest_wait", "agents_ready") and not limit:
            raise problem("alarm_limit", N_("the limit must be at least 1"))
        if kind == "trunk_down" and limit:
            raise problem("alarm_no_limit", N_("a trunk answers or does not: leave the limit empty"))
        if kind == "dialer_finished" and limit:
            raise problem("alarm_no_limit_finished", N_("a dialer has finished or has not: leave the limit empty"))
        if kind == "database_away" and limit:
            raise problem("alarm_no_limit_database", N_("the database answers or does not: leave the limit empty"))
        return limit


class WatchedAgent(Part):
    agent: Annotated[str, Refers("agents"), Field(min_length=1, title=N_("Agent"))]


class Wallboard(Entity):
    SINGULAR: ClassVar[str] = N_("Wallboard")
    PLURAL: ClassVar[str] = N_("Wallboards")
    ICON: ClassVar[str] = "dashboard"
    HELP: ClassVar[str] = N_("A wallboard is a page with large figures for a screen on the wall. It needs no sign-in.")

    key: Annotated[Key, Field(title=N_("Key"), description=_KEY_HELP)]
    name: Annotated[Title, Field(title=N_("Name"), description=N_("Its headline, such as the team."))]
    layout: Annotated[
        Literal["figures", "queues", "team"],
        Field(
            "figures",
            title=N_("Layout"),
            description=N_("A few large figures, a line for each queue, or a tile for each agent."),
        ),
    ]
    queues: Annotated[
        list[WatchedQueue],
        Field(default=[], max_length=100, title=N_("Queues"), description=N_("Which are counted. None: all.")),
    ]
    agents: Annotated[
        list[WatchedAgent],
        Field(
            default=[],
            max_length=200,
            title=N_("Agents"),
            description=N_("Who is shown. None: whoever serves one of the queues."),
        ),
    ]
    language: Annotated[
        OptionalLanguage,
        Field("", title=N_("Language"), description=N_("Of the words on the screen.")),
        Shown(widget="company_language"),
    ]
    theme: Annotated[Literal["dark", "light"], Field("dark", title=N_("Colours"))]
