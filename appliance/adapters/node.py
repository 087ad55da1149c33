"""Everything that belongs to one Asterisk: its facts, its manager interface, its process."""

from dataclasses import dataclass
from pathlib import Path

from appliance.adapters.ami import Ami
from appliance.adapters.asterisk import Asterisk
from appliance.core.node import NodeFacts


@dataclass(frozen=True)
class Node:
    facts: NodeFacts
    ami: Ami
    asterisk: Asterisk

    @property
    def name(self) -> str:
        return self.facts.name

    @property
    def etc(self) -> Path:
        return Path(self.facts.etc)
