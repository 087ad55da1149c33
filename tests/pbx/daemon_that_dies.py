"""A daemon's first minute, run as a process of its own so that a test can kill it: starts Asterisk and stays."""

import asyncio
import sys
from pathlib import Path

from appliance.adapters.asterisk import Asterisk
from tests.pbx.nodes import make_node


async def main(folder: str) -> None:
    node = make_node(Path(folder))
    asterisk = Asterisk(node.facts, node.program)
    running = await asterisk.start()
    print(node.facts.sip_port, running.pid, flush=True)
    await asterisk.run()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
