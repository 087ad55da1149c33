"""The pages that people see; each module adds its own routes."""

from aiohttp import web

from appliance.web.console import (
    agents,
    call_map,
    callbacks,
    choices,
    emergency,
    entities,
    holidays,
    imports,
    inbound_routes,
    interactions,
    lookup_try,
    mail,
    menu_draft,
    menu_tree,
    menus,
    my_work,
    new_person,
    outbound_routes,
    overview,
    phones,
    profile,
    prompt_library,
    prompts,
    queues,
    revisions,
    search,
    sign_in,
    singles,
    trunks,
    two_factor,
    users,
)

# Lists of their own come before the machinery that makes the rest.
MODULES = (
    sign_in,
    two_factor,
    profile,
    overview,
    emergency,
    my_work,
    interactions,
    callbacks,
    call_map,
    revisions,
    search,
    imports,
    mail,
    new_person,
    users,
    queues,
    agents,
    menus,
    menu_tree,
    menu_draft,
    inbound_routes,
    outbound_routes,
    trunks,
    prompts,
    prompt_library,
    phones,
    lookup_try,
    choices,
    holidays,
    singles,
    entities,
)


def add_routes(app: web.Application) -> None:
    for module in MODULES:
        module.add_routes(app)
