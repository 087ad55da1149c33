"""Dialers: for which campaign, whom, how fast, under which rules, and when to try again."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from appliance.core.entities.dialer_parts import CalledList, CallerNumber, Law, Mode
from appliance.core.entities.fields import (
    Entity,
    Key,
    OptionalDestination,
    OptionalPrompt,
    Refers,
    Shown,
    Title,
    problem,
)
from appliance.core.entities.retries import RetryRule
from appliance.core.words import N_

_KEY_HELP = N_("Short and unchanging; letters, digits and hyphens.")
_LISTS = N_("Whom it calls")
_PACE = N_("How fast")
_LAW = N_("What the law asks")
_TRIES = N_("Trying again")
_ANSWER = N_("When somebody answers")


class Dialer(Entity):
    SINGULAR: ClassVar[str] = N_("Dialer")
    PLURAL: ClassVar[str] = N_("Dialers")
    ICON: ClassVar[str] = "phone-outgoing"
    HELP: ClassVar[str] = N_("A dialer calls the contacts of lists for a campaign, whose queue brings them to agents.")

    key: Annotated[Key, Field(title=N_("Key"), description=_KEY_HELP)]
    name: Annotated[Title, Field(title=N_("Name"), description=N_("Such as winter sales."))]
    campaign: Annotated[
        str,
        Refers("campaigns"),
        Field(
            min_length=1,
            title=N_("Campaign"),
            description=N_("Its queue, script, form, dispositions and recording. A campaign has one dialer."),
        ),
    ]
    mode: Annotated[
        Mode,
        Field(
            "progressive",
            title=N_("Mode"),
            description=N_(
                "Preview: the agent sees the contact first. Progressive: one call for each free agent. Power: so many "
                "for each. Predictive: as many as the limit of abandoned calls allows. Agentless: a message, no agent."
            ),
        ),
    ]
    lists: Annotated[
        list[CalledList],
        Field(default=[], max_length=50, title=N_("Lists"), description=N_("Each belongs to one dialer only.")),
        Shown(group=_LISTS),
    ]
    order: Annotated[
        Literal["priority", "fresh_first", "oldest_attempt", "newest_first", "field"],
        Field(
            "priority",
            title=N_("Order"),
            description=N_("By priority, never called first, longest not called first, by the field of the list."),
        ),
        Shown(group=_LISTS),
    ]
    ratio_pct: Annotated[
        int,
        Field(
            150, ge=100, le=1000, title=N_("Calls for each free agent"), description=N_("In power mode: 150 is 1.5.")
        ),
        Shown(group=_PACE, unit="%"),
    ]
    max_ratio_pct: Annotated[
        int,
        Field(400, ge=100, le=2000, title=N_("At most for each agent"), description=N_("Never more calls than this.")),
        Shown(group=_PACE, unit="%"),
    ]
    intensity_pct: Annotated[
        int,
        Field(100, ge=10, le=100, title=N_("Intensity"), description=N_("How much of the allowed risk is taken.")),
        Shown(group=_PACE, unit="%"),
    ]
    weight: Annotated[
        int,
        Field(
            10, ge=1, le=100, title=N_("Weight"), description=N_("Its share of agents who work for several dialers.")
        ),
        Shown(group=_PACE),
    ]
    max_channels: Annotated[
        int,
        Field(0, ge=0, le=2000, title=N_("Most calls at once"), description=N_("0: as licence and trunks allow.")),
        Shown(group=_PACE),
    ]
    calls_per_s: Annotated[
        int,
        Field(0, ge=0, le=100, title=N_("Most new calls a second"), description=N_("0: as the trunks allow.")),
        Shown(group=_PACE),
    ]
    law: Annotated[
        Law,
        Field(
            "none",
            title=N_("Country's rules"),
            description=N_("They hold always; what you set below can only be stricter."),
        ),
        Shown(group=_LAW),
    ]
    schedule: Annotated[
        str,
        Refers("schedules"),
        Field(
            "", title=N_("Calling hours"), description=N_("In the time zone of each contact. Empty: as the country's.")
        ),
        Shown(group=_LAW),
    ]
    abandoned_limit_tenths: Annotated[
        int,
        Field(30, ge=0, le=1000, title=N_("Most abandoned calls"), description=N_("Of answered ones; 30 is 3.0 %.")),
        Shown(group=_LAW, unit="‰"),
    ]
    connect_s: Annotated[
        int,
        Field(2, ge=1, le=10, title=N_("An agent within"), description=N_("Else the call counts as abandoned.")),
        Shown(group=_LAW, unit="s"),
    ]
    abandoned_prompt: Annotated[
        OptionalPrompt,
        Field(
            "",
            title=N_("Message without an agent"),
            description=N_("Who called, and how to be called no more. Heard where no agent is free in time."),
        ),
        Shown(group=_LAW),
    ]
    opt_out_key: Annotated[
        Literal["", "1", "2", "3", "4", "5", "6", "7", "8", "9", "0"],
        Field("9", title=N_("Key for never again"), description=N_("During a message; the number is called no more.")),
        Shown(group=_LAW),
    ]
    abandoned_quiet_h: Annotated[
        int,
        Field(
            72, ge=0, le=8760, title=N_("Quiet after an abandoned call"), description=N_("Before it is called again.")
        ),
        Shown(group=_LAW, unit="h"),
    ]
    ring_s: Annotated[
        int, Field(25, ge=10, le=120, title=N_("Rings"), description=N_("Then it is not answered.")), Shown(unit="s")
    ]
    caller_numbers: Annotated[
        list[CallerNumber],
        Field(
            default=[],
            max_length=200,
            title=N_("Numbers shown"),
            description=N_("One by chance, of those for how the called number begins. Without any: as the route says."),
        ),
    ]
    max_tries: Annotated[
        int,
        Field(6, ge=1, le=100, title=N_("Most tries"), description=N_("Of a contact, over all its numbers.")),
        Shown(group=_TRIES),
    ]
    retries: Annotated[
        list[RetryRule],
        Field(
            default=[], max_length=20, title=N_("Rules"), description=N_("An outcome without a rule ends the contact.")
        ),
        Shown(group=_TRIES),
    ]
    day_cap: Annotated[
        int,
        Field(3, ge=0, le=50, title=N_("A day at most"), description=N_("Calls to a person, also by hand. 0: no cap.")),
        Shown(group=_TRIES),
    ]
    week_cap: Annotated[
        int,
        Field(7, ge=0, le=200, title=N_("In seven days at most"), description=N_("0: no cap.")),
        Shown(group=_TRIES),
    ]
    life_cap: Annotated[
        int, Field(0, ge=0, le=1000, title=N_("Ever at most"), description=N_("0: no cap.")), Shown(group=_TRIES)
    ]
    waits_for_contacts: Annotated[
        bool,
        Field(
            False,
            title=N_("Waits for new contacts"),
            description=N_("Else it is finished when all of its contacts are done."),
        ),
        Shown(group=_TRIES),
    ]
    promised_grace_min: Annotated[
        int,
        Field(
            5,
            ge=1,
            le=240,
            title=N_("Promised calls may be late"),
            description=N_("By more than this, the supervisor is told."),
        ),
        Shown(group=_TRIES, unit="min"),
    ]
    preview_s: Annotated[
        int,
        Field(
            0, ge=0, le=600, title=N_("Dial by itself after"), description=N_("In preview mode. 0: the agent dials.")
        ),
        Shown(group=_ANSWER, unit="s"),
    ]
    machines: Annotated[
        Literal["off", "hang_up", "message", "agent"],
        Field(
            "off",
            title=N_("Answering machines"),
            description=N_("Not looked for; or hung up on, left a message, or given to an agent with a mark."),
        ),
        Shown(group=_ANSWER, asterisk="AMD"),
    ]
    machine_prompt: Annotated[
        OptionalPrompt,
        Field("", title=N_("Message for machines"), description=N_("Left by the dialer, or by the agent's key.")),
        Shown(group=_ANSWER),
    ]
    agentless_destination: Annotated[
        OptionalDestination,
        Field("", title=N_("Agentless: goes to"), description=N_("Such as an announcement, a menu or a survey.")),
        Shown(group=_ANSWER),
    ]

    @model_validator(mode="after")
    def _has_what_its_mode_needs(self) -> "Dialer":
        if self.mode == "agentless" and not self.agentless_destination:
            raise problem(
                "agentless", N_("an agentless dialer needs the place where its calls go"), at="agentless_destination"
            )
        if self.machines == "message" and not self.machine_prompt:
            raise problem("machine_prompt", N_("a message for machines must be chosen"), at="machine_prompt")
        doubles = [each.outcome for each in self.retries]
        if len(set(doubles)) < len(doubles):
            raise problem("retry_twice", N_("an outcome may have one rule only"), at="retries")
        if len({each.list for each in self.lists}) < len(self.lists):
            raise problem("list_twice", N_("a list is there twice"), at="lists")
        return self
