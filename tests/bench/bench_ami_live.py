"""What one AMI event costs on its way to the hub, with 1,000 agents in 100 queues and 20 calls a second.

Each step is set against the least that any reader must do: cut the same bytes into dicts. Run it alone:
`python -m tests.bench.bench_ami_live`.
"""

import asyncio
import random
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog

from appliance.adapters.ami import Ami
from appliance.core.live import Event, State, advance_all, parse_event, snapshot_state
from appliance.services.hub import Hub, Subscription
from appliance.services.live import TOPIC, Live
from tests.ami_events import QueueCall, Raw, listed_member
from tests.ami_server import AmiServer, encode, listing
from tests.bench.pace import due
from tests.waiting import eventually

AGENTS, QUEUES, MEMBERS_PER_QUEUE = 1000, 100, 30
CALLS_PER_S, SECONDS, TALKING, WAITING = 20, 10, 200, 100
AT = datetime(2026, 11, 21, 12, tzinfo=UTC)


def centre() -> tuple[list[Raw], dict[str, tuple[str, ...]]]:
    """QueueStatus and the channels of a busy centre; the queues of each agent."""
    random.seed(7)
    queues_of: dict[str, tuple[str, ...]] = {f"agent-{n}": () for n in range(AGENTS)}
    for queue in (f"queue-{n}" for n in range(QUEUES)):
        for agent in random.sample(sorted(queues_of), MEMBERS_PER_QUEUE):
            queues_of[agent] += (queue,)
    items: list[Raw] = [{"Event": "QueueParams", "Queue": f"queue-{n}"} for n in range(QUEUES)]
    items += [listed_member(queue, agent) for agent, queues in queues_of.items() for queue in queues]
    for call in (a_call(n, queues_of) for n in range(TALKING)):
        items.append(call.caller("CoreShowChannel", Duration="00:01:00", BridgeId=f"b-{call.number}"))
        items.append(call.leg("CoreShowChannel", Duration="00:00:50", BridgeId=f"b-{call.number}"))
    for call in (a_call(TALKING + n, queues_of) for n in range(WAITING)):
        items.append(call.caller("CoreShowChannel", Duration="00:01:00", BridgeId=""))
        items.append(call.caller("QueueEntry", Queue=call.queue, Wait="30"))
    return items, queues_of


def a_call(number: int, queues_of: dict[str, tuple[str, ...]]) -> QueueCall:
    agent = f"agent-{number % AGENTS}"
    queues = queues_of[agent]
    return QueueCall(number, queues[0] if queues else "queue-0", agent, queues)


def stream(queues_of: dict[str, tuple[str, ...]]) -> list[Raw]:
    """Some seconds of calls, woven into each other as Asterisk would send them."""
    stories = [list(a_call(1000 + n, queues_of).story()) for n in range(CALLS_PER_S * SECONDS)]
    timed = [
        (n / CALLS_PER_S + 5 * index / len(story), n, index, raw)
        for n, story in enumerate(stories)
        for index, raw in enumerate(story)
    ]
    return [raw for *_, raw in sorted(timed, key=lambda each: each[:3])]


def cut(data: bytes) -> int:
    """The baseline: bytes to dicts, nothing else."""
    number = 0
    for block in data.decode().split("\r\n\r\n"):
        if dict(line.partition(": ")[::2] for line in block.split("\r\n")):
            number += 1
    return number


def fold(state: State, events: list[Event], size: int) -> None:
    for start in range(0, len(events), size):
        state, _ = advance_all(state, events[start : start + size])


def best_us(run: Callable[[], object], events: int) -> float:
    """Microseconds per event, the best of five: the machine is shared."""
    times = []
    for _ in range(5):
        start = time.process_time()
        run()
        times.append(time.process_time() - start)
    return min(times) / events * 1e6


async def at_the_wire(items: list[Raw], raws: list[Raw], *, is_paced: bool) -> tuple[float, list[float]]:
    """CPU per event of the daemon's side, server included, and the delays from wire to subscriber in ms."""
    async with AmiServer() as server:
        server.answer("QueueStatus", listing("QueueStatus", [r for r in items if r["Event"] != "CoreShowChannel"]))
        server.answer("CoreShowChannels", listing("", [r for r in items if r["Event"] == "CoreShowChannel"]))
        hub = Hub(queue_size=100_000)
        ami = Ami(server.host, server.port, server.username, server.secret, queue_size=100_000)
        live = Live(ami, hub)
        jobs = [asyncio.create_task(ami.run()), asyncio.create_task(live.run())]
        await eventually(lambda: live.is_connected, 30)
        result = await _send(server, hub, raws, is_paced=is_paced)
        for job in jobs:
            job.cancel()
        await asyncio.wait(jobs)
        return result


