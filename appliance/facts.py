"""What the settings say about the node, as the facts that its templates may know."""

from appliance.adapters.ami import Ami
from appliance.adapters.asterisk import Asterisk
from appliance.adapters.asterisk_program import AsteriskProgram
from appliance.adapters.node import Node, load_secret
from appliance.core.node import NodeFacts
from appliance.settings import Settings


def make_facts(settings: Settings) -> NodeFacts:
    folder, node = settings.node_dir().absolute(), settings.node
    return NodeFacts(
        name=node.name,
        etc=str(folder / "etc"),
        run=str(folder / "run"),
        spool=str(folder / "spool"),
        log=str(folder / "log"),
        lib=str(folder / "lib"),
        recordings=str(folder / "recordings"),
        prompts=str(folder / "prompts"),
        sip_bind=node.sip_bind,
        sip_port=node.sip_port,
        rtp_start=node.rtp_start,
        rtp_end=node.rtp_end,
        ami_port=node.ami_port,
        ami_secret=load_secret(folder / "secrets", "ami"),
        agi_port=node.agi_port,
        max_calls=node.max_calls,
        agi_secret=load_secret(folder / "secrets", "agi"),
        ws_port=node.ws_port,
        phone_secret=load_secret(folder / "secrets", "phones"),
    )


def make_node(settings: Settings, facts: NodeFacts) -> Node:
    program = AsteriskProgram(settings.asterisk.root, settings.asterisk.binary)
    program.prepare(facts)
    ami = Ami("127.0.0.1", facts.ami_port, "appliance", facts.ami_secret)
    return Node(facts, ami, Asterisk(facts, program, supervise=settings.asterisk.supervise))
