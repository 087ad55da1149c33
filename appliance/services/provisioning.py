"""One-time links by which a softphone fetches its settings: kept in memory only, as hashes, for half an hour."""

import datetime as dt
import hashlib
import secrets

LIFE = dt.timedelta(minutes=30)
MOST = 1000  # links at once; a forgotten sheet expires


class Provisioning:
    """A restart of the daemon ends all links: the sheet gives a new one."""

    def __init__(self) -> None:
        self._links: dict[str, tuple[str, dt.datetime]] = {}

    def issue(self, extension: str, at: dt.datetime) -> str:
        """A new token; an older one for the same phone ends."""
        kept = [(key, link) for key, link in self._links.items() if link[1] > at and link[0] != extension]
        token = secrets.token_urlsafe(24)
        self._links = {**dict(kept[-MOST + 1 :]), _hash(token): (extension, at + LIFE)}
        return token

    def take(self, token: str, at: dt.datetime) -> str | None:
        """The extension, once."""
        extension, until = self._links.pop(_hash(token), ("", at))
        return extension if until > at else None


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
