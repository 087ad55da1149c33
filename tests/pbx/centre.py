"""A whole centre for call tests: a private Asterisk with a rendered site, its journals, and phones to try it with."""

import asyncio
import csv
import json
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from baresip import Runtime

from appliance.adapters.ami import Ami
from appliance.adapters.asterisk import Asterisk
from appliance.adapters.asterisk_log import AsteriskLog
from appliance.adapters.config_files import changed_files, read_templates, write_files
from appliance.core.reloading import OWNERS, complaints, owners_of
from appliance.core.render import make_environment, render
from appliance.core.site import Site
from tests.pbx.nodes import TestNode
from tests.pbx.phones import Phone
from tests.waiting import eventually

ENVIRONMENT = make_environment(read_templates())


@dataclass
class Centre:
    """What the tests of calls talk to."""

    node: TestNode
    asterisk: Asterisk
    ami: Ami
    runtime: Runtime

    @property
    def server(self) -> str:
        return f"{self.node.facts.sip_bind}:{self.node.facts.sip_port}"

    def write(self, site: Site) -> dict[str, str]:
        """Put the site's files in place; returns those that changed."""
        etc = Path(self.node.facts.etc)
        changed = changed_files(render(site, self.node.facts, ENVIRONMENT), etc)
        write_files(changed, etc)
        return changed

    async def apply(self, site: Site) -> list[str]:
        """Write and reload, as the applier does; returns Asterisk's complaints."""
        log = AsteriskLog(self.node.facts.log)
        mark = log.mark()
        for module in owners_of({**self.write(site), **dict.fromkeys(OWNERS, "")}):
            await self.ami.action("Reload", Module=module)
        return complaints(await log.since(mark))

    async def caller(self, number: str) -> Phone:
        """Someone outside, seen with this number."""
        return await Phone.create(self.runtime, self.server, number, frequency=1000)

    async def log_in(self, queue: str, extension: str, agent: str) -> None:
        interface = f"PJSIP/{extension}"
        await self.ami.action(
            "QueueAdd", Queue=queue, Interface=interface, MemberName=agent, StateInterface=interface, Penalty=0
        )

    async def log_out(self, queue: str, extension: str) -> None:
        await self.ami.action("QueueRemove", Queue=queue, Interface=f"PJSIP/{extension}")

    def story(self, number: str) -> list[str]:
        """The user events of the newest call of this caller, agents' channels included: `NAME extra`."""
        journal = Path(self.node.facts.log, "cel-custom/cel.csv")
        written = journal.read_text(encoding="utf-8") if journal.exists() else ""
        rows = list(csv.reader(written.rpartition("\n")[0].splitlines()))  # the last line may be half there
        linked = [row[10] for row in rows if row[2] == number]
        told = [row for row in rows if linked and row[10] == linked[-1] and row[0] == "USER_DEFINED"]
        return [f"{row[11]} {json.loads(row[12])['extra']}" for row in told]

    async def tells(self, number: str, *parts: str) -> list[str]:
        """Wait until the call's story holds all of this, in this order, and return it."""

        def told() -> list[str]:
            events = iter(self.story(number))
            return self.story(number) if all(any(part in event for event in events) for part in parts) else []

        try:
            found: list[str] = await eventually(told)
        except AssertionError:
            raise AssertionError(f"wanted {parts}, the story was {self.story(number)}") from None
        return found


@asynccontextmanager
async def running(node: TestNode, site: Site, runtime: Runtime) -> AsyncIterator[Centre]:
    """Boot an Asterisk with this site; the manager interface is connected."""
    facts = node.facts
    asterisk = Asterisk(facts, node.program)
    ami = Ami("127.0.0.1", facts.ami_port, "appliance", facts.ami_secret)
    centre = Centre(node, asterisk, ami, runtime)
    node.program.prepare(facts)
    centre.write(site)
    await asterisk.start()
    job = asyncio.create_task(ami.run())
    try:
        await ami.wait_connected()
        yield centre
    finally:
        await ami.close()
        await job
        if asterisk.running:
            os.kill(asterisk.running.pid, signal.SIGKILL)  # how it ends by itself is another test's question
        await asterisk.stop()
