"""What a call through the generated three-level menu costs Asterisk, against dialplan written by hand.

All three run in the same Asterisk, taking turns. `by hand` does what the caller hears and nothing else; `by hand, told`
writes the same facts to the journal too. Run it alone: `python -m tests.bench.bench_menu`.
"""

import asyncio
import os
import statistics
import tempfile
from dataclasses import replace
from pathlib import Path

from appliance.adapters.asterisk import Asterisk
from appliance.adapters.config_files import read_templates, write_files
from appliance.core.entities.inbound import InboundRoute
from appliance.core.entities.trunks import Trunk
from appliance.core.render import make_environment, render
from appliance.core.site import Site
from tests.pbx.nodes import TestNode, asterisk_program, make_facts
from tests.pbx.tones import write_tone
from tests.ports import free_ports
from tests.sites import a_menu, a_prompt

CALLS, CALLS_PER_S, ROUNDS = 200, 20, 5
SCENARIO = Path(__file__).with_name("menu_call.xml")
GENERATED, PLAIN, TOLD = "5550100", "5550200", "5550300"
LABELS = {GENERATED: "generated", PLAIN: "by hand", TOLD: "by hand, told"}


def menu_site() -> Site:
    """Three menus of ten keys each, one below the other, and an announcement at the end."""
    others = "4567890*#"
    menus = {
        "one": a_menu("one", ("1", "menu:two"), *((digit, "hangup") for digit in others), prompt="menu"),
        "two": a_menu("two", ("2", "menu:three"), *((digit, "hangup") for digit in others), prompt="menu"),
        "three": a_menu("three", ("3", "prompt:bye"), *((digit, "hangup") for digit in others), prompt="menu"),
    }
    return Site(
        trunks={"main": Trunk(key="main", name="Main", match_header="X-Trunk: main", codecs=["ulaw"])},
        prompts={key: a_prompt(key) for key in ("menu", "bye")},
        menus=menus,
        inbound_routes={GENERATED: InboundRoute(key=GENERATED, name="Main", destination="menu:one")},
    )


def by_hand(number: str, prompts: str, *, told: bool) -> str:
    """Dialplan as an engineer would write it down for this one menu."""

    def tell(event: str) -> list[str]:
        return [f"CELGenUserEvent({event})"] if told else []

    steps = ["Answer()", *tell("MENU,one|1"), f"Background({prompts}/en/menu)", "WaitExten(5)"]
    if told:
        steps = ["Set(__GUID=${UUID()})", f"CELGenUserEvent(INTERACTION,${{GUID}}|inbound|{number}|en)", *steps]
    contexts = [
        f"[inbound](+)\nexten => {number},1,Goto(hand-1-{number},s,1)",
        f"[hand-1-{number}]",
        *_lines("s", steps),
    ]
    for level, menu in ((1, "two"), (2, "three")):
        key = tell(f"KEY,{menu}|{level}|menu:{menu}")
        contexts += _lines(str(level), [*key, f"Goto(hand-{level + 1}-{number},s,1)"])
        contexts += [f"[hand-{level + 1}-{number}]"]
        contexts += _lines("s", [*tell(f"MENU,{menu}|{level + 1}"), f"Background({prompts}/en/menu)", "WaitExten(5)"])
    end = [*tell("KEY,three|3|prompt:bye"), *tell("PROMPT,bye"), f"Playback({prompts}/en/bye)", "Hangup()"]
    return "\n".join([*contexts, *_lines("3", end), ""])


def _lines(exten: str, steps: list[str]) -> list[str]:
    first, *rest = steps
    return [f"exten => {exten},1,{first}", *(f" same => n,{step}" for step in rest)]


def make_node(folder: Path) -> TestNode:
    facts = make_facts(folder)
    facts = replace(facts, max_calls=1000, rtp_start=20000, rtp_end=24000)
    node = TestNode(facts, asterisk_program())
    node.program.prepare(facts)
    for key in ("menu", "bye"):
        write_tone(Path(facts.prompts, "en", f"{key}.wav"), 700, 0.5)
    files = render(menu_site(), facts, make_environment(read_templates()))
    files["extensions.conf"] += by_hand(PLAIN, facts.prompts, told=False) + by_hand(TOLD, facts.prompts, told=True)
    write_files(files, Path(facts.etc))
    return node


def cpu_ms(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


async def run_calls(node: TestNode, number: str, calls: int) -> None:
    """Raises unless every call went as the scenario says."""
    port, media = free_ports(2)
    sipp = await asyncio.create_subprocess_exec(
        *("sipp", f"{node.facts.sip_bind}:{node.facts.sip_port}", "-sf", str(SCENARIO), "-s", number),
        *("-i", "127.0.0.1", "-mi", "127.0.0.1", "-p", str(port), "-mp", str(media & ~1)),
        *("-m", str(calls), "-r", str(CALLS_PER_S), "-nostdin"),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    if await sipp.wait():
        raise SystemExit(f"sipp: not all calls to {LABELS[number]} went as the scenario says")


async def measure(node: TestNode, pid: int) -> dict[str, list[float]]:
    costs: dict[str, list[float]] = {number: [] for number in LABELS}
    await run_calls(node, GENERATED, CALLS_PER_S)  # warm
    for round_number in range(ROUNDS):
        order = list(LABELS) if round_number % 2 else list(LABELS)[::-1]
        for number in order:
            before = cpu_ms(pid)
            await run_calls(node, number, CALLS)
            costs[number].append((cpu_ms(pid) - before) / CALLS)
    return costs


async def main() -> None:
    with tempfile.TemporaryDirectory(prefix="menu-") as folder:
        Path(folder).chmod(0o755)
        node = make_node(Path(folder))
        asterisk = Asterisk(node.facts, node.program)
        running = await asterisk.start()
        try:
            costs = await measure(node, running.pid)
        finally:
            await asterisk.stop()
    medians = {number: statistics.median(found) for number, found in costs.items()}
    print(f"three-level menu, {CALLS_PER_S} calls/s, {ROUNDS} x {CALLS} calls each, CPU of Asterisk in ms per call")
    for number, label in LABELS.items():
        each = " ".join(f"{cost:.1f}" for cost in costs[number])
        print(f"  {label:14} {medians[number]:5.1f}   ({each})")
    print(f"  generated / by hand        {medians[GENERATED] / medians[PLAIN]:.2f}   (at most 1.15)")
    print(f"  generated / by hand, told  {medians[GENERATED] / medians[TOLD]:.2f}")


if __name__ == "__main__":
    asyncio.run(main())
