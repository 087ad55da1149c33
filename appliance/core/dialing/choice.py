"""Whose turn it is among the lists of a dialer, and which number is shown to whom."""

from collections import Counter
from collections.abc import Mapping, Sequence

from appliance.core.entities.dialer_parts import CallerNumber
from appliance.core.entities.dialers import Dialer


def turns(shares: Mapping[str, int], before: Sequence[str], most: int) -> list[str]:
    """The lists of the next calls, so that those of the latest calls and these keep to the shares."""
    count = Counter(each for each in before if each in shares)
    whole, chosen = sum(shares.values()), list[str]()
    while whole and len(chosen) < most:
        total = count.total() + 1
        behind = {key: share * total / whole - count[key] for key, share in shares.items()}
        key = max(behind, key=lambda each: (behind[each], shares[each]))
        count[key] += 1
        chosen.append(key)
    return chosen


def caller_number(dialer: Dialer, number: str, chance: int) -> str:
    """One, by chance, of those for the longest beginning of the called number; empty: as the route says."""
    fitting = [each for each in dialer.caller_numbers if number.lstrip("+").startswith(each.area.lstrip("+"))]
    longest = max((len(each.area.lstrip("+")) for each in fitting), default=0)
    best: list[CallerNumber] = [each for each in fitting if len(each.area.lstrip("+")) == longest]
    return best[chance % len(best)].number if best else ""
