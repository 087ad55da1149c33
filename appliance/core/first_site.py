"""The first set-up: a few answers become a site in which a call to the company's number reaches its agents."""

import re
import unicodedata
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, model_validator

from appliance.core.entities.fields import Line, Number, Part, Shown, Title, problem
from appliance.core.entities.general import MAIN
from appliance.core.entities.people import ExtensionNumber
from appliance.core.entities.schedules import Clock, ClockOrMidnight, Day, TimeZone
from appliance.core.entities.trunks import Host
from appliance.core.site import Site
from appliance.core.words import N_

QUEUE, SCHEDULE, TRUNK, WELCOME, CLOSED = "main", "office-hours", "main-line", "welcome", "closed"
_COMPANY, _LINE, _HOURS, _PEOPLE = N_("Your company"), N_("Your telephone line"), N_("Opening hours"), N_("Your agents")
Spoken = Annotated[str, StringConstraints(max_length=600)]


class FirstAgent(Part):
    name: Annotated[Title, Field(title=N_("Name"))]
    extension: Annotated[ExtensionNumber, Field(title=N_("Extension"))]


class Answers(Part):
    """What the first set-up asks."""

    company: Annotated[Title, Field(title=N_("Company"), description=N_("As callers know it.")), Shown(group=_COMPANY)]
    language: Annotated[
        str,
        StringConstraints(pattern=r"^[a-z]{2}(_[A-Z]{2})?$"),
        Field("en", title=N_("Language"), description=N_("What callers hear is in this language.")),
        Shown(group=_COMPANY, widget="language"),
    ]
    time_zone: Annotated[
        TimeZone,
        Field("UTC", title=N_("Time zone"), description=N_("Where you work.")),
        Shown(group=_COMPANY, widget="time_zone"),
    ]
    country: Annotated[
        str,
        StringConstraints(pattern=r"^([A-Z]{2})?$"),
        Field("", title=N_("Country"), description=N_("Two letters such as PE.")),
        Shown(group=_COMPANY),
    ]
    number: Annotated[
        Number,
        Field(title=N_("Your number"), description=N_("As the telephone company sends it; digits, + allowed.")),
        Shown(group=_LINE),
    ]
    line: Annotated[
        Literal["register", "by_address", "later"],
        Field("register", title=N_("How the line is known"), description=N_("As the telephone company told you.")),
        Shown(group=_LINE),
    ]
    host: Annotated[
        Host,
        Field("", max_length=120, title=N_("Host"), description=N_("The telephone company's server.")),
        Shown(group=_LINE),
    ]
    username: Annotated[
        Line,
        Field("", max_length=80, title=N_("User name"), description=N_("If the line signs in with one.")),
        Shown(group=_LINE),
    ]
    secret: Annotated[
        Line,
        Field("", max_length=80, title=N_("Password"), description=N_("If the line signs in with one.")),
        Shown(group=_LINE, secret=True),
    ]
    days: Annotated[
        list[Day],
        Field(
            default=["mon", "tue", "wed", "thu", "fri"], min_length=1, title=N_("Days"), description=N_("When open.")
        ),
        Shown(group=_HOURS),
    ]
    start: Annotated[Clock, Field("09:00", title=N_("From")), Shown(group=_HOURS)]
    end: Annotated[ClockOrMidnight, Field("18:00", title=N_("Until")), Shown(group=_HOURS)]
    welcome: Annotated[
        Spoken,
        Field("", title=N_("Greeting"), description=N_("Spoken to callers when open. Empty: none.")),
        Shown(group=_HOURS, widget="textarea"),
    ]
    closed: Annotated[
        Spoken,
        Field("", title=N_("Message when closed"), description=N_("Spoken to callers when closed. Empty: none.")),
        Shown(group=_HOURS, widget="textarea"),
    ]
    agents: Annotated[
        list[FirstAgent],
        Field(min_length=1, max_length=50, title=N_("Agents"), description=N_("Each gets a phone with its password.")),
        Shown(group=_PEOPLE),
    ]

    @model_validator(mode="after")
    def _the_line_is_told(self) -> "Answers":
        if self.line != "later" and not self.host:
            raise problem("first_host", N_("the line needs a host; or choose to add it later"))
        if self.line == "register" and not self.username:
            raise problem("first_user", N_("to sign in, the line needs a user name"))
        extensions = [agent.extension for agent in self.agents]
        if len(set(extensions)) < len(extensions):
            raise problem("first_extension", N_("each agent needs an extension of their own"))
        return self


def is_new(site: Site) -> bool:
    return not (site.queues or site.inbound_routes or site.agents)


def first_site(answers: Answers, site: Site) -> Site:
    """The `site` with what the answers ask for; what it holds already under other keys stays."""
    sections: dict[str, dict[str, dict[str, Any]]] = {
        "general": {MAIN: {name: getattr(answers, name) for name in ("company", "language", "time_zone", "country")}},
        "trunks": _trunk(answers),
        "extensions": {each.extension: {"name": each.name} for each in answers.agents},
        "agents": {key: {"name": each.name, "extension": each.extension} for key, each in _keyed(answers)},
        "prompts": _prompts(answers),
        "schedules": {SCHEDULE: _schedule(answers)},
        "queues": {QUEUE: {"name": answers.company, "members": [{"agent": key} for key, _each in _keyed(answers)]}},
        "inbound_routes": {answers.number: _route(answers)},
    }
    dump = site.model_dump(mode="json")
    for section, found in sections.items():
        dump[section] |= {key: {"key": key, **fields} for key, fields in found.items()}
    return Site.model_validate(dump)


def _trunk(answers: Answers) -> dict[str, dict[str, Any]]:
    if answers.line == "later":
        return {}
    signs_in = answers.line == "register"
    named = {"username": answers.username, "secret": answers.secret} if signs_in else {}
    return {TRUNK: {"name": answers.company, "host": answers.host, "registration": signs_in, **named}}


def _schedule(answers: Answers) -> dict[str, Any]:
    hours = {"days": answers.days, "start": answers.start, "end": answers.end}
    return {"name": SCHEDULE.replace("-", " ").capitalize(), "time_zone": answers.time_zone, "hours": [hours]}


def _prompts(answers: Answers) -> dict[str, dict[str, Any]]:
    texts = {WELCOME: answers.welcome, CLOSED: answers.closed}
    return {
        key: {"name": key.capitalize(), "audio": {answers.language: {"text": text}}}
        for key, text in texts.items()
        if text.strip()
    }


def _route(answers: Answers) -> dict[str, Any]:
    made = _prompts(answers)
    return {
        "name": answers.company,
        "language": answers.language,
        "open_prompt": WELCOME if WELCOME in made else "",
        "destination": f"queue:{QUEUE}",
        "schedule": SCHEDULE,
        "closed_prompt": CLOSED if CLOSED in made else "",
    }


def _keyed(answers: Answers) -> list[tuple[str, FirstAgent]]:
    """Keys from names: `Ana López` becomes `ana-lopez`; who would have the same gets the extension behind it."""
    found: dict[str, FirstAgent] = {}
    for each in answers.agents:
        plain = unicodedata.normalize("NFKD", each.name).encode("ascii", "ignore").decode().lower()
        key = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:30] or f"agent-{each.extension}"
        found[f"{key}-{each.extension}" if key in found else key] = each
    return list(found.items())
