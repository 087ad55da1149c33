"""The Users section, for administrators: accounts, import, sessions of everybody, API tokens, rules."""

from aiohttp import web

from appliance.web.console.users import accounts, bulk, policy, sessions, tokens


def add_routes(app: web.Application) -> None:
    for module in (bulk, sessions, tokens, policy, accounts):
        module.add_routes(app)
