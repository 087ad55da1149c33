"""Why a use case refused; each message can be shown to the person who asked."""

from collections.abc import Sequence
from dataclasses import dataclass


class NotFound(Exception):
    """There is no such thing (any more)."""


class Refused(Exception):
    """It cannot be done now; `message` is English with {placeholders} and says why."""

    def __init__(self, message: str, **context: str) -> None:
        self.message = message
        self.context = context
        super().__init__(message.format(**context))


class Unconfirmed(Refused):
    """It is done where whoever asked says so once more; `message` is the question."""


class Stale(Exception):
    """Somebody else changed it since it was read; nothing was stored."""


class Unreachable(Exception):
    """Asterisk cannot be asked, or did not answer in time."""


@dataclass(frozen=True)
class Place:
    """Where an entity is used: the field at `path` of the entity `key` in `section`."""

    section: str
    key: str
    path: tuple[str | int, ...]


class InUse(Exception):
    """It cannot be deleted because others refer to it."""

    def __init__(self, places: Sequence[Place]) -> None:
        self.places = list(places)
        super().__init__(", ".join(f"{place.section}.{place.key}" for place in self.places))
