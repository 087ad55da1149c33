"""Builds every part and runs them. The order of start and stop stands here; read this first."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from appliance.adapters.config_files import read_templates
from appliance.adapters.node import Node
from appliance.adapters.speech import Speech
from appliance.adapters.web_service import WebService
from appliance.core.render import make_environment
from appliance.facts import make_facts, make_node
from appliance.jobs import done_before, endless, stop_asterisk
from appliance.readiness import check_ports, only_one, prepare_database
from appliance.services.agents.phone_codes import PhoneCodes
from appliance.services.agents.presence import AutoLogout, Presence
from appliance.services.agents.wrapups import Wrapups
from appliance.services.alarms.readings import Gauges
from appliance.services.alarms.watch import Alarms, make_alarms
from appliance.services.apply import ConfigApplier
from appliance.services.board.picture import Board
from appliance.services.browser_phones import BrowserPhones
from appliance.services.callbacks import Callbacks
from appliance.services.calls.call_control import CallControl
from appliance.services.desk import Desk
from appliance.services.dialer.dialers import Dialers, Sources
from appliance.services.dialer_life import DialerLife
from appliance.services.history import History
from appliance.services.housekeeping import Housekeeping
from appliance.services.hub import Hub
from appliance.services.imports.job import Imports
from appliance.services.left_messages import LeftMessages
from appliance.services.licenses.ground import use_keys
from appliance.services.licenses.warnings import Warnings
from appliance.services.licenses.watch import Licenses
from appliance.services.live import Live, load_wrapup_s
from appliance.services.lookups import Lookups
from appliance.services.mail import Mail
from appliance.services.membership import Membership
from appliance.services.menu_preview import MenuPreview
from appliance.services.phone_prompts import PhonePrompts
from appliance.services.prompts import Prompts
from appliance.services.recordings import Recordings
from appliance.services.reminders import Reminders
from appliance.services.trunks import Trunks
from appliance.services.voicemail import VoicemailMail, make_voicemail
from appliance.serving import serving
from appliance.settings import Settings
from appliance.store.db import Database
from appliance.web.agi import Agi
from appliance.web.parts import Parts

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Appliance:
    """Every part of the running product."""

    settings: Settings
    database: Database
    node: Node
    hub: Hub
    live: Live
    calls: CallControl
    prompts: Prompts
    applier: ConfigApplier
    membership: Membership
    wrapups: Wrapups
    presence: Presence
    auto_logout: AutoLogout
    history: History
    board: Board
    alarms: Alarms
    recordings: Recordings
    licenses: Licenses
    callbacks: Callbacks
    dialers: Dialers
    dialer_life: DialerLife
    desk: Desk
    left_messages: LeftMessages
    reminders: Reminders
    trunks: Trunks
    housekeeping: Housekeeping
    voicemail: VoicemailMail
    lookups: Lookups
    agi: Agi
    menu_preview: MenuPreview
    phone_prompts: PhonePrompts
    browser_phones: BrowserPhones
    imports: Imports

    def jobs(self) -> dict[str, Callable[[], Coroutine[Any, Any, None]]]:
        """Each runs for ever, and waits for a database that is away; one that ends or raises else ends the daemon."""
        return {
            "asterisk": self.node.asterisk.run,
            "ami": self.node.ami.run,
            "applier": self.applier.run,
            "membership": self.membership.run,
            "wrapups": self.wrapups.run,
            "auto_logout": self.auto_logout.run,
            "live": self.live.run,
            "history": self.history.run,
            "board": self.board.run,
            "alarms": self.alarms.run,
            "away": self.alarms.away.run,
            "recordings": self.recordings.run,
            "licenses": self.licenses.run,
            "callbacks": self.callbacks.run,
            "dialers": self.dialers.run,
            "dialer_life": self.dialer_life.run,
            "field_orders": self.dialer_life.orders.run,
            "desk": self.desk.run,
            "left_messages": self.left_messages.run,
            "reminders": self.reminders.run,
            "trunks": self.trunks.run,
            "housekeeping": self.housekeeping.run,
            "voicemail": self.voicemail.run,
            "agi": self.agi.run,
            "menu_preview": self.menu_preview.run,
            "phone_prompts": self.phone_prompts.run,
            "imports": self.imports.run,
        }


def make_appliance(settings: Settings, templates: Mapping[str, str] | None = None) -> Appliance:
    """Nothing is started, connected or asked yet; only the folders and the secret are made."""
    use_keys(settings.keys_folder)
    facts = make_facts(settings)
    node, database, hub = make_node(settings, facts), Database(settings.database), Hub()
    prompts = Prompts(database, Speech(), Path(facts.prompts))
    outside = WebService({settings.http.port, facts.ami_port, facts.agi_port, facts.ws_port})
    lookups, environment = Lookups(database, outside), make_environment(templates or read_templates())
    live = Live(node.ami, hub, lambda: load_wrapup_s(database))
    board, trunks = Board(database, hub), Trunks(node.ami, database, live.taps)
    gauges = Gauges(live, board, trunks.states, Path(facts.recordings))
    wrapups, presence = Wrapups(node.ami, live, database), Presence(hub)
    licenses = Licenses(node, database, live, Warnings(database, Mail(settings.node_dir() / "mail", database)))
    membership = Membership(node, database, wrapups, on_change=(presence.tell, licenses.poke))
    history = History(node, database, hub, on_missed=membership.poke)
    applier = ConfigApplier(node, database, hub, prompts=prompts, environment=environment)
    desk = Desk(node.name, database, live, hub=hub, service=outside, holds=wrapups)
    return Appliance(
        settings=settings,
        database=database,
        node=node,
        hub=hub,
        live=live,
        calls=CallControl(node.ami, live, database),
        prompts=prompts,
        applier=applier,
        membership=membership,
        wrapups=wrapups,
        presence=presence,
        auto_logout=AutoLogout(database, live, presence, membership.poke),
        history=history,
        board=board,
        alarms=make_alarms(settings.node_dir(), database, hub, gauges=gauges, service=outside),
        recordings=Recordings(node, database, hub),
        licenses=licenses,
        callbacks=Callbacks(node, database, live),
        dialers=Dialers(node, database, Sources(live, history, trunks.states)),
        dialer_life=DialerLife(database),
        desk=desk,
        left_messages=LeftMessages(database, live, desk, wrapups),
        reminders=Reminders(database, hub),
        trunks=trunks,
        housekeeping=Housekeeping(node, database),
        voicemail=make_voicemail(Path(facts.spool), settings.node_dir() / "mail", database),
        lookups=lookups,
        agi=Agi(facts.agi_port, facts.agi_secret, lookups, PhoneCodes(database, node.name, wrapups, membership.poke)),
        menu_preview=MenuPreview(node, prompts, environment),
        phone_prompts=PhonePrompts(node, database, prompts, applier.poke),
        browser_phones=BrowserPhones(node.ami, database, ws_port=facts.ws_port, secret=facts.phone_secret),
        imports=Imports(database, settings.data_dir / "imports"),
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
    await appliance.applier.prepare()
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
        calls=appliance.calls,
        applier=appliance.applier,
        membership=appliance.membership,
        wrapups=appliance.wrapups,
        presence=appliance.presence,
        board=appliance.board,
        prompts=appliance.prompts,
        desk=appliance.desk,
        trunks=appliance.trunks,
        dialers=appliance.dialers,
        lookups=appliance.lookups,
        menu_preview=appliance.menu_preview,
        phone_prompts=appliance.phone_prompts,
        browser_phones=appliance.browser_phones,
        imports=appliance.imports,
        node=appliance.node.name,
        recordings=Path(appliance.node.facts.recordings),
        sip_port=appliance.settings.node.sip_port,
        secure_cookies=http.secure_cookies or http.https,
        public_url=http.public_url,
    )
