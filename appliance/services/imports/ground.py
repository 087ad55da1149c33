"""What an import or the API has to know of a list: its country, who may own contacts, and where doubles are."""

import datetime as dt
from collections.abc import Mapping

from appliance.core.entities.lists import ContactList
from appliance.core.lists.layout import Layout
from appliance.core.lists.rows import Ground
from appliance.core.site import Site
from appliance.services.errors import NotFound
from appliance.store.lists.already import Scope


def list_of(site: Site, key: str) -> ContactList:
    """Raises `NotFound`."""
    found = site.lists.get(key)
    if found is None:
        raise NotFound(f"lists.{key}")
    return found


def ground_of(site: Site, key: str, layout: Layout | None = None) -> Ground:
    """What a file says of its numbers counts more than what its list does."""
    return Ground((layout.country if layout else "") or list_country(site, key), _owners(site))


def list_country(site: Site, key: str) -> str:
    """Of numbers without a country code; empty where nobody has said it."""
    return list_of(site, key).country or site.settings.country


def _owners(site: Site) -> Mapping[str, str]:
    """Agents by key, by number and by name; a key is stronger than what another is called."""
    agents = site.agents.items()
    found = {agent.name.casefold(): key for key, agent in agents}
    found |= {agent.extension.casefold(): key for key, agent in agents if agent.extension}
    found |= {key: key for key in site.agents}
    return found


def scope_of(site: Site, key: str, at: dt.datetime) -> Scope:
    """Where a contact is looked for before it is added."""
    found = list_of(site, key)
    lists = {"list": frozenset({key}), "campaign": _beside(site, key), "system": None}[found.once_in]
    since = at - dt.timedelta(days=found.once_days) if found.once_days else None
    return Scope(found.once_by, lists, since)


def _beside(site: Site, key: str) -> frozenset[str]:
    """All lists of the dialer that calls this one."""
    lists = (frozenset(each.list for each in dialer.lists) for dialer in site.dialers.values())
    return next((found for found in lists if key in found), frozenset({key}))


def campaign_of(site: Site, key: str) -> str:
    """For which this list is called; empty where no dialer has it yet."""
    dialers = site.dialers.values()
    return next((each.campaign for each in dialers if any(part.list == key for part in each.lists)), "")
