"""The card of a call in the words of the reader: names, sentences, the form, the dispositions, the script."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from appliance.core.answers import choices_of, shown_fields
from appliance.core.call_words import CallValues, fill_address, fill_script, origin_of
from appliance.core.entities.work import Disposition, FormField
from appliance.core.site import Site
from appliance.services.cards import Card, did_name, values_of_card
from appliance.services.clock import now
from appliance.services.screen_pops import WEBHOOK, pop_of
from appliance.services.work import offered_dispositions
from appliance.web.console.story import Line, tell_steps
from appliance.web.desk_pages import TOLD
from appliance.web.shown import zone
from appliance.web.targets import names_of

NAMED = ("queues", "agents", "menus", "prompts", "schedules", "campaigns", "inputs", "lookups", "surveys")


@dataclass(frozen=True)
class FieldShown:
    field: FormField
    value: str
    is_shown: bool
    choices: list[str]
    error: str = ""


@dataclass(frozen=True)
class Pop:
    """`origin` is the only one that may be framed."""

    name: str
    kind: str
    url: str
    origin: str


@dataclass(frozen=True)
class DispositionGroup:
    """`title` is the first level; empty for those that have none above them."""

    title: str
    choices: list[Disposition]


def card_context(site: Site, card: Card, agent: str, errors: Mapping[str, str] | None = None) -> dict[str, Any]:
    values = values_of_card(site, card, agent)
    campaign = site.campaigns.get(card.campaign)
    return {
        "card": card,
        "site": site,
        "line": did_name(site, card.did),
        "way": _way(site, card),
        "digits": _digits(site, card),
        "fields": _fields(site, card, errors or {}),
        "groups": _groups(offered_dispositions(site, card.campaign)),
        "is_needed": campaign is not None and campaign.disposition_required,
        "script": _script(site, card, values),
        "pop": make_pop(site, card, values),
        "errors": errors or {},
        "due_default": _in_an_hour(),
    }


def _way(site: Site, card: Card) -> list[Line]:
    names = {section: names_of(site.section(section)) for section in NAMED}
    lines = tell_steps(list(card.steps), names)
    return [line for step, line in zip(card.steps, lines, strict=True) if step.kind in TOLD]


def _digits(site: Site, card: Card) -> list[tuple[str, str]]:
    titles = {each.variable: each.name for each in site.inputs.values()}
    return [(titles.get(name, name), digits) for name, digits in card.digits.items()]


def _fields(site: Site, card: Card, errors: Mapping[str, str]) -> list[FieldShown]:
    form = site.forms.get(card.work.form) if card.work else None
    if card.work is None or form is None:
        return []
    answers = {key: str(value) for key, value in card.work.answers.items()}
    shown = {field.key for field in shown_fields(form, answers)}
    return [
        FieldShown(each, answers.get(each.key, ""), each.key in shown, choices_of(each), errors.get(each.key, ""))
        for each in form.fields
    ]


def _groups(offered: Mapping[str, Disposition]) -> list[DispositionGroup]:
    groups: dict[str, list[Disposition]] = {}
    for each in offered.values():
        groups.setdefault(each.parent, []).append(each)
    return [DispositionGroup(parent, choices) for parent, choices in groups.items()]


def _script(site: Site, card: Card, values: CallValues) -> list[tuple[str, str]]:
    campaign = site.campaigns.get(card.campaign)
    script = site.scripts.get(campaign.script) if campaign else None
    return [(page.title, fill_script(page.text, values)) for page in script.pages] if script else []


def make_pop(site: Site, card: Card, values: CallValues) -> Pop | None:
    """What the browser opens; what the server sends by itself is none."""
    found = pop_of(site, card.campaign)
    url = fill_address(found.url, values) if found is not None and found.kind != WEBHOOK else ""
    return Pop(found.name, found.kind, url, origin_of(url)) if found is not None and url else None


def _in_an_hour() -> str:
    """As a field for a day and a time has it, where the reader is."""
    at = (now() + dt.timedelta(hours=1)).astimezone(zone())
    return at.strftime("%Y-%m-%dT%H:%M")
