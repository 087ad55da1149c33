"""Every kind of destination is reached from every kind of place: five hundred calls, those of a place at once."""

import asyncio
import csv
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from baresip import Runtime

from appliance.core.problems import check_site
from tests.pbx.centre import Centre, running
from tests.pbx.nodes import TestNode, asterisk_program, make_facts
from tests.pbx.tones import write_tone
from tests.pbx.way_site import ENDS, Call, Way, all_calls, site_of_odd_calls, site_of_ways
from tests.waiting import eventually

CALLS = all_calls()
LONG = "w" * 40  # half a second each
WAITING = ("queue, too long", "queue, paused", "queue, key", "queue, full")  # for somebody who is there and paused


async def answer_lookup(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """The daemon's part at the wire: gold, silver or no answer, by the name of the step."""
    asked = (await reader.readuntil(b"\n\n")).decode()
    golden = [call.key for call in CALLS["lookup, gold"]]
    silent = [call.key for call in CALLS["lookup, failed"]]
    key = asked.partition("/lookup/")[2].partition("\n")[0]
    if key not in silent:
        writer.write(f'SET VARIABLE ANSWER "{"gold" if key in golden else "silver"}"\n'.encode())
        await reader.readline()
    writer.close()


@pytest.fixture(scope="module")
async def centre(tmp_path_factory: pytest.TempPathFactory, runtime: Runtime) -> AsyncIterator[Centre]:
    facts = replace(make_facts(tmp_path_factory.mktemp("ways")), max_calls=200)
    site, node = site_of_ways(CALLS), TestNode(facts, asterisk_program())
    assert check_site(site) == []
    write_tone(Path(facts.prompts, "en", "ask.wav"), 700, 0.2)
    server = await asyncio.start_server(answer_lookup, "127.0.0.1", facts.agi_port)
    async with server, running(node, site, runtime) as centre:
        for place in WAITING:
            for call in CALLS[place]:
                await put_paused(centre, call.key)
        yield centre


async def put_paused(centre: Centre, queue: str) -> None:
    await centre.ami.action("QueueAdd", Queue=queue, Interface="Local/s@wrapup/n", MemberName="rests", Paused="true")


async def place(centre: Centre, call: Call, *, caller: str = "") -> None:
    """The caller presses the keys of the way, and stays."""
    keys = "".join(f"w{key}" for key in call.way.keys)
    await centre.ami.action(
        "Originate",
        Channel=f"Local/{call.number}@inbound/n",
        Application="SendDTMF",
        Data=f"{keys}{LONG}",
        CallerID=caller or call.caller,
        Async="true",
    )


def told(centre: Centre) -> dict[str, list[str]]:
    """By caller: the dialplan's events, and HANGUP where all is over."""
    journal = Path(centre.node.facts.log, "cel-custom/cel.csv").read_text(encoding="utf-8")
    found: dict[str, list[str]] = {}
    for row in csv.reader(journal.rpartition("\n")[0].splitlines()):
        words = f"{row[11]} {json.loads(row[12])['extra']}" if row[0] == "USER_DEFINED" else row[0]
        found.setdefault(row[2], []).append(words)
    return found


async def all_end_there(centre: Centre, calls: list[Call]) -> None:
    def lost() -> list[str]:
        stories = told(centre)
        return [f"{call.to}: {story}" for call in calls if not has_ended(call, story := stories.get(call.caller, []))]

    async def nobody_is_lost() -> bool:
        return not lost()

    try:
        await eventually(nobody_is_lost, 20)
    except AssertionError:
        raise AssertionError("\n".join(lost())) from None


def has_ended(call: Call, story: list[str]) -> bool:
    """An end is the last that is told, but for what it tells by itself."""
    if call.to == "hangup":
        return "HANGUP" in story and not any(event.startswith(end) for event in story for end in ENDS.values() if end)
    return any(event.startswith(ENDS[call.to]) for event in story)


@pytest.mark.parametrize("kind", CALLS)
async def test_every_destination_is_reached_from(centre: Centre, kind: str) -> None:
    if kind == "queue, full":
        for call in CALLS[kind]:
            await place(centre, call, caller="77001111")
        await eventually(lambda: len(told(centre).get("77001111", [])) >= len(CALLS[kind]))
    for call in CALLS[kind]:
        await place(centre, call)
    at_once = [call for call in CALLS[kind] if not call.to.startswith("voicemail")]
    try:
        await all_end_there(centre, at_once)
    finally:
        await centre.ami.action("Hangup", Channel="/^Local/")
    await all_end_there(centre, CALLS[kind])  # a message is told once its caller has hung up


@pytest.mark.parametrize(
    ("tail", "field", "closed"), [("98", "blocked_destination", False), ("99", "emergency_destination", True)]
)
async def test_every_destination_is_reached_by_odd_calls(centre: Centre, tail: str, field: str, closed: bool) -> None:
    """There is one such place in a site, so that the calls come one after the other."""
    for nth, to in enumerate(ENDS):
        centre.write(site_of_odd_calls(**{field: to, "emergency_closed": closed}))
        await centre.ami.action("Reload", Module="pbx_config")
        call = Call("", "5550001", f"7700{tail}{nth:02d}", to, Way({}))
        await place(centre, call)
        if to.startswith("voicemail"):
            await eventually(lambda call=call: "ANSWER" in told(centre).get(call.caller, []))
            await centre.ami.action("Hangup", Channel="/^Local/")
        await all_end_there(centre, [call])
    await centre.ami.action("Hangup", Channel="/^Local/")