async def gateway_alone(raws: list[Raw]) -> float:
    """CPU per event from the wire into the gateway's queue."""
    data = b"".join(map(encode, raws))
    async with AmiServer() as server:
        ami = Ami(server.host, server.port, server.username, server.secret, queue_size=100_000)
        job = asyncio.create_task(ami.run())
        await ami.wait_connected()
        cpu = time.process_time()
        server.send_raw(data)
        await eventually(lambda: ami.events.qsize() > len(raws), 30)
        cost_us = (time.process_time() - cpu) / len(raws) * 1e6
        await ami.close()
        await job
    return cost_us


async def sender_alone(raws: list[Raw]) -> float:
    """CPU per event of the paced sender with a reader that throws everything away."""
    async with AmiServer() as server:
        reader, writer = await asyncio.open_connection(server.host, server.port)
        writer.write(encode({"Action": "Login", "Username": server.username, "Secret": server.secret}))
        await reader.readuntil(b"Fully Booted")
        begin, cpu = time.perf_counter(), time.process_time()
        for n, data in enumerate(map(encode, raws)):
            await due(begin + n / (len(raws) / SECONDS))
            server.send_raw(data)
            await reader.read(65536)
        cost_us = (time.process_time() - cpu) / len(raws) * 1e6
        writer.close()
        await writer.wait_closed()
    return cost_us


async def _send(server: AmiServer, hub: Hub, raws: list[Raw], *, is_paced: bool) -> tuple[float, list[float]]:
    last = QueueCall(999_999, "queue-0", "nobody")
    encoded, pending, delays = [encode(raw) for raw in raws], [], []

    async def read(messages: Subscription) -> None:
        async for message in messages:
            if pending:
                delays.append((time.perf_counter() - pending[0]) * 1000)  # the oldest that can be in this message
                pending.clear()
            if any(change["key"] == last.caller_id for change in message.body["changes"]):
                return

    reader = asyncio.create_task(read(hub.subscribe([TOPIC])))
    begin, cpu = time.perf_counter(), time.process_time()
    for n, data in enumerate(encoded):
        if is_paced:
            await due(begin + n / (len(raws) / SECONDS))
        pending.append(time.perf_counter())
        server.send_raw(data)
    pending.append(time.perf_counter())
    server.send(last.caller("Newchannel"))
    await reader
    return (time.process_time() - cpu) / len(raws) * 1e6, delays


def main() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    items, queues_of = centre()
    raws = stream(queues_of)
    data, number = b"".join(map(encode, raws)), len(raws)
    state = snapshot_state(items, AT - timedelta(minutes=1), {})
    parsed = [event for raw in raws if (event := parse_event(raw, AT))]
    rows = [
        ("bytes to dicts (baseline)", best_us(lambda: cut(data), number)),
        ("dicts to our events", best_us(lambda: [parse_event(raw, AT) for raw in raws], number)),
        ("our events to state and changes, one by one", best_us(lambda: fold(state, parsed, 1), number)),
        ("the same in batches of 20", best_us(lambda: fold(state, parsed, 20), number)),
    ]
    wire_us, _ = asyncio.run(at_the_wire(items, raws, is_paced=False))
    paced_us, delays = asyncio.run(at_the_wire(items, raws, is_paced=True))
    rows.append(("wire to the gateway's queue (panoramisk), all at once", asyncio.run(gateway_alone(raws))))
    rows.append(("wire to hub, all at once (gateway, fold, publish)", wire_us))
    paced_us -= asyncio.run(sender_alone(raws))
    rows.append((f"the same at {CALLS_PER_S} calls/s (sender's cost taken off)", paced_us))
    print(f"{number} events ({number / CALLS_PER_S / SECONDS:.0f} per call), {AGENTS} agents, {QUEUES} queues")
    for name, cost_us in rows:
        print(f"{name:68} {cost_us:8.1f} us/event {cost_us / rows[0][1]:6.1f} x")
    print(f"CPU at {CALLS_PER_S} calls/s: {paced_us * number / SECONDS / 1e4:.1f} % of one core")
    median, p99 = statistics.median(delays), statistics.quantiles(delays, n=100)[98]
    print(f"wire to subscriber, the oldest event of each message: median {median:.1f} ms, p99 {p99:.1f} ms")
    lists_us = best_us(lambda: snapshot_state(items, AT, {}), 1)
    print(f"picture from {len(items)} list items: {lists_us / 1000:.0f} ms; rows for a browser: ", end="")
    print(f"{best_us(state.rows, 1) / 1000:.1f} ms")


if __name__ == "__main__":
    main()
