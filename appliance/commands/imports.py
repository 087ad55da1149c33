"""`appliance import`: a site of another telephone system, with a report of what was taken and what was not."""

import argparse
from collections import Counter
from pathlib import Path
from typing import Any

from appliance.commands.opened import open_database
from appliance.commands.refusal import Refused
from appliance.core.freepbx import Imported, folded, row_ranges
from appliance.core.problems import Invalid
from appliance.services.freepbx import Export, import_export, preview_export, read_export
from appliance.settings import Settings
from appliance.store.db import Database

BY = "command line"


def add_parser(commands: Any) -> None:
    parser = commands.add_parser("import", help="take over the site of another telephone system")
    systems = parser.add_subparsers(required=True, metavar="SYSTEM")
    freepbx = systems.add_parser("freepbx", help="CSV files that FreePBX or Issabel exported")
    freepbx.add_argument("folder", type=Path, metavar="DIR", help="the folder with the files")
    freepbx.add_argument("--dry-run", action="store_true", help="only say what would be taken")
    freepbx.add_argument("--replace", action="store_true", help="the files win where an entry exists here already")
    freepbx.set_defaults(command=_import)


async def _import(settings: Settings, arguments: argparse.Namespace) -> int:
    export = await _read(arguments.folder)
    async with open_database(settings) as database:
        try:
            print("\n".join(await _done(database, export, arguments)))
        except Invalid as error:
            raise Refused(f"nothing was changed.\n{error}") from None
    return 0


async def _read(folder: Path) -> Export:
    try:
        export = await read_export(folder)
    except OSError as error:
        raise Refused(f"{folder} cannot be read: {error.strerror}") from None
    if not export.tables:
        reasons = "".join(f"\n{each.file}: {each.text()}" for each in export.findings)
        raise Refused(f"There is no CSV file to take in {folder}.{reasons}")
    return export


async def _done(database: Database, export: Export, arguments: argparse.Namespace) -> list[str]:
    if arguments.dry_run:
        imported = await preview_export(database, export, replace=arguments.replace)
        return [*report(imported), "Nothing was changed: this was a dry run."]
    imported, changes = await import_export(database, export, replace=arguments.replace, by=BY)
    return [*report(imported), "Imported; the running daemon applies it." if changes else "Nothing differs."]


def report(imported: Imported) -> list[str]:
    """A line for each thing that was taken, changed or left; the same said of many rows is one line."""
    lines = [f"+ {each.section}.{each.key}  ({each.file}, row {each.row})" for each in imported.taken]
    for finding, rows in folded(imported.findings):
        ranges = row_ranges(rows)
        place = [finding.file, f"row {ranges}" if ranges else "", finding.column]
        sign = {"changed": "~", "left": "-"}[finding.outcome]
        lines.append(f"{sign} {', '.join(filter(None, place))}: {finding.text()}")
    sections = Counter(each.section for each in imported.taken)
    outcomes = Counter(each.outcome for each in imported.findings)
    taken = ", ".join(f"{count} {section}" for section, count in sections.items()) or "nothing"
    return [*lines, f"Taken (+): {taken}. Changed (~): {outcomes['changed']}. Not taken (-): {outcomes['left']}."]
