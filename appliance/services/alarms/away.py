"""Whether the database is there; where not, open pages are told, and who is to know, by what is still remembered."""

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable, Iterator
from functools import partial

import structlog

from appliance.adapters.mail import MailError, send_mail
from appliance.adapters.web_service import WebService
from appliance.core.alarm_news import News, compose, make_message
from appliance.core.entities.general import MAIN
from appliance.core.entities.supervision import Alarm
from appliance.core.lookup_request import NoAnswer
from appliance.core.site import Site
from appliance.core.webhook import make_webhook
from appliance.services.clock import now
from appliance.services.hub import Hub
from appliance.services.mail import sender
from appliance.store.db import Database

KIND = "database_away"
TOPIC = "database"
ASK_S, PATIENCE_S, AGAIN_S = 3.0, 8.0, 15.0
GIVEN_UP = dt.timedelta(hours=1)

log = structlog.get_logger(__name__)
Send = Callable[[], Awaitable[object]]


class Away:
    """Nothing of it is stored: a daemon that begins anew meanwhile waits for the database and tells nobody."""

    def __init__(
        self,
        database: Database,
        service: WebService,
        hub: Hub,
        *,
        ask_s: float = ASK_S,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._database = database
        self._service = service
        self._hub = hub
        self._ask_s = ask_s
        self._patience_s = patience_s
        self._since: dt.datetime | None = None
        self._told: dict[str, Alarm] = {}  # that it is away
        self._unsent: list[tuple[dt.datetime, Send]] = []
        self._is_news = asyncio.Event()

    async def run(self) -> None:
        """Endless job."""
        async with asyncio.TaskGroup() as jobs:
            jobs.create_task(self._send_all())
            while True:
                self._look(await self._database.why_away(self._patience_s))
                await asyncio.sleep(self._ask_s)

    def _look(self, why: str) -> None:
        site, at = self._database.known_site(), now()
        if why and self._since is None:
            self._since = at
            log.error("database.away", reason=why)
            self._hub.publish(TOPIC, {"away": True})
        if not why and self._since is not None:
            log.warning("database.back", away_s=round((at - self._since).total_seconds()))
            for alarm in self._told.values():
                self._tell(site, alarm, "over", at)
            self._since, self._told = None, {}
            self._hub.publish(TOPIC, {"away": False})
        if site is not None and self._since is not None:
            for alarm in _due(site, (at - self._since).total_seconds()):
                if alarm.key not in self._told:
                    self._told[alarm.key] = alarm
                    self._tell(site, alarm, "raised", at)

    def _tell(self, site: Site | None, alarm: Alarm, phase: str, at: dt.datetime) -> None:
        if site is None or self._since is None:
            return
        log.warning("alarm", phase=phase, alarm=alarm.key)
        number = int(self._since.timestamp())
        news = News(number, phase, alarm.key, alarm.name, KIND, "database:", about="", value="", at=at)
        self._unsent += [(at, each) for each in self._sends(site, alarm, news)]
        self._is_news.set()

    def _sends(self, site: Site, alarm: Alarm, news: News) -> Iterator[Send]:
        server = site.mail.get(MAIN)
        for to in alarm.emails if server is not None and server.host else ():
            assert server is not None  # noqa: S101 - by the line above
            mail = compose(news, to.address, site.settings.language)
            mail["From"] = sender(server)
            yield partial(send_mail, server, mail)
        if alarm.webhook:
            message = make_webhook(
                alarm.webhook, make_message(news), secret=alarm.secret, sent_s=int(news.at.timestamp())
            )
            yield partial(self._service.ask, message)

    async def _send_all(self) -> None:
        """In their order; what is not taken is tried again for an hour."""
        while True:
            await self._is_news.wait()
            self._is_news.clear()
            for each in [*self._unsent]:
                try:
                    await each[1]()
                except (MailError, NoAnswer) as error:
                    log.warning("alarm.later", reason=str(error))
                    if now() - each[0] < GIVEN_UP:
                        continue
                self._unsent.remove(each)
            if self._unsent:
                asyncio.get_running_loop().call_later(AGAIN_S, self._is_news.set)


def _due(site: Site, away_s: float) -> list[Alarm]:
    return [each for each in site.alarms.values() if each.kind == KIND and away_s >= each.for_s]
