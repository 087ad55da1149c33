"""Settings that a site has once: their link leads straight to the form, whether they were ever stored or not."""

from aiohttp import web

from appliance.core.access import VIEW
from appliance.core.entities.general import MAIN
from appliance.store.site import load_entity
from appliance.web.access import Access, add_route
from appliance.web.keys import DATABASE
from appliance.web.navigation import section_path

SECTIONS = ("general", "mail", "feature_codes", "agent_rules")


def add_routes(app: web.Application) -> None:
    for section in SECTIONS:
        add_route(app, f"GET {section_path(section)}", Single(section).get, Access(VIEW))


class Single:
    """The way to the only entity of a section."""

    def __init__(self, section: str) -> None:
        self.section = section

    async def get(self, request: web.Request) -> web.StreamResponse:
        async with request.app[DATABASE].reading() as tx:
            found = await load_entity(tx, self.section, MAIN)
        saved = f"?saved={MAIN}" if "saved" in request.query else ""
        path = section_path(self.section)
        raise web.HTTPSeeOther(f"{path}/{MAIN}{saved}" if found else f"{path}/_new?key={MAIN}")
