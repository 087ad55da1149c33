"""The AMI gateway against a scripted server: actions, lists, events, and everything that can go wrong on the way."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from structlog.testing import capture_logs

from appliance.adapters.ami import LOST, Ami, AmiError, AmiLost, AmiTimeout, Timing
from tests.ami_server import AmiServer, error, listing, output, silence, success
from tests.waiting import eventually

QUICK = Timing(answer_s=0.2, connect_s=1, boot_s=2, ping_s=30, retry_first_s=0.01, retry_most_s=0.05)


@asynccontextmanager
async def running(server: AmiServer, secret: str = "s3cret", queue_size: int = 100) -> AsyncIterator[Ami]:
    ami = Ami(server.host, server.port, server.username, secret, queue_size=queue_size)
    ami.timing = QUICK
    job = asyncio.create_task(ami.run())
    try:
        yield ami
    finally:
        await ami.close()
        await asyncio.wait_for(job, 2)


@asynccontextmanager
async def connected(queue_size: int = 100) -> AsyncIterator[tuple[AmiServer, Ami]]:
    async with AmiServer() as server, running(server, queue_size=queue_size) as ami:
        await asyncio.wait_for(ami.wait_connected(), 2)
        yield server, ami


async def next_event(ami: Ami) -> dict[str, str]:
    return await asyncio.wait_for(ami.events.get(), 2)


# what works


async def test_an_action_returns_the_answer_of_asterisk() -> None:
    async with connected() as (server, ami):
        server.answer("QueueAdd", success("Added interface to queue"))
        reply = await ami.action("QueueAdd", Queue="sales", Interface="PJSIP/1001", Penalty=2)
        assert reply["Message"] == "Added interface to queue"
        sent = server.received("QueueAdd")[0]
        assert (sent["Queue"], sent["Interface"], sent["Penalty"]) == ("sales", "PJSIP/1001", "2")


async def test_several_values_of_one_field_become_several_lines() -> None:
    async with connected() as (server, ami):
        server.answer("Originate", success("Originate successfully queued"))
        await ami.action("Originate", Channel="PJSIP/1001", Async="true", Variable=["A=1", "B=2"])
        assert server.received("Originate")[0]["Variable"] == "A=1\nB=2"


async def test_a_list_is_collected_up_to_its_end() -> None:
    async with connected() as (server, ami):
        server.answer("QueueStatus", listing("QueueStatus", [{"Event": "QueueParams", "Queue": q} for q in "abc"]))
        assert [item["Queue"] for item in await ami.list("QueueStatus")] == ["a", "b", "c"]
        server.answer("QueueStatus", listing("QueueStatus"))
        assert await ami.list("QueueStatus") == []


async def test_a_refused_list_is_an_error_at_once() -> None:
    async with connected() as (_server, ami):
        with pytest.raises(AmiError, match="No Contacts found"):
            await ami.list("PJSIPShowContacts")


async def test_a_console_command_returns_what_it_prints() -> None:
    async with connected() as (server, ami):
        server.answer("Command", output("System uptime: 3 seconds", "", "Last reload: 3 seconds"))
        assert await ami.command("core show uptime") == "System uptime: 3 seconds\n\nLast reload: 3 seconds"
        assert server.received("Command")[0]["Command"] == "core show uptime"


async def test_a_failed_console_command_tells_what_it_printed() -> None:
    refusal = {"Response": "Error", "Message": "Command output follows", "Output": "No such command 'x'"}
    async with connected() as (server, ami):
        server.answer("Command", lambda _action: [refusal])
        with pytest.raises(AmiError, match="No such command 'x'"):
            await ami.command("x")


async def test_an_error_has_the_words_of_asterisk() -> None:
    async with connected() as (server, ami):
        server.answer("QueueAdd", error("Unable to add interface to queue: No such queue"))
        with pytest.raises(AmiError, match="Unable to add interface to queue: No such queue"):
            await ami.action("QueueAdd", Queue="none", Interface="PJSIP/1")


async def test_two_hundred_actions_at_once_each_get_their_own_answer() -> None:
    async with connected() as (server, ami):
        ami.timing = Timing()  # the usual patience: this asks whose answer is whose, not how fast they come
        server.answer("QueuePause", lambda action: [{"Response": "Success", "Message": action["Interface"]}])
        replies = await asyncio.gather(*(ami.action("QueuePause", Interface=f"PJSIP/{n}") for n in range(200)))
        assert [reply["Message"] for reply in replies] == [f"PJSIP/{n}" for n in range(200)]


async def test_close_ends_run_and_whatever_waits() -> None:
    async with AmiServer() as server, running(server) as ami:
        await ami.wait_connected()
        server.answer("Originate", silence)
        waiting = asyncio.create_task(ami.action("Originate", timeout_s=60))
        await eventually(lambda: server.received("Originate"))
        await ami.close()
        with pytest.raises(AmiLost):
            await waiting


async def test_close_may_come_while_connecting() -> None:
    async with AmiServer() as server:
        for turns in range(12):  # of the event loop: before, within and after connecting
            ami = Ami(server.host, server.port, server.username, server.secret)
            job = asyncio.create_task(ami.run())
            for _ in range(turns):
                await asyncio.sleep(0)
            await ami.close()
            await asyncio.wait_for(job, 1)
            assert not ami.is_connected


# the traps of panoramisk, each as it happens on the wire


async def test_queue_add_resolves_although_its_answer_looks_like_a_list() -> None:
    async with connected() as (server, ami):
        server.answer("QueueAdd", success("Added interface to queue"))
        await asyncio.wait_for(ami.action("QueueAdd", Queue="sales", Interface="PJSIP/1001"), 1)
        server.answer("Originate", success("Originate successfully queued"))
        await asyncio.wait_for(ami.action("Originate", Channel="PJSIP/1001", ActionID="attempt-7"), 1)
        await next_event(ami)  # FullyBooted
        server.send({"Event": "OriginateResponse", "ActionID": "attempt-7", "Response": "Failure", "Reason": "0"})
        assert (await next_event(ami))["ActionID"] == "attempt-7"


async def test_events_keep_their_order() -> None:
    async with connected(queue_size=2000) as (server, ami):
        await next_event(ami)
        server.send(*({"Event": "Newstate", "Number": str(n)} for n in range(1000)))
        assert [(await next_event(ami))["Number"] for _ in range(1000)] == [str(n) for n in range(1000)]


async def test_a_full_queue_counts_what_it_drops_and_the_connection_stays() -> None:
    async with connected(queue_size=10) as (server, ami):
        server.send(*({"Event": "Newstate", "Number": str(n)} for n in range(30)))
        await eventually(lambda: ami.dropped == 21)  # FullyBooted took one place
        assert (await ami.action("Ping"))["Ping"] == "Pong"
        assert ami.connections == 1


async def test_an_unanswered_action_is_not_sent_again_after_a_reconnect() -> None:
    async with connected() as (server, ami):
        server.answer("Originate", silence)
        waiting = asyncio.create_task(ami.action("Originate", timeout_s=60, Channel="PJSIP/customer"))
        await eventually(lambda: server.received("Originate"))
        await server.drop()
        with pytest.raises(AmiLost):
            await asyncio.wait_for(waiting, 1)  # at once, not after its 60 s
        await eventually(lambda: ami.connections == 2)
        await ami.action("Ping")
        assert len(server.received("Originate")) == 1


async def test_nothing_is_kept_for_later_while_disconnected() -> None:
    async with connected() as (server, ami):
        await server.stop()
        await eventually(lambda: not ami.is_connected)
        with pytest.raises(AmiLost):
            await ami.action("Originate", Channel="PJSIP/customer")
        with pytest.raises(AmiLost):
            await ami.list("QueueStatus")
        await server.start()
        await eventually(lambda: ami.connections == 2)
        await ami.action("Ping")
        assert server.received("Originate") == []


async def test_every_action_has_an_end_and_a_late_answer_finds_nobody() -> None:
    async with connected() as (server, ami):
        server.answer("QueueStatus", silence)
        with pytest.raises(AmiTimeout, match=r"did not answer QueueStatus within 0\.2 s"):
            await ami.list("QueueStatus")
        late = server.received("QueueStatus")[0]["ActionID"]
        server.send({"Response": "Success", "ActionID": late})
        assert (await ami.action("Ping"))["Ping"] == "Pong"


async def test_a_list_that_never_completes_has_an_end() -> None:
    start = {"Response": "Success", "EventList": "start", "Message": "Queue status will follow"}
    async with connected() as (server, ami):
        server.answer("QueueStatus", lambda _action: [start, {"Event": "QueueParams", "Queue": "a"}])
        with pytest.raises(AmiTimeout):
            await ami.list("QueueStatus")


@pytest.mark.parametrize("value", ["1001\r\nAction: Originate", "1001\nX: y", "10\r01", "10\x0001", "y" * 1500])
async def test_a_value_cannot_become_a_header(value: str) -> None:
    async with connected() as (server, ami):
        for fields in ({"Channel": value}, {"Variable": ["A=1", value]}, {"ActionID": value}):
            with pytest.raises(AmiError) as refused:
                await ami.action("Status", **fields)
            assert value not in str(refused.value)
        with pytest.raises(AmiError):
            await ami.command(value)
        with pytest.raises(AmiError):
            await ami.action(value)
        await ami.action("Ping")
        assert {action["Action"] for action in server.actions} == {"Login", "Ping"}


@pytest.mark.parametrize("name", ["Channel: x\r\nAction", "a b", "", "A:B", "Ñ"])
async def test_a_field_name_is_a_plain_word(name: str) -> None:
    async with connected() as (_server, ami):
        with pytest.raises(AmiError):
            await ami.action("Status", **{name: "x"})


async def test_half_a_character_cannot_be_sent() -> None:
    async with connected() as (_server, ami):
        with pytest.raises(AmiError):
            await ami.action("Status", Channel="\ud800")


async def test_a_character_in_two_pieces_arrives_whole() -> None:
    async with connected() as (server, ami):
        data = "Event: First\r\n\r\nEvent: NewCallerid\r\nCallerIDName: Señor Mamà\r\n\r\n".encode()
        cut = data.index("ñ".encode()) + 1
        server.send_raw(data[:cut])
        await eventually(lambda: ami.events.qsize() == 2)  # FullyBooted and the first: half of the ñ is read
        server.send_raw(data[cut:])
        assert [await next_event(ami) for _ in range(3)][2] == {"Event": "NewCallerid", "CallerIDName": "Señor Mamà"}


async def test_an_odd_message_does_not_end_the_connection() -> None:
    async with connected() as (server, ami):
        with capture_logs() as logs:
            server.send({"Event": ["A", "B"]}, {"Event": "Good", "Variable": ["A=1", "B=2"]})
            await eventually(lambda: ami.events.qsize() == 2)
        assert [await next_event(ami) for _ in range(2)][1] == {"Event": "Good", "Variable": "A=1\nB=2"}
        assert [entry["event"] for entry in logs] == ["ami.unreadable_message"]
        assert ami.connections == 1


# connecting


async def test_it_is_not_connected_before_asterisk_has_booted() -> None:
    server = AmiServer()
    server.is_booted = False
    async with server, running(server) as ami:
        await eventually(lambda: server.logins)
        with pytest.raises(AmiLost):
            await ami.action("Ping")
        assert not ami.is_connected
        server.boot()
        await asyncio.wait_for(ami.wait_connected(), 2)
        assert (await ami.action("Ping"))["Ping"] == "Pong"


async def test_a_lost_connection_is_marked_in_the_stream_and_made_again() -> None:
    async with connected() as (server, ami):
        server.send({"Event": "Before"})
        await eventually(lambda: ami.events.qsize() == 2)
        await server.drop()
        await eventually(lambda: ami.connections == 2)
        server.send({"Event": "After"})
        names = [(await next_event(ami))["Event"] for _ in range(5)]
        assert names == ["FullyBooted", "Before", LOST["Event"], "FullyBooted", "After"]


async def test_asterisk_says_that_it_stops() -> None:
    async with connected() as (server, ami):
        server.send({"Event": "Shutdown", "Shutdown": "Cleanly", "Restart": "False"})
        await eventually(lambda: ami.connections == 2)


async def test_a_silent_asterisk_is_found_out() -> None:
    async with AmiServer() as server:
        server.answer("Ping", silence)
        ami = Ami(server.host, server.port, server.username, server.secret)
        ami.timing = Timing(answer_s=0.05, ping_s=0.05, retry_first_s=0.01)
        job = asyncio.create_task(ami.run())
        await eventually(lambda: ami.connections >= 2)
        await ami.close()
        await job


async def test_it_waits_for_an_asterisk_that_is_not_there_yet() -> None:
    server = AmiServer()
    await server.start()
    await server.stop()
    async with running(server) as ami:
        with capture_logs() as logs:
            await eventually(lambda: len(logs) >= 2)
        assert not ami.is_connected
        await server.start()
        await asyncio.wait_for(ami.wait_connected(), 2)
    await server.stop()


async def test_the_secret_is_in_no_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with AmiServer() as server:
        with capture_logs() as logs:
            async with running(server, "wr0ng-s3cret") as ami:
                await eventually(lambda: server.logins >= 2)
                assert not ami.is_connected
            async with running(server) as ami:
                await ami.wait_connected()
                await server.drop()
                await eventually(lambda: ami.connections == 2)
            server.answer("Login", silence)
            async with running(server) as ami:
                before = len(server.received("Login"))
                await eventually(lambda: len(server.received("Login")) > before)
                await server.drop()
                await eventually(lambda: any("before the answer to Login" in str(entry) for entry in logs))
        assert any("Authentication failed" in str(entry) for entry in logs)
        assert "s3cret" not in str(logs) + caplog.text
