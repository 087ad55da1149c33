"""The job that raises alarms and ends them, each once, also over a restart, and tells who is to know."""

import asyncio
import datetime as dt
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.adapters.web_service import WebService
from appliance.core.alarm_news import News, compose, make_message, name_of
from appliance.core.alarms import Place, Step, look, step
from appliance.core.site import Site
from appliance.services.alarms.hooks import Hooks
from appliance.services.alarms.readings import Gauges
from appliance.services.board.picture import FLOOR, subject_title
from appliance.services.clock import now
from appliance.services.hub import Hub
from appliance.services.mail import Mail
from appliance.store.db import Database
from appliance.store.engine.commits import Mark
from appliance.store.floor import load_open_alarms
from appliance.store.snapshots import load_snapshot
from appliance.store.tables.floor import AlarmRaiseRow

LOOK_S = 1.0
TOLD_AGAIN = dt.timedelta(hours=1)  # after a restart: what was stored but perhaps not told

log = structlog.get_logger(__name__)


class Alarms:
    """A row is the alarm; mails and messages follow from it under names of their own, so that none is sent twice."""

    def __init__(self, database: Database, hub: Hub, gauges: Gauges, *, mail: Mail, hooks: Hooks) -> None:
        self.hooks = hooks
        self._database = database
        self._hub = hub
        self._gauges = gauges
        self._mail = mail
        self._since: dict[Place, dt.datetime] = {}
        self._idle_mark: Mark | None = None  # of the database, when there was no alarm, neither set nor raised

    async def run(self) -> None:
        """Endless job."""
        async with asyncio.TaskGroup() as jobs:
            jobs.create_task(self.hooks.run())
            await self.tell_again()
            while True:
                await self.look()
                await asyncio.sleep(LOOK_S)

    async def look(self) -> None:
        """Once."""
        mark = self._database.mark()
        if mark == self._idle_mark:
            return
        async with self._database.reading() as tx:
            site, rows = (await load_snapshot(tx)).site, await load_open_alarms(tx)
            if not site.alarms and not rows:
                self._idle_mark = mark
                return
            seen = look(site, await self._gauges.read(tx, site))
        for_s = {key: alarm.for_s for key, alarm in site.alarms.items()}
        raised = {Place(row.alarm, row.subject) for row in rows}
        done = step(seen, raised, self._since, for_s=for_s, at=now())
        self._since = dict(done.since)
        if done.raised or done.cleared:
            await self._store(done, site)

    async def _store(self, done: Step, site: Site) -> None:
        async with self._database.transaction() as tx:
            rows = [row for place, value in done.raised.items() if (row := await _raise(tx, place, value))]
            for row in await load_open_alarms(tx):
                if Place(row.alarm, row.subject) in done.cleared:
                    row.over_at = now()
                    rows.append(row)
        self._hub.publish(FLOOR, {})
        for row in rows:
            phase = "over" if row.over_at else "raised"
            log.info("alarm", phase=phase, alarm=row.alarm, subject=row.subject, value=row.value)
            await self._tell(row, site)

    async def tell_again(self) -> None:
        """What a daemon before this one stored and perhaps did not tell."""
        async with self._database.reading() as tx:
            site, row = (await load_snapshot(tx)).site, AlarmRaiseRow
            lately = now() - TOLD_AGAIN
            found = await tx.execute(select(row).where(or_(row.raised_at >= lately, row.over_at >= lately)))
            rows = list(found.scalars())
        for each in rows:
            await self._tell(each, site)

    async def _tell(self, row: AlarmRaiseRow, site: Site) -> None:
        alarm = site.alarms.get(row.alarm)
        if alarm is None:
            return
        for news in _news(row, site):
            for number, each in enumerate(alarm.emails):
                mail = compose(news, each.address, site.settings.language)
                await asyncio.to_thread(self._put, f"{name_of(news)}-{number}", mail)
            if alarm.webhook:
                await asyncio.to_thread(self.hooks.put, name_of(news), row.alarm, make_message(news))

    def _put(self, name: str, mail: Any) -> None:
        if name not in self._mail.known():
            self._mail.put(name, mail)


def make_alarms(folder: Path, database: Database, hub: Hub, *, gauges: Gauges, service: WebService) -> Alarms:
    """`folder` is the node's."""
    hooks = Hooks(folder / "alarms", database, service)
    return Alarms(database, hub, gauges, mail=Mail(folder / "mail", database), hooks=hooks)


async def _raise(tx: AsyncSession, place: Place, value: str) -> AlarmRaiseRow | None:
    """None where another node was faster."""
    row = AlarmRaiseRow(alarm=place.alarm, subject=place.subject, value=value[:40], raised_at=now())
    try:
        async with tx.begin_nested():
            tx.add(row)
    except IntegrityError:
        return None
    return row


def _news(row: AlarmRaiseRow, site: Site) -> list[News]:
    about = subject_title(site, row.subject)
    alarm = site.alarms[row.alarm]

    def told(phase: str, at: dt.datetime) -> News:
        return News(
            row.alarm_raise_id,
            phase,
            row.alarm,
            alarm.name,
            alarm.kind,
            row.subject,
            about=about,
            value=row.value,
            at=at,
        )

    is_told_over = row.over_at is not None and alarm.kind != "dialer_finished"  # which is no trouble that ends
    return [told("raised", row.raised_at), *([told("over", row.over_at)] if row.over_at and is_told_over else [])]
