"""Tells whether anybody has committed since one looked last: whoever found nothing to do need not read it again."""

import sqlite3
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager, suppress
from itertools import count
from threading import Lock
from urllib.parse import quote

# What comes with each call: a commit of our own jobs that touched nothing else is news for those alone who ask for it.
OF_CALLS = frozenset(
    {
        "agent_intervals",
        "interactions",
        "journal_positions",
        "license_channels",
        "missed_rings",
        "open_agents",
        "open_calls",
        "recordings",
        "segments",
        "steps",
        "work",
    }
)

Mark = tuple[int, ...]
_VERSION = "PRAGMA data_version"


class Commits:
    """`path` is SQLite's file. Without one, another mark each time says that there may be something new."""

    def __init__(self, path: str | None) -> None:
        self._path = path
        self._file: sqlite3.Connection | None = None
        self._unknown = count(-1, -1)
        self._lock = Lock()
        self._is_committing = False
        self._version = 0
        self._version_for_jobs: tuple[sqlite3.Connection, int] | None = None
        self._others = 0  # commits, or a few more, of whoever does not tell what they are about
        self._own: Counter[str] = Counter()  # of the jobs, by table

    def mark(self, *tables: str) -> Mark:
        """Another one after each commit of whichever process; but of what the jobs store for each call, `tables` only.

        Read from shared memory, so nobody waits for it.
        """
        if self._path is None:
            return (next(self._unknown),)
        try:
            with self._lock:
                if not self._is_committing:
                    self._compare(self._open())
                    return self._others, self._own[""], *(self._own[table] for table in tables)
        except sqlite3.Error:
            pass
        return (next(self._unknown),)

    @contextmanager
    def told(self, jobs: sqlite3.Connection, tables: Collection[str]) -> Iterator[None]:
        """Within, the jobs' connection commits. Who asks meanwhile, in another thread, learns that it is not known."""
        self._is_committing = True
        try:
            yield
            with suppress(sqlite3.Error):  # it is stored; that nobody was told, the next comparison shows
                self._note(jobs, tables)
        finally:
            self._is_committing = False

    def _note(self, jobs: sqlite3.Connection, tables: Collection[str]) -> None:
        """To that connection the version says whether others have committed, and not what it did itself."""
        with self._lock:
            version = _version_of(self._open())  # first: who commits between the two is counted by the next comparison
            for_jobs = jobs, _version_of(jobs)
            self._others += for_jobs != self._version_for_jobs
            self._version, self._version_for_jobs = version, for_jobs
            self._own.update(tables)
            self._own[""] += not OF_CALLS.issuperset(tables)

    def _compare(self, file: sqlite3.Connection) -> None:
        version = _version_of(file)
        self._others += version != self._version
        self._version = version

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _open(self) -> sqlite3.Connection:
        if self._file is None:
            address = f"file:{quote(str(self._path))}?mode=ro"
            self._file = sqlite3.connect(address, uri=True, timeout=0, check_same_thread=False)
        return self._file


def _version_of(connection: sqlite3.Connection) -> int:
    with closing(connection.execute(_VERSION)) as found:
        return int(found.fetchall()[0][0])
