"""Asked in the moment of the call: who was chosen a moment ago may have become one who must not be called."""

import datetime as dt
from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.contacts import ending, every_form_of
from appliance.core.dialing.attempts import Attempt
from appliance.core.dialing.hours import call_zones, closes_at, may_begin
from appliance.core.dialing.law import rules_of
from appliance.core.lists.zones import zone_of as number_zone
from appliance.core.site import Site
from appliance.store.dialing.do_not_call import never_dialled
from appliance.store.dialing.reachable import load_numbers
from appliance.store.dialing.states import load_state
from appliance.store.open_calls import load_people_elsewhere
from appliance.store.snapshots import load_snapshot
from appliance.store.tables.dialing import ListContactRow as Row

Until = Mapping[str, dt.datetime]  # by attempt, when it may reach the network at the latest


async def look_again(tx: AsyncSession, key: str, attempts: Sequence[Attempt], at: dt.datetime) -> Until:
    """Of attempts of one dialer that were not sent yet; who is not in the answer must not be called."""
    site = (await load_snapshot(tx)).site
    dialer = site.dialers.get(key)
    if dialer is None or site.settings.emergency_closed or (await load_state(tx, key)).state != "running":
        return {}
    rules = rules_of(site, dialer)
    forms = every_form_of({each.number for each in attempts}, site.settings.country)
    never = await never_dialled(tx, forms, dialer.campaign, at)
    on_a_line = await load_people_elsewhere(tx, attempts[0].node, at)
    zones = {
        guid: of_call
        for guid, of_call in (await _zones(tx, site, attempts)).items()
        if all(may_begin(rules, zone, at) for zone in of_call)
    }
    return {
        each.guid: min(closes_at(rules, zone, at) for zone in zones[each.guid])
        for each in attempts
        if each.guid in zones and each.number not in never and ending(each.number) not in on_a_line
    }


async def _zones(tx: AsyncSession, site: Site, attempts: Sequence[Attempt]) -> dict[str, set[str]]:
    """Where each call rings; nothing of a number that was taken off its card meanwhile."""
    ids = {each.contact_id for each in attempts if each.contact_id is not None}
    cards = await load_numbers(tx, ids, site.settings.country)
    in_lists = await _zones_in_lists(tx, attempts)
    found = {}
    for each in attempts:
        card = cards.get(each.contact_id or 0, {})
        # what was promised was said, not read from a card
        if each.number not in card.values() and each.kind != "promised":
            continue
        own = in_lists.get((each.list, each.contact_id), number_zone(each.number))
        of_list = site.lists[each.list].time_zone if each.list in site.lists else ""
        found[each.guid] = call_zones(each.number, card, own, (of_list, site.settings.time_zone))
    return found


async def _zones_in_lists(tx: AsyncSession, attempts: Sequence[Attempt]) -> dict[tuple[str, int | None], str]:
    found: dict[tuple[str, int | None], str] = {}
    for key in {each.list for each in attempts}:
        own = Row.list == key, Row.contact_id.in_([each.contact_id for each in attempts if each.list == key])
        for row in await tx.execute(select(Row.contact_id, Row.zone).where(*own)):
            found[key, row.contact_id] = row.zone
    return found
