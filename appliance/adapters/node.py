"""Everything that belongs to one Asterisk: its facts, its manager interface, its process, its secret."""

import os
import secrets
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


def load_secret(folder: Path, name: str) -> str:
    """The random secret of the manager interface (`ami`), of web lookups (`agi`) or of browser phones (`phones`), made
    on first use; only its owner may read the file."""
    path = folder / name
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        draft = folder / f"{name}.new"
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(secrets.token_hex(24))
        draft.rename(path)
    return path.read_text(encoding="ascii")
