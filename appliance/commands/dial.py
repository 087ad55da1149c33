"""`appliance dial --dry-run NUMBER`: who would carry a number; nothing is dialled."""

import argparse
from typing import Any

from appliance.commands.opened import open_database
from appliance.core.outbound import who_would_carry
from appliance.services.clock import now
from appliance.settings import Settings
from appliance.store.site import load_site


def add_parser(commands: Any) -> None:
    parser = commands.add_parser("dial", help="say which trunk would carry a number, and as which caller")
    parser.add_argument("number", help="as a phone would dial it")
    parser.add_argument(
        "--dry-run", action="store_true", required=True, help="nothing is dialled; there is no other way"
    )
    parser.add_argument("--extension", default="", help="who dials (default: nobody, as a menu or queue does)")
    parser.set_defaults(command=_dry_run)


async def _dry_run(settings: Settings, arguments: argparse.Namespace) -> int:
    """Status 1 where nobody would carry it."""
    async with open_database(settings) as database, database.reading() as tx:
        site = await load_site(tx)
    dry = who_would_carry(site, arguments.number, arguments.extension, now())
    for key, why in dry.skipped:
        print(f"- route {key}: {why.text()}")
    if dry.route:
        print(f"+ route {dry.route}")
    for place, each in enumerate(dry.tries, 1):
        print(f"  {place}. trunk {each.trunk}: {each.number} as {each.caller_id or 'the own number of the caller'}")
    if dry.refused:
        print(dry.refused.text())
    return 1 if dry.refused else 0
