"""A folder, ports and files for an Asterisk of a test's own."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from appliance.adapters.asterisk_program import AsteriskProgram
from appliance.adapters.config_files import read_templates, write_files
from appliance.core.node import NodeFacts
from appliance.core.render import make_environment, render
from appliance.core.site import Site
from appliance.settings import load_settings
from tests.ports import RTP_PORTS, free_ports, rtp_ports

# Beside an empty site: what a test of the process itself calls.
DIALPLAN = """
[process-test]
exten => told,1,CELGenUserEvent(INTERACTION,a-guid|inbound|"quoted"|en)
 same => n,Hangup()
exten => long,1,Answer()
 same => n,Wait(60)
"""


@dataclass(frozen=True)
class TestNode:
    """An Asterisk that can be started: nobody else knows its ports."""

    __test__ = False
    facts: NodeFacts
    program: AsteriskProgram

    def log(self) -> str:
        return Path(self.facts.log, "messages.log").read_text(encoding="utf-8")


def asterisk_program() -> AsteriskProgram:
    settings = load_settings().asterisk
    return AsteriskProgram(settings.root, settings.binary)


def make_node(folder: Path, **changes: Any) -> TestNode:
    """The files of an empty site, rendered and written as the appliance does it."""
    facts, program = replace(make_facts(folder), **changes), asterisk_program()
    program.prepare(facts)
    files = render(Site(), facts, make_environment(read_templates()))
    files["extensions.conf"] += DIALPLAN
    write_files(files, Path(facts.etc))
    return TestNode(facts, program)


def make_facts(folder: Path) -> NodeFacts:
    sip, ami, agi, ws = free_ports(4)
    rtp = rtp_ports()
    return NodeFacts(
        name="local",
        etc=str(folder / "etc"),
        run=str(folder / "run"),
        spool=str(folder / "spool"),
        log=str(folder / "log"),
        lib=str(folder / "lib"),
        recordings=str(folder / "recordings"),
        prompts=str(folder / "prompts"),
        sip_bind="127.0.0.1",
        sip_port=sip,
        rtp_start=rtp,
        rtp_end=rtp + RTP_PORTS - 1,
        ami_port=ami,
        ami_secret="secret-of-the-test",
        agi_port=agi,
        max_calls=50,
        agi_secret="secret-of-lookups",
        ws_port=ws,
        phone_secret="secret-of-phones",
    )
