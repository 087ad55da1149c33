"""A site exported from FreePBX or Issabel, put into the present one: read, shown beforehand, all or nothing."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from appliance.core.freepbx import Finding, Imported, Table, TableError, map_tables, read_table
from appliance.core.problems import Invalid, check_site
from appliance.core.site import Site
from appliance.core.words import N_
from appliance.services.entities import SiteChanges, replace_site
from appliance.store.configuration import lock_wanted
from appliance.store.db import Database
from appliance.store.site import load_site


@dataclass(frozen=True)
class Export:
    """The tables that could be read, and what is said of the files that could not."""

    tables: tuple[Table, ...]
    findings: tuple[Finding, ...]


async def read_export(folder: Path) -> Export:
    """Every CSV file of a folder, not below it; raises OSError where there is no such folder."""
    return await asyncio.to_thread(_read_folder, folder)


def parse_export(files: Mapping[str, bytes]) -> Export:
    tables, findings = [], []
    for name, content in sorted(files.items()):
        try:
            tables.append(read_table(name, content))
        except TableError as error:
            findings.append(Finding(name, 0, "", "left", error.message))
    return Export(tuple(tables), tuple(findings))


async def preview_export(database: Database, export: Export, *, replace: bool) -> Imported:
    """What an import would make; stores nothing. Raises Invalid where the site as a whole would be refused."""
    async with database.reading() as tx:
        present = await load_site(tx)
    imported = await asyncio.to_thread(_mapped, export, present, replace)
    problems = await asyncio.to_thread(check_site, imported.site)
    if problems:
        raise Invalid(problems)
    return imported


async def import_export(database: Database, export: Export, *, replace: bool, by: str) -> tuple[Imported, SiteChanges]:
    async with database.transaction() as tx:
        await lock_wanted(tx)  # nobody edits between what is read here and what is written
        imported = await asyncio.to_thread(_mapped, export, await load_site(tx), replace)
        changes = await replace_site(tx, imported.site, by=by, summary="import freepbx")
    return imported, changes


def _mapped(export: Export, present: Site, replace: bool) -> Imported:
    found = map_tables(export.tables, present, replace=replace)
    return Imported(found.site, found.taken, (*export.findings, *found.findings))


def _read_folder(folder: Path) -> Export:
    names = sorted(path for path in folder.iterdir() if path.suffix.lower() == ".csv")
    files, unread = {}, []
    for path in names:
        try:
            files[path.name] = path.read_bytes()
        except OSError as error:
            reason = error.strerror or "-"
            unread.append(Finding(path.name, 0, "", "left", N_("cannot be read: {reason}"), {"reason": reason}))
    found = parse_export(files)
    return Export(found.tables, (*unread, *found.findings))
