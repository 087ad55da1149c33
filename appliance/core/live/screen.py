"""The rows of the live picture that one reader has been shown: only what is in sight, and nothing that has left it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from appliance.core.live.state import KINDS, Row
from appliance.core.sight import Sight


class Screen:
    """Begins with a snapshot, then follows its changes."""

    def __init__(self, sight: Sight, kinds: Sequence[str] = KINDS) -> None:
        self.sight = sight
        self._kinds = kinds
        self.shown: dict[tuple[str, str], Row] = {}

    def begin(self, snapshot: Mapping[str, Any]) -> dict[str, Any]:
        """The same snapshot without the rows that are out of sight."""
        seen = {
            kind: {
                key: shown
                for key, row in snapshot[kind].items()
                if (shown := self.sight.shown_row(kind, key, row)) is not None
            }
            for kind in self._kinds
        }
        self.shown = {(kind, key): row for kind, rows in seen.items() for key, row in rows.items()}
        return {**snapshot, **seen}

    def follow(self, changes: Iterable[Row]) -> list[Row]:
        """A row that goes out of sight is gone for this reader."""
        return [told for change in changes if (told := self._told(change)) is not None]

    def _told(self, change: Row) -> Row | None:
        place, row = (change["kind"], change["key"]), change["row"]
        shown = self.sight.shown_row(*place, row) if row is not None else None
        before = self.shown.pop(place, None)
        if shown is not None:
            self.shown[place] = shown
        if shown == before and (shown is None or change["kind"] == "queues"):  # perhaps all that is shown is who waits
            return None
        return {**change, "row": shown}
