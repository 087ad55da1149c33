"""Puts all parts together and runs them. The order of start and stop stands here; read this first."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from appliance.adapters.node import Node
from appliance.jobs import done_before, endless, stop_asterisk
from appliance.parts.agents import Agents, make_agents
from appliance.parts.calls import Calls, make_calls
from appliance.parts.configuration import Configuration, make_configuration
from appliance.parts.ground import make_ground
from appliance.parts.outbound import Outbound, make_outbound
from appliance.parts.supervision import Supervision, make_supervision
from appliance.readiness import check_ports, only_one, prepare_database
from appliance.services.hub import Hub
from appliance.services.live import Live
from appliance.serving import serving
from appliance.settings import Settings
from appliance.store.db import Database
from appliance.web.parts import Parts

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Appliance:
    """The running product: what all of it stands on, and its parts by noun."""

    settings: Settings
    database: Database
    node: Node
    hub: Hub
    live: Live
    configuration: Configuration
    agents: Agents
    calls: Calls
    outbound: Outbound
    supervision: Supervision

    def jobs(self) -> dict[str, Callable[[], Coroutine[Any, Any, None]]]:
        """Each runs for ever, and waits for a database that is away; one that ends or raises else ends the daemon."""
        return {
            "asterisk": self.node.asterisk.run,
            "ami": self.node.ami.run,
            "live": self.live.run,
            "applier": self.configuration.applier.run,
            "menu_preview": self.configuration.menu_preview.run,
            "phone_prompts": self.configuration.phone_prompts.run,
            "licenses": self.agents.licenses.run,
            "membership": self.agents.membership.run,
            "wrapups": self.agents.wrapups.run,
            "auto_logout": self.agents.auto_logout.run,
            "desk": self.agents.desk.run,
            "left_messages": self.agents.left_messages.run,
            "reminders": self.agents.reminders.run,
            "trunks": self.calls.trunks.run,
            "agi": self.calls.agi.run,
            "history": self.calls.history.run,
            "recordings": self.calls.recordings.run,
            "callbacks": self.calls.callbacks.run,
            "voicemail": self.calls.voicemail.run,
            "dialers": self.outbound.dialers.run,
            "dialer_life": self.outbound.dialer_life.run,
            "field_orders": self.outbound.field_orders.run,
            "imports": self.outbound.imports.run,
            "board": self.supervision.board.run,
            "alarms": self.supervision.alarms.run,
            "away": self.supervision.away.run,
            "housekeeping": self.supervision.housekeeping.run,
        }


def make_appliance(settings: Settings, templates: Mapping[str, str] | None = None) -> Appliance:
    """Nothing is started, connected or asked yet; only the folders and the secret are made."""
    ground = make_ground(settings)
    agents = make_agents(ground)
    calls = make_calls(ground, agents)
    return Appliance(
        settings=settings,
        database=ground.database,
        node=ground.node,
        hub=ground.hub,
        live=ground.live,
        configuration=make_configuration(ground, templates),
        agents=agents,
        calls=calls,
        outbound=make_outbound(ground, calls),
        supervision=make_supervision(ground, calls),
    )


async def run(
    appliance: Appliance, stop: asyncio.Event, *, on_ready: Callable[[str], None] = lambda _url: None
) -> None:
    """Start, run until `stop` is set or a job fails, and stop in the opposite order."""
    with only_one(appliance.settings.data_dir):
        is_failed = False
        try:
            if await done_before(stop, _start(appliance)):
                async with serving(_parts(appliance), appliance.settings) as url:
                    await _run_jobs(appliance, stop, lambda: on_ready(url))
        except ExceptionGroup:  # a job failed: callers keep their Asterisk, and the next daemon adopts it
            is_failed = True
            raise
        finally:
            if not is_failed:
                await stop_asterisk(appliance.node.asterisk, supervise=appliance.settings.asterisk.supervise)
            await appliance.database.close()


async def _start(appliance: Appliance) -> None:
    await prepare_database(appliance.database, appliance.settings.data_dir)
    await appliance.configuration.applier.prepare()
    if appliance.settings.asterisk.supervise:
        if not await appliance.node.asterisk.is_up():
            check_ports(appliance.settings)
        await appliance.node.asterisk.start()


async def _run_jobs(appliance: Appliance, stop: asyncio.Event, on_started: Callable[[], None]) -> None:
    async with asyncio.TaskGroup() as group:
        jobs = [group.create_task(endless(name, job), name=name) for name, job in appliance.jobs().items()]
        on_started()
        log.info("appliance.ready", node=appliance.node.name)
        await stop.wait()
        log.info("appliance.stopping")
        appliance.hub.close()  # open streams end at once
        for job in reversed(jobs):
            job.cancel()
    await appliance.node.ami.close()


def _parts(appliance: Appliance) -> Parts:
    http = appliance.settings.http
    return Parts(
        database=appliance.database,
        hub=appliance.hub,
        live=appliance.live,
        calls=appliance.calls.control,
        applier=appliance.configuration.applier,
        membership=appliance.agents.membership,
        wrapups=appliance.agents.wrapups,
        presence=appliance.agents.presence,
        board=appliance.supervision.board,
        prompts=appliance.configuration.prompts,
        desk=appliance.agents.desk,
        trunks=appliance.calls.trunks,
        dialers=appliance.outbound.dialers,
        lookups=appliance.calls.lookups,
        menu_preview=appliance.configuration.menu_preview,
        phone_prompts=appliance.configuration.phone_prompts,
        browser_phones=appliance.agents.browser_phones,
        imports=appliance.outbound.imports,
        node=appliance.node.name,
        recordings=Path(appliance.node.facts.recordings),
        sip_port=appliance.settings.node.sip_port,
        secure_cookies=http.secure_cookies or http.https,
        public_url=http.public_url,
    )
