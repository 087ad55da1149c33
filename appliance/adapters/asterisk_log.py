"""What Asterisk wrote to its log since a moment; never keeps the file open, so that it can be rotated."""

import asyncio
import os
from pathlib import Path

QUIET_S = 0.1
MOST_LOOKS = 20


class AsteriskLog:
    def __init__(self, folder: str) -> None:
        self._path = Path(folder, "messages.log")

    def mark(self) -> int:
        """Where the log ends now."""
        try:
            return os.stat(self._path).st_size
        except FileNotFoundError:
            return 0

    async def since(self, mark: int) -> str:
        """What was written after `mark`. Asterisk writes from a thread of its own, so wait until it is quiet."""
        for _ in range(MOST_LOOKS):
            size = self.mark()
            await asyncio.sleep(QUIET_S)
            if size == self.mark():
                break
        return await asyncio.to_thread(self._read, mark)

    def _read(self, mark: int) -> str:
        try:
            with self._path.open("rb") as file:
                file.seek(mark if mark <= file.seek(0, os.SEEK_END) else 0)
                return file.read().decode(errors="replace")
        except FileNotFoundError:
            return ""
