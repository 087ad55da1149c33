"""A node without an Asterisk: its folders, and journals that the test writes."""

from pathlib import Path

from appliance.adapters.ami import Ami, Timing
from appliance.adapters.asterisk import Asterisk
from appliance.adapters.asterisk_program import AsteriskProgram
from appliance.adapters.node import Node
from appliance.core.node import NodeFacts
from tests.ami_server import AmiServer


def a_node(folder: Path, name: str = "local", server: AmiServer | None = None) -> Node:
    facts = NodeFacts(
        name=name,
        **{word: str(folder / word) for word in ("etc", "run", "spool", "log", "lib", "recordings", "prompts")},
        sip_bind="127.0.0.1",
        sip_port=5060,
        rtp_start=10000,
        rtp_end=10100,
        ami_port=server.port if server else 1,
        ami_secret="s3cret",
        agi_port=4573,
        max_calls=10,
    )
    for path in (cel_file(folder).parent, Path(facts.recordings)):
        path.mkdir(parents=True, exist_ok=True)
    ami = Ami("127.0.0.1", facts.ami_port, "appliance", facts.ami_secret)
    ami.timing = Timing(retry_first_s=0.01, retry_most_s=0.05)
    return Node(facts, ami, Asterisk(facts, AsteriskProgram(None, "/usr/sbin/asterisk"), supervise=False))


def cel_file(folder: Path) -> Path:
    return folder / "log" / "cel-custom" / "cel.csv"


def queue_log_file(folder: Path) -> Path:
    return folder / "log" / "queue_log"


def append(path: Path, content: bytes) -> None:
    with path.open("ab") as file:
        file.write(content)
