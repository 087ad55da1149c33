"""The hub: who gets which message, what happens to slow readers, and how streams end."""

import asyncio
from collections.abc import Callable

from appliance.services.hub import RESYNC, Hub, Subscription


async def read(messages: Subscription, number: int) -> list[tuple[str, dict[str, object]]]:
    async with asyncio.timeout(2):
        return [(message.topic, dict(message.body)) for message in [await anext(messages) for _ in range(number)]]


async def read_all(messages: Subscription) -> list[str]:
    return [message.topic async for message in messages]


async def ended(make: Callable[[], Subscription]) -> list[str]:
    async with asyncio.timeout(2):
        return await read_all(make())


async def test_each_gets_the_topics_that_it_subscribed_to() -> None:
    hub = Hub()
    live, both = hub.subscribe(["live"]), hub.subscribe(["live", "apply"])
    hub.publish("live", {"n": 1})
    hub.publish("apply", {"n": 2})
    hub.publish("nobody", {"n": 3})
    hub.publish("live", {"n": 4})
    assert await read(live, 2) == [("live", {"n": 1}), ("live", {"n": 4})]
    assert await read(both, 3) == [("live", {"n": 1}), ("apply", {"n": 2}), ("live", {"n": 4})]


async def test_a_subscription_holds_from_the_moment_it_is_made() -> None:
    hub = Hub()
    hub.publish("live", {"n": 1})
    messages = hub.subscribe(["live"])
    hub.publish("live", {"n": 2})
    assert await read(messages, 1) == [("live", {"n": 2})]


async def test_a_waiting_reader_is_woken() -> None:
    hub = Hub()
    messages = hub.subscribe(["live"])
    waiting = asyncio.create_task(read(messages, 1))
    await asyncio.sleep(0)
    hub.publish("live", {"n": 1})
    assert await waiting == [("live", {"n": 1})]


async def test_a_slow_reader_gets_one_resync_for_all_that_it_lost() -> None:
    hub = Hub(queue_size=3)
    slow, quick = hub.subscribe(["live"]), hub.subscribe(["live"])
    for n in range(3):
        hub.publish("live", {"n": n})
    await read(quick, 3)
    hub.publish("live", {"n": 3})
    hub.publish("live", {"n": 4})
    assert await read(slow, 2) == [(RESYNC, {}), ("live", {"n": 4})]
    assert await read(quick, 2) == [("live", {"n": 3}), ("live", {"n": 4})]


async def test_close_ends_all_streams_at_once() -> None:
    hub = Hub()
    idle, behind = hub.subscribe(["live"]), hub.subscribe(["live"])
    waiting = asyncio.create_task(read_all(idle))
    await asyncio.sleep(0)
    hub.close()
    hub.publish("live", {"n": 1})
    assert await asyncio.wait_for(waiting, 2) == []
    assert await ended(lambda: behind) == []
    assert await ended(lambda: hub.subscribe(["live"])) == []


async def test_leaving_the_block_unsubscribes() -> None:
    hub = Hub(queue_size=1)
    async with hub.subscribe(["live"]) as messages:
        hub.publish("live", {"n": 1})
        assert await read(messages, 1) == [("live", {"n": 1})]
    hub.publish("live", {"n": 2})
    assert await ended(lambda: messages) == []


async def test_an_event_is_made_once() -> None:
    hub = Hub()
    first, second = hub.subscribe(["live"]), hub.subscribe(["live"])
    hub.publish("live", {"name": "Señor", "rows": [1]})
    one, two = await anext(first), await anext(second)
    assert one is two
    assert one.event.decode() == 'event: live\ndata: {"name":"Señor","rows":[1]}\n\n'
    assert one.part("rows").decode() == "event: live\ndata: [1]\n\n"
    assert one.event is two.event
    assert one.part("rows") is two.part("rows")


async def test_a_reader_is_not_woken_by_what_does_not_concern_it() -> None:
    hub = Hub(queue_size=3)
    messages = hub.subscribe(["live"])
    hub.narrow(messages, frozenset({("agents", "ana"), ("waiting", "sales")}))
    waiting = asyncio.create_task(messages.wait())
    for n in range(5):
        hub.publish("live", {"n": n}, frozenset({("agents", "luis")}))
    for _ in range(3):
        await asyncio.sleep(0)
    assert not waiting.done()
    hub.publish("other", {"n": 5}, frozenset({("agents", "ana")}))
    hub.publish("live", {"n": 6}, frozenset({("agents", "ana"), ("waiting", "sales")}))
    hub.publish("live", {"n": 7})
    await waiting
    assert [message.body["n"] for message in messages.take()] == [6, 7]
    hub.narrow(messages, frozenset({("agents", "luis")}))
    hub.publish("live", {"n": 8}, frozenset({("agents", "ana")}))
    hub.publish("live", {"n": 9}, frozenset({("agents", "luis")}))
    assert [message.body["n"] for message in messages.take()] == [9]
    hub.narrow(messages, None)
    hub.publish("live", {"n": 10}, frozenset({("agents", "zoe")}))
    assert [message.body["n"] for message in messages.take()] == [10]


async def test_a_reader_waits_and_takes_all_that_came() -> None:
    hub = Hub()
    messages = hub.subscribe(["live"])
    messages.nudge()
    await messages.wait()
    assert messages.take() == []
    messages.is_nudged = False
    waiting = asyncio.create_task(messages.wait())
    await asyncio.sleep(0)
    hub.publish("live", {"n": 1})
    hub.publish("live", {"n": 2})
    await waiting
    assert [message.body["n"] for message in messages.take()] == [1, 2]
    waiting = asyncio.create_task(messages.wait())
    await asyncio.sleep(0)
    hub.close()
    await waiting
    assert messages.is_closed
