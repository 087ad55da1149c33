"""Looks at every part of the appliance and says what is wrong and what to do about it."""

import asyncio
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from appliance.adapters.asterisk import Asterisk
from appliance.adapters.asterisk_console import ConsoleError
from appliance.adapters.asterisk_program import AsteriskError, AsteriskProgram
from appliance.adapters.host import free_bytes, missing_programs
from appliance.core.health import Finding, Grade
from appliance.core.license.notice import notice
from appliance.core.problems import check_site
from appliance.core.words import N_
from appliance.services.licenses.current import load_term
from appliance.store.configuration import load_status
from appliance.store.db import Database
from appliance.store.migrate import is_current, schema_revision
from appliance.store.site import load_site

GIGABYTE = 10**9
PROGRAMS = ("espeak-ng", "sox")


async def examine_database(database: Database) -> list[Finding]:
    part = N_("Database")
    try:
        if await schema_revision(database) is None:
            return [Finding(part, "bad", N_("is empty."), N_("Run `appliance migrate`."))]
        if not await is_current(database):
            return [Finding(part, "bad", N_("has an older schema."), N_("Run `appliance migrate`."))]
        async with database.reading() as tx:
            problems = check_site(await load_site(tx))
    except (SQLAlchemyError, OSError) as error:
        reason = str(error).splitlines()[0]
        return [Finding(part, "bad", N_("cannot be used: {reason}"), context={"reason": reason})]
    good = Finding(part, "good", N_("has the schema of this version."))
    advice = N_("Mend it in the console or with `appliance config`.")
    return [good, *(Finding(N_("Configuration"), "bad", problem.text(), advice) for problem in problems)]


async def examine_configuration(database: Database, node: str) -> list[Finding]:
    part = N_("Configuration")
    async with database.reading() as tx:
        status = await load_status(tx, node)
    if status.tried == status.wanted and status.applied != status.wanted:
        advice = N_("Change what it names, or put an earlier revision back.")
        return [Finding(part, "bad", N_("was refused by Asterisk: {reason}"), advice, {"reason": status.error})]
    if status.tried == 0:
        return [Finding(part, "warning", N_("was never given to Asterisk."), N_("`appliance run` does that."))]
    if status.applied != status.wanted:
        return [Finding(part, "warning", N_("has changes that Asterisk has not taken yet."))]
    return [Finding(part, "good", N_("is what Asterisk runs."))]


async def examine_license(database: Database) -> list[Finding]:
    part = N_("License")
    async with database.reading() as tx:
        told = notice(await load_term(tx))
    if told is None:
        return [Finding(part, "good", N_("is in force."))]
    grade: Grade = "warning" if told.sentence.reason == "none" else told.grade
    return [Finding(part, grade, told.sentence.message, context=told.sentence.context)]


async def examine_asterisk(asterisk: Asterisk, program: AsteriskProgram, *, supervise: bool) -> list[Finding]:
    """Where systemd runs Asterisk, only it can start it."""
    part = N_("Asterisk")
    try:
        version = await asterisk.cli("core show version")
    except ConsoleError:
        pass
    else:
        return [
            Finding(part, "good", N_("is running: {version}."), context={"version": version.partition(" built")[0]})
        ]
    if not supervise:
        advice = N_("See `systemctl status appliance-asterisk`.")
        return [Finding(part, "bad", N_("is not running."), advice)]
    try:
        await asyncio.to_thread(program.check)
    except AsteriskError as error:
        return [Finding(part, "bad", N_("cannot be started: {reason}"), context={"reason": str(error)})]
    return [Finding(part, "warning", N_("is installed but not running."), N_("`appliance run` starts it."))]


async def examine_host(folder: Path) -> list[Finding]:
    missing = await asyncio.to_thread(missing_programs, PROGRAMS)
    free = await asyncio.to_thread(free_bytes, folder)
    findings = [
        Finding(N_("Programs"), "bad", N_("{name} is missing."), N_("Run installer/packages."), {"name": name})
        for name in missing
    ]
    if not missing:
        findings.append(Finding(N_("Programs"), "good", N_("for prompts are installed.")))
    grade, context = ("good" if free > 5 * GIGABYTE else "bad"), {"free": f"{free / GIGABYTE:.1f}"}
    advice = "" if grade == "good" else N_("Recordings need space: delete what is not needed or add a disk.")
    return [
        *findings,
        Finding(N_("Disk"), "good" if grade == "good" else "bad", N_("has {free} GB free."), advice, context),
    ]
