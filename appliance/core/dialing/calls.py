"""Follows each call of the dialers from look to look: since when it is where it is, and which are over."""

import datetime as dt
from collections.abc import Iterable

from appliance.core.dialing.attempts import Attempt
from appliance.core.dialing.progress import NOT_SEEN, Progress, progress_by_guid
from appliance.core.dialing.seen import OpenCall
from appliance.core.live.state import State

_AT_REST = ("placed", "ringing")  # counted from the beginning of the attempt


class Calls:
    """`begun` are the attempts that had not ended at the last look."""

    def __init__(self) -> None:
        self.open: dict[str, OpenCall] = {}
        self.begun: dict[str, Attempt] = {}

    def look(self, attempts: Iterable[Attempt], state: State, at: dt.datetime) -> list[Attempt]:
        """Returns those that have ended since the last look."""
        begun = {each.guid: each for each in attempts}
        seen = progress_by_guid(state, begun)
        ended = [each for guid, each in self.begun.items() if guid not in begun]
        self.open = {guid: self._call(each, seen.get(guid), at) for guid, each in begun.items()}
        self.begun = begun
        return ended

    def answered(self) -> list[tuple[Attempt, dt.datetime]]:
        """Who has answered, and when that was seen."""
        return [
            (self.begun[guid], call.since)
            for guid, call in self.open.items()
            if call.progress.where not in _AT_REST and not call.is_over
        ]

    def unseen(self) -> list[str]:
        """Those that have no line outside yet, as far as is known."""
        return [guid for guid, call in self.open.items() if call.progress.where == "placed" and not call.is_over]

    def _call(self, attempt: Attempt, progress: Progress | None, at: dt.datetime) -> OpenCall:
        before = self.open.get(attempt.guid)
        if progress is None:
            if before is None or before.progress == NOT_SEEN:
                return OpenCall(attempt.dialer, NOT_SEEN, attempt.begun_at)
            return before._replace(is_over=True)
        if progress.where in _AT_REST:
            return OpenCall(attempt.dialer, progress, attempt.begun_at)
        if before is None or before.progress.where != progress.where:
            # out of the queue and not with an agent: the message for those whom nobody could take
            is_over = before is not None and (before.is_over or before.progress.where == "waiting")
            return OpenCall(attempt.dialer, progress, at, is_over and progress.where == "answered")
        return before._replace(progress=progress)
