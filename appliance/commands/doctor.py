"""`appliance doctor`: what is right and wrong with this installation, and what to do next."""

import argparse
from typing import Any

from appliance.adapters.asterisk import Asterisk
from appliance.adapters.asterisk_program import AsteriskProgram
from appliance.core.health import worst
from appliance.facts import make_facts
from appliance.services.health import (
    examine_asterisk,
    examine_configuration,
    examine_database,
    examine_host,
    examine_license,
)
from appliance.services.licenses.ground import use_keys
from appliance.settings import Settings
from appliance.store.db import Database

SIGNS = {"good": "ok", "warning": "!", "bad": "BAD"}


def add_parser(commands: Any) -> None:
    parser = commands.add_parser("doctor", help="examine this installation and say what to do")
    parser.set_defaults(command=_doctor)


async def _doctor(settings: Settings, _arguments: argparse.Namespace) -> int:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    use_keys(settings.keys_folder)
    database = Database(settings.database)
    program = AsteriskProgram(settings.asterisk.root, settings.asterisk.binary)
    asterisk = Asterisk(make_facts(settings), program, supervise=False)
    findings = [*await examine_host(settings.data_dir), *await examine_database(database)]
    if worst(findings) != "bad":
        findings += await examine_configuration(database, settings.node.name)
        findings += await examine_license(database)
    findings += await examine_asterisk(asterisk, program, supervise=settings.asterisk.supervise)
    await database.close()
    for finding in findings:
        print(f"{SIGNS[finding.grade]:>4}  {finding.part}: {finding.text()}")
    return 1 if worst(findings) == "bad" else 0
