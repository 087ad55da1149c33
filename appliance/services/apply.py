"""Makes Asterisk run what is wanted: renders all, writes what differs, reloads its owners, or puts the old back."""

import asyncio
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace

import structlog
from jinja2 import Environment

from appliance.adapters.ami import AmiError, AmiLost, AmiTimeout
from appliance.adapters.asterisk_log import AsteriskLog
from appliance.adapters.config_files import Written, put_files, restore_files, settle_files
from appliance.adapters.node import Node
from appliance.core.reloading import OWNERS, complaints, difference, only_at_start, owners_of
from appliance.core.render import render
from appliance.core.site import Site
from appliance.services.clock import now
from appliance.services.hub import Hub
from appliance.services.prompts import Prompts
from appliance.store.configuration import NodeStatus, insert_revision, load_changes, load_status, save_status
from appliance.store.db import Database
from appliance.store.engine.commits import Mark
from appliance.store.snapshots import load_snapshot
from appliance.store.tables.configuration import AuditRow, RevisionRow

COALESCE_S = 0.1  # several edits in a row become one reload
POLL_S = 1.0  # another process or node may have raised what is wanted
RETRY_S = 2.0
SUMMARY_PLACES = 3

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Wanted:
    """One consistent read of the database."""

    status: NodeStatus
    site: Site
    changes: list[AuditRow]


@dataclass(frozen=True)
class Outcome:
    """`error` is what Asterisk said; where the files are applied all the same, what is missing beside them."""

    diff: str
    is_applied: bool
    error: str


class ConfigApplier:
    """One for each node. `poke()` after a commit makes it look at once."""

    def __init__(self, node: Node, database: Database, hub: Hub, *, prompts: Prompts, environment: Environment) -> None:
        self._node = node
        self._database = database
        self._hub = hub
        self._prompts = prompts
        self._environment = environment
        self._log = AsteriskLog(node.facts.log)
        self._poked = asyncio.Event()
        self._prepared = Written({}, {})  # what was put in place before Asterisk started
        self._idle_mark: Mark | None = None  # of the database, when all that is wanted had been tried
        self._proven = False  # True once this Asterisk has taken these very files from us

    def poke(self) -> None:
        self._poked.set()

    async def prepare(self) -> None:
        """Before Asterisk starts: put the wanted files in place; whether it likes them shows in `run`.

        Where it runs already, or has refused this very configuration, the files in place are the good ones.
        """
        wanted = await self._read()
        is_refused = wanted.status.tried == wanted.status.wanted > wanted.status.applied
        if await self._node.asterisk.is_up() or (is_refused and any(self._node.etc.glob("*.conf"))):
            return
        await self._prompts.publish(wanted.site)
        files = await self._render(wanted.site)
        self._prepared = await asyncio.to_thread(put_files, files, self._node.etc)

    async def run(self) -> None:
        """Endless job."""
        while True:
            await self._node.ami.wait_connected()
            try:
                busy = await self._apply_wanted()
            except (AmiLost, AmiTimeout) as error:
                # Whether Asterisk has read the files is unknown: say nothing, and reload everything next time.
                self._proven = False
                log.warning("config.unproven", reason=str(error))
                await asyncio.sleep(RETRY_S)
                continue
            if not busy:
                await self._wait()

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(POLL_S):
                await self._poked.wait()
        except TimeoutError:
            return
        await asyncio.sleep(COALESCE_S)
        self._poked.clear()

    async def _apply_wanted(self) -> bool:
        mark = self._database.mark()
        if mark == self._idle_mark and self._proven:
            return False
        async with self._database.reading() as tx:
            status = await load_status(tx, self._node.name)
        if status.tried == status.wanted and self._proven:
            self._idle_mark = mark
            return False
        await self._apply(await self._read())
        return True

    async def _read(self) -> Wanted:
        async with self._database.reading() as tx:
            status = await load_status(tx, self._node.name)
            changes = await load_changes(tx, status.applied, status.wanted)
            return Wanted(status, (await load_snapshot(tx)).site, changes)

    async def _render(self, site: Site) -> dict[str, str]:
        return await asyncio.to_thread(lambda: render(site, self._node.facts, self._environment))

    async def _apply(self, wanted: Wanted) -> None:
        complaints_of_prompts = await self._prompts.publish(wanted.site)
        files = await self._render(wanted.site)
        before, changed = await asyncio.to_thread(put_files, files, self._node.etc)
        to_reload = changed if self._proven else OWNERS
        error = await self._reload(to_reload)
        if error:
            await asyncio.to_thread(restore_files, before, self._node.etc)
            await self._reload(to_reload)
        else:
            await self._prompts.tidy(wanted.site)
        await asyncio.to_thread(settle_files, self._node.etc)
        self._proven = True
        prepared, self._prepared = self._prepared, Written({}, {})
        # Where both know a file, they know the same old text of it: what was there when all was settled last.
        old, new = {**prepared.before, **before}, {**prepared.after, **changed}
        diff = await asyncio.to_thread(difference, old, new)
        outcome = Outcome(diff, not error, error or "\n".join(complaints_of_prompts))
        log.info("config.files", changed=sorted(changed), at_next_start=only_at_start(changed))
        await self._record(wanted, outcome)

    async def _reload(self, files: Iterable[str]) -> str:
        """Empty, or what Asterisk said against the files."""
        mark, errors = self._log.mark(), []
        for module in owners_of(files):
            try:
                await self._node.ami.action("Reload", Module=module)
            except (AmiLost, AmiTimeout):
                raise
            except AmiError as error:
                errors.append(f"{module}: {error}")
        return "\n".join([*complaints(await self._log.since(mark)), *errors])

    async def _record(self, wanted: Wanted, outcome: Outcome) -> None:
        generation = wanted.status.wanted
        applied = generation if outcome.is_applied else wanted.status.applied
        status = replace(wanted.status, applied=applied, tried=generation, error=outcome.error)
        async with self._database.transaction() as tx:
            await save_status(tx, self._node.name, status)
            if outcome.diff or outcome.error or generation != wanted.status.tried:
                await insert_revision(tx, self._revision(wanted, outcome))
        event = "config.applied" if outcome.is_applied else "config.refused"
        log.info(event, generation=generation, error=outcome.error)
        self._hub.publish("config", asdict(await self._status()))

    async def _status(self) -> NodeStatus:
        async with self._database.reading() as tx:
            return await load_status(tx, self._node.name)

    def _revision(self, wanted: Wanted, outcome: Outcome) -> RevisionRow:
        return RevisionRow(
            node=self._node.name,
            generation=wanted.status.wanted,
            at=now(),
            by=wanted.changes[-1].by if wanted.changes else "system",
            summary=_summary(wanted.changes),
            site=wanted.site.model_dump(mode="json"),
            diff=outcome.diff,
            is_applied=outcome.is_applied,
            error=outcome.error,
        )


def _summary(changes: list[AuditRow]) -> str:
    places = [f"{row.action} {row.section} {row.entity_key}".strip() for row in changes]
    more = [f"+{len(places) - SUMMARY_PLACES}"] if len(places) > SUMMARY_PLACES else []
    return "; ".join([*dict.fromkeys(places[:SUMMARY_PLACES]), *more])
