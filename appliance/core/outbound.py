"""Who would carry a dialled number: the same rules as the dialplan of outbound calls, without placing a call."""

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from appliance.core.entities.outbound import OutboundPattern, OutboundRoute
from appliance.core.hours import state_at
from appliance.core.number_plan import LONGEST, Rule, first_match, plan_of
from appliance.core.site import Site
from appliance.core.words import N_

# Asterisk's causes that the called number is at fault: not in service, busy, no answer, refused, changed, incomplete.
# Some come together with DIALSTATUS=CHANUNAVAIL, but no other trunk would do better.
ANSWER_CAUSES = (1, 17, 19, 21, 22, 28)
# That the trunk is at fault, so that the next one is tried: no way there (3), the far end is gone (20, 27), its network
# fails (34, 38, 41, 42, 44, 47), it cannot do what we ask (29, 58, 127), it did not answer in time (102).
TRUNK_CAUSES = (3, 20, 27, 29, 34, 38, 41, 42, 44, 47, 58, 102, 127)
# SIP answers that refuse our user name or password. Asterisk's cause is 21 then, as for a called party who refuses.
SIGN_IN_CODES = (401, 407)

_NUMBER = re.compile(rf"\+?[0-9]{{1,{LONGEST}}}")
NO_NUMBER = N_("This is no number: 1 to {longest} digits are, with or without a leading +.")
INTERNAL = N_("{number} is a number of this house: no trunk is needed.")
NO_ROUTE = N_("No outbound route carries {number}; the caller hears that it cannot be reached.")
NO_TRUNK = N_("Route {route} has no trunk that places calls; the caller hears that all lines are busy.")
NOT_LIKE = N_("the number is not like any of its patterns")
NOT_FOR = N_("it is not for extension {extension}")
NOT_FOR_OTHERS = N_("it is for certain extensions only")
NOT_NOW = N_("its schedule is not open then")


@dataclass(frozen=True)
class Said:
    """A sentence in English with {placeholders}."""

    message: str
    context: Mapping[str, str] = field(default_factory=dict)

    def text(self) -> str:
        return self.message.format(**self.context)


@dataclass(frozen=True)
class Try:
    """A trunk that would be asked, with the number as it is sent; an empty caller ID is the caller's own number."""

    trunk: str
    number: str
    caller_id: str


@dataclass(frozen=True)
class Asked:
    number: str
    extension: str
    at: dt.datetime


@dataclass(frozen=True)
class DryRun:
    """`skipped` has each route that was passed over before `route`, and why."""

    number: str
    route: str = ""
    tries: tuple[Try, ...] = ()
    skipped: tuple[tuple[str, Said], ...] = ()
    refused: Said | None = None


def is_trunks_fault(cause: str, code: str, *, has_rung: bool) -> bool:
    """What `trunk_result` in outbound.conf.j2 decides, by Asterisk's cause and the far end's SIP answer."""
    if code in map(str, SIGN_IN_CODES):
        return True
    if cause in map(str, ANSWER_CAUSES):
        return False
    return cause in map(str, TRUNK_CAUSES) or (cause == "18" and not has_rung)


def ordered_routes(site: Site) -> list[OutboundRoute]:
    """As the dialplan asks them: emergencies first, then by position."""
    return sorted(site.outbound_routes.values(), key=lambda route: (not route.emergency, route.position, route.key))


def rule_of(pattern: OutboundPattern) -> Rule:
    """What would take the whole number away asks for one digit more."""
    body = pattern.pattern.removesuffix("*")
    is_open = pattern.pattern.endswith("*")
    takes_all = is_open and pattern.strip >= len(body) and not pattern.prepend
    return Rule(f"{body}X*" if takes_all else pattern.pattern, pattern.strip, pattern.prepend)


def emergency_patterns(routes: Iterable[OutboundRoute]) -> list[str]:
    """Of all emergency routes, each once: which of them carries a number is asked later, in their order."""
    rules = [rule_of(each).pattern for route in routes if route.emergency for each in route.patterns]
    return list(dict.fromkeys(exact for pattern in rules for exact in exact_patterns(pattern)))


def exact_patterns(pattern: str) -> list[str]:
    """For where no other check stands before it: an open pattern as one for each length, digits only."""
    body = pattern.removesuffix("*")
    longest = LONGEST if pattern.endswith("*") else len(body)
    return [body + "X" * more for more in range(longest - len(body) + 1)]


def who_would_carry(site: Site, number: str, extension: str, at: dt.datetime) -> DryRun:
    """`extension` dials; without one a menu or queue sends a caller outside."""
    if not _NUMBER.fullmatch(number):
        return DryRun(number, refused=Said(NO_NUMBER, {"longest": str(LONGEST)}))
    asked = Asked(number, extension, at)
    skipped: list[tuple[str, Said]] = []
    is_internal = bool(extension) and _is_internal(site, number)
    for route in ordered_routes(site):
        if is_internal and not route.emergency:
            break
        why = _why_not(site, route, asked)
        if why is None:
            tries = tuple(_tries(site, route, asked))
            refused = None if tries else Said(NO_TRUNK, {"route": route.name})
            return DryRun(number, route.key, tries, tuple(skipped), refused)
        skipped.append((route.key, why))
    return DryRun(number, "", (), tuple(skipped), Said(INTERNAL if is_internal else NO_ROUTE, {"number": number}))


def numbers_meant(site: Site, route: str, dialled: str) -> frozenset[str]:
    """Whose number it may be, as cards keep it: what was dialled, and what is left of it without what only chooses a
    route. Of an emergency call, nobody's.
    """
    known = site.outbound_routes.get(route)
    if known is not None and known.emergency:
        return frozenset()
    rule = first_match(map(rule_of, known.patterns), dialled) if known else None
    plan = plan_of(site.settings.country)
    return frozenset(
        plan.formatted(each, "e164_plus") for each in (dialled, rule.applied(dialled) if rule else dialled)
    )


def _is_internal(site: Site, number: str) -> bool:
    return number in (
        *site.extensions,
        *(group.number for group in site.ring_groups.values()),
        *(room.number for room in site.conferences.values()),
    )


def _why_not(site: Site, route: OutboundRoute, asked: Asked) -> Said | None:
    if first_match(map(rule_of, route.patterns), asked.number) is None:
        return Said(NOT_LIKE)
    if route.emergency:
        return None
    if route.users and asked.extension not in [user.extension for user in route.users]:
        return Said(NOT_FOR, {"extension": asked.extension}) if asked.extension else Said(NOT_FOR_OTHERS)
    if route.schedule and state_at(site.schedules[route.schedule], asked.at) != "open":
        return Said(NOT_NOW)
    return None


def _tries(site: Site, route: OutboundRoute, asked: Asked) -> Iterator[Try]:
    """An emergency number goes out as it was dialled: it belongs to no country's plan."""
    plan = plan_of(site.settings.country)
    rule = first_match(map(rule_of, route.patterns), asked.number)
    sent = rule.applied(asked.number) if rule else asked.number
    own = site.extensions[asked.extension].caller_id if asked.extension in site.extensions else ""
    for trunk in (site.trunks[each.trunk] for each in route.trunks):
        if trunk.host:
            number = sent if route.emergency else plan.formatted(sent, trunk.number_format)
            shown = route.caller_id or own or trunk.caller_id
            yield Try(trunk.key, number, plan.formatted(shown, trunk.caller_id_format))
