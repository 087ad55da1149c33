"""A folder, ports and base files for an Asterisk of a test's own."""

import os
import socket
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from appliance.adapters.asterisk_program import AsteriskProgram
from appliance.core.node import NodeFacts
from appliance.settings import PROJECT_DIR, AsteriskSettings

# What a site would bring: as little as Asterisk is content with.
SITE_FILES = {
    "pjsip.conf": "[udp]\ntype = transport\nprotocol = udp\nbind = {node.sip_bind}:{node.sip_port}\n",
    "extensions.conf": (
        "[default]\n"
        'exten => told,1,CELGenUserEvent(INTERACTION,a-guid|inbound|"quoted"|en)\n same => n,Hangup()\n'
        "exten => long,1,Answer()\n same => n,Wait(60)\n"
    ),
    "queues.conf": "[general]\n",
    "queuerules.conf": "[general]\n",
    "voicemail.conf": "[general]\nformat = wav\n",
    "musiconhold.conf": "[default]\nmode = files\ndirectory = moh\n",
}


@dataclass(frozen=True)
class TestNode:
    """An Asterisk that can be started: nobody else knows its ports."""

    __test__ = False
    facts: NodeFacts
    program: AsteriskProgram

    def log(self) -> str:
        return Path(self.facts.log, "messages.log").read_text(encoding="utf-8")


def asterisk_program() -> AsteriskProgram:
    root = os.environ.get("APPLIANCE_ASTERISK__ROOT")
    settings = AsteriskSettings(root=Path(root)) if root else AsteriskSettings()
    return AsteriskProgram(settings.root, settings.binary)


def make_node(folder: Path) -> TestNode:
    """Base files from the templates, site files as small as they can be."""
    facts, program = make_facts(folder), asterisk_program()
    program.prepare(facts)
    environment = Environment(
        loader=FileSystemLoader(PROJECT_DIR / "asterisk_conf"), undefined=StrictUndefined, keep_trailing_newline=True
    )
    for name, text in SITE_FILES.items():
        Path(facts.etc, name).write_text(text.format(node=facts), encoding="utf-8")
    for name in environment.list_templates(extensions=["j2"]):
        target = name.removesuffix(".j2")
        if target not in SITE_FILES:
            text = environment.get_template(name).render(node=facts)
            Path(facts.etc, target).write_text(text, encoding="utf-8")
    return TestNode(facts, program)


def make_facts(folder: Path) -> NodeFacts:
    sip, ami, agi, rtp = free_ports(4)
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
        rtp_end=min(rtp + 200, 65535),
        ami_port=ami,
        ami_secret="secret-of-the-test",
        agi_port=agi,
        max_calls=50,
    )


def free_ports(count: int) -> list[int]:
    """Ports that nobody has now, all different."""
    held = []
    for _ in range(count):
        one = socket.socket()
        one.bind(("127.0.0.1", 0))
        held.append(one)
    numbers = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return numbers
