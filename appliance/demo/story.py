"""`appliance demo`: sets up a small company, runs the daemon with phones beside it, and shows a real call."""

import asyncio
import signal
import sys
from contextlib import suppress

from appliance.app import Appliance, make_appliance, run
from appliance.core.entities.prompts import Audio
from appliance.demo.call import StoryBroken, pcm_of, place_call, until
from appliance.demo.company import AGENT_SAYS, AGENTS, CALLER_SAYS, SITE_FILE, passwords
from appliance.demo.phones import Phone, PhoneShop, phone_shop
from appliance.demo.screen import line, step
from appliance.logs import set_up_logs
from appliance.readiness import CannotStart
from appliance.services.agents.sessions import Place, log_in
from appliance.services.agents.trail import Act
from appliance.services.entities import replace_site
from appliance.services.errors import Refused
from appliance.services.licenses.trial import may_start_trial, start_trial
from appliance.services.site_files import read_site_file
from appliance.services.users.changes import FIRST_LOGIN, ensure_administrator
from appliance.settings import Settings
from appliance.store.configuration import load_status
from appliance.store.migrate import migrate
from appliance.store.site import load_site

CALLER = "5551234"


async def run_demo(settings: Settings, *, check: bool) -> int:
    """With `check` it ends after the call; otherwise it goes on until Ctrl-C."""
    settings = _on_this_machine_only(settings)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    logs = settings.data_dir / "demo.log"
    with logs.open("a", buffering=1, encoding="utf-8") as stream:  # the screen is for the story
        set_up_logs(settings.log_format, stream)
        line(f"What the daemon logs goes to {logs}.")
        return await _run_with_logs(settings, check=check)


async def _run_with_logs(settings: Settings, *, check: bool) -> int:
    appliance = make_appliance(settings)
    with step("Database and demo site"):
        password = await _prepare(appliance, check=check)
    stop, ready = asyncio.Event(), asyncio.get_running_loop().create_future()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    daemon = asyncio.create_task(run(appliance, stop, on_ready=ready.set_result))
    show = asyncio.create_task(_show(appliance, ready, password, check=check))
    asyncio.create_task(stop.wait()).add_done_callback(lambda _task: show.cancel())
    await asyncio.wait({daemon, show}, return_when=asyncio.FIRST_COMPLETED)
    return await _end(daemon, show, stop)


async def _end(daemon: asyncio.Task[None], show: asyncio.Task[None], stop: asyncio.Event) -> int:
    stop.set()
    show.cancel()
    status = 0
    try:
        await show
    except (StoryBroken, Refused) as error:  # refused: the trial of an earlier demo is over
        line(f"\nThe story broke: {error}")
        status = 1
    except asyncio.CancelledError:
        line("\nStopping.")
    try:
        await daemon
    except* CannotStart as errors:
        raise errors.exceptions[0] from None
    return status


async def _prepare(appliance: Appliance, *, check: bool) -> str | None:
    """The one-time password of a first administrator; a check makes none, for nobody would learn it."""
    await migrate(appliance.database)
    demo = await read_site_file(appliance.database, SITE_FILE, appliance.configuration.prompts)
    async with appliance.database.transaction() as tx:
        if not (await load_site(tx)).inbound_routes:
            await replace_site(tx, demo.site, by="demo", summary="demo site")
        if await may_start_trial(tx):
            await start_trial(tx, by="demo")
        return None if check else await ensure_administrator(tx)


async def _show(appliance: Appliance, ready: asyncio.Future[str], password: str | None, *, check: bool) -> None:
    with step("Asterisk, prompts and configuration"):
        url = await ready
        await until(lambda: _is_applied(appliance), "Asterisk took the configuration")
    node = appliance.settings.node
    async with phone_shop(f"127.0.0.1:{node.sip_port}") as shop:
        with step("Agents at their phones"):
            agents = await _agents(appliance, shop)
            customer = await shop.phone(CALLER, voice=await _voice(appliance, CALLER_SAYS))
        line("\nA customer calls:\n")
        await place_call(appliance, customer, agents)
        line("\nThe whole story held: trunk, menu, queue, agent; recorded, and counted once.")
        if check:
            return
        _tell_address(url, password)
        await _go_on(appliance, customer, agents)


async def _is_applied(appliance: Appliance) -> bool:
    async with appliance.database.reading() as tx:
        status = await load_status(tx, appliance.node.name)
    if status.error and status.tried == status.wanted:
        raise StoryBroken(f"Asterisk refused the configuration: {status.error}")
    return appliance.node.ami.is_connected and status.applied == status.wanted


async def _agents(appliance: Appliance, shop: PhoneShop) -> list[Phone]:
    async with appliance.database.transaction() as tx:
        accounts = passwords(await load_site(tx))
        for agent in accounts:
            await log_in(tx, agent, Place(appliance.node.name), Act("demo"))
    appliance.agents.membership.poke()
    voice = await _voice(appliance, AGENT_SAYS)
    phones = [await shop.phone(extension, secret, voice=voice) for extension, secret in accounts.values()]
    for phone in phones:
        await phone.register()
    await until(lambda: _are_members(appliance, len(AGENTS)), "the agents are in their queues")
    return phones


async def _are_members(appliance: Appliance, count: int) -> bool:
    events = await appliance.node.ami.list("QueueStatus")
    ready = {event["Name"] for event in events if event.get("Event") == "QueueMember" and event["Status"] == "1"}
    return len(ready) >= count


async def _voice(appliance: Appliance, audio: Audio) -> bytes:
    return await asyncio.to_thread(pcm_of, await appliance.configuration.prompts.sound(audio, "en"))


def _tell_address(url: str, password: str | None) -> None:
    line(f"\nThe console:   {url}")
    if password:
        line(f"User name:     {FIRST_LOGIN}\nPassword:      {password}   (once; you will be asked for a new one)")
    else:
        line(f"User name:     {FIRST_LOGIN}, with the password that you set; if it is lost: appliance password")
    line("\nCtrl-C ends it. Enter places another call.")


async def _go_on(appliance: Appliance, customer: Phone, agents: list[Phone]) -> None:
    pressed = asyncio.Event()
    if sys.stdin.isatty():
        asyncio.get_running_loop().add_reader(sys.stdin, _on_enter, pressed)
    while True:
        await pressed.wait()
        pressed.clear()
        with suppress(StoryBroken):
            line()
            await place_call(appliance, customer, agents)


def _on_enter(pressed: asyncio.Event) -> None:
    sys.stdin.readline()
    pressed.set()


def _on_this_machine_only(settings: Settings) -> Settings:
    """Unless somebody asked for it, the demo is not reachable from the network."""
    if "sip_bind" in settings.node.model_fields_set:
        return settings
    return settings.model_copy(update={"node": settings.node.model_copy(update={"sip_bind": "127.0.0.1"})})
