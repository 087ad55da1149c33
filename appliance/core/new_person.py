"""What is asked about a person who begins here, and what follows from it: a phone, an agent, their queues, a user."""

import re
import unicodedata
from typing import Annotated

from pydantic import Field

from appliance.core.access import Role
from appliance.core.entities.fields import Part, Title
from appliance.core.entities.people import Agent, Extension
from appliance.core.site import Site
from appliance.core.users import NewUser, parse_user


class NewPerson(Part):
    name: Title
    number: Annotated[str, Field(min_length=1, max_length=6)]
    is_agent: bool = False
    queues: Annotated[list[str], Field(max_length=200)] = []  # noqa: RUF012 - pydantic copies it
    shift: Annotated[str, Field(max_length=40)] = ""
    is_user: bool = False
    login: Annotated[str, Field(max_length=80)] = ""
    role: Role = "agent"

    def extension(self) -> Extension:
        """Password and PIN are made when it is stored."""
        return Extension.model_validate({"key": self.number, "name": self.name, "voicemail": True})

    def agent(self, site: Site) -> Agent:
        key = free_key(self.name, site)
        return Agent.model_validate({"key": key, "name": self.name, "extension": self.number, "shift": self.shift})

    def user(self, agent: str) -> NewUser:
        return parse_user(NewUser, {"login": self.login, "name": self.name, "role": self.role, "agent": agent})


def free_key(name: str, site: Site) -> str:
    """`Ana López` is ana-lopez, the second one ana-lopez-2."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().casefold()
    stem = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:36].strip("-") or "agent"
    keys = (stem, *(f"{stem}-{number}" for number in range(2, len(site.agents) + 3)))
    return next(key for key in keys if key not in site.agents)
