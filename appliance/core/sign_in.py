"""How long somebody rests after failures to sign in: delays grow, but every one has an end in minutes."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limit:
    """Failures that cost nothing, the first rest, and the longest."""

    free: int
    first_s: int
    longest_s: int


LOGIN_HERE = Limit(free=5, first_s=30, longest_s=15 * 60)  # one login from one place
ANY_PLACE = Limit(free=50, first_s=10, longest_s=60)  # one login from anywhere: many places guess together
ANY_LOGIN = Limit(free=50, first_s=30, longest_s=15 * 60)  # one address, perhaps of a whole office

FORGOTTEN_S = 3600  # so long after the last failure, counting begins anew
KNOWN_S = 180 * 86400  # so long a browser that signed in is known


def lock_s(failures: int, limit: Limit) -> int:
    """The rest after this many failures in a row; it doubles with each further one."""
    beyond = failures - limit.free
    return min(limit.longest_s, limit.first_s << min(beyond, 12)) if beyond >= 0 else 0
