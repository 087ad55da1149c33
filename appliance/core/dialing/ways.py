"""Which trunks carry the calls of dialers."""

import datetime as dt

from appliance.core.outbound import ordered_routes, who_would_carry
from appliance.core.site import Site


def open_trunks(site: Site) -> list[str]:
    """All that a dialer's call may take: of routes that anybody may use, emergency routes not among them."""
    routes = [route for route in ordered_routes(site) if not route.emergency and not route.users]
    found = (each.trunk for route in routes for each in route.trunks if site.trunks[each.trunk].host)
    return list(dict.fromkeys(found))


def trunks_for(site: Site, dialled: str, at: dt.datetime) -> list[str]:
    """In the order in which the dialplan tries them."""
    return [each.trunk for each in who_would_carry(site, dialled, "", at).tries]
