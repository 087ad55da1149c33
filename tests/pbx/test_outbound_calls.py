"""Real calls to the outside: which trunk carries them, as whom, for whom; and that nobody else gets out."""

import asyncio
import datetime as dt
import random
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from baresip import Runtime

from appliance.core.journal.cel import CelFold
from appliance.core.journal.facts import CallFacts, Interaction
from appliance.core.outbound import DryRun, who_would_carry
from appliance.core.site import Site
from appliance.core.trunk_state import overall
from tests.house import a_house, furnish, house_settings
from tests.pbx.centre import Centre, running
from tests.pbx.far_end import RING, FarEnd, write_certificate
from tests.pbx.nodes import TestNode, asterisk_program, make_facts
from tests.pbx.phones import Phone, refusal
from tests.waiting import eventually

IN = {"X_Trunk": "main"}
NOBODY = "127.0.1.99"  # has this address
ENDS = ("one", "two", "three", "spare")  # each at an address of its own: phones are at 127.0.0.1


def a_trunk(end: FarEnd, key: str, **fields: object) -> dict[str, object]:
    return {"key": key, "name": key, "host": end.host, "port": end.port, "codecs": ["ulaw"], **fields}


def a_route(key: str, pattern: str, *trunks: str, **fields: object) -> dict[str, object]:
    lines = [{"trunk": trunk} for trunk in trunks]
    return {"key": key, "name": key, "patterns": [{"pattern": pattern}], "trunks": lines, **fields}


def keyed(*found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {str(each["key"]): each for each in found}


def outbound_site(ends: dict[str, FarEnd]) -> Site:
    two = ends["two"]
    trunks = keyed(
        a_trunk(ends["spare"], "main", match_header="X-Trunk: main", max_channels=1),
        a_trunk(ends["one"], "one", caller_id="+5115550000", number_format="e164_plus", caller_id_format="national"),
        a_trunk(two, "two", caller_id="5550002"),
        a_trunk(ends["one"], "small", max_channels=1),
        a_trunk(ends["one"], "slow", calls_per_s=1),
        a_trunk(ends["one"], "away", host=NOBODY, max_channels=2),
        a_trunk(ends["one"], "double", more_hosts=[{"host": two.host, "port": two.port}]),
    )
    routes = keyed(
        a_route("world", "00*", "one", "two"),
        a_route("shown", "71*", "two", caller_id="5557777", position=2),
        a_route("plain", "72*", "two", position=2),
        a_route("full", "73*", "small", "two"),
        a_route("paced", "74*", "slow", "two"),
        a_route("twice", "75*", "double"),
        a_route("boss", "76*", "one", users=[{"extension": "1001"}], position=1),
        a_route("all", "767*", "two"),
        a_route("shared", "78*", "main", "two"),
        a_route("late", "77*", "one", schedule="never"),
        a_route("away", "79*", "away", "two"),
        {
            **a_route("help", "105", "one", "two", emergency=True, schedule="never"),
            "users": [{"extension": "1001"}],
            "patterns": [{"pattern": "105"}, {"pattern": "00112"}],
        },
    )
    phones = keyed(
        {"key": "1001", "name": "Ana", "secret": "secret-1001", "caller_id": "+5115550101"},
        {"key": "1002", "name": "Luis", "secret": "secret-1002"},
        {"key": "105", "name": "Not the police", "secret": "secret-0105"},
    )
    inbound = keyed({"key": "5550100", "name": "x", "destination": "external:0044207946"})
    return Site.model_validate(
        {
            "general": {"main": {"country": "PE"}},
            "trunks": trunks,
            "outbound_routes": routes,
            "extensions": phones,
            "agents": keyed({"key": "ana", "name": "Ana", "extension": "1001"}),
            "schedules": keyed({"key": "never", "name": "Never"}),
            "inbound_routes": inbound,
        }
    )


@pytest.fixture(scope="module")
async def listening() -> AsyncIterator[dict[str, FarEnd]]:
    ends = {key: FarEnd(f"127.0.1.{number}") for number, key in enumerate(ENDS, 1)}
    for end in ends.values():
        await end.listen()
    yield ends
    for end in ends.values():
        end.close()


@pytest.fixture(scope="module")
async def office(
    tmp_path_factory: pytest.TempPathFactory, runtime: Runtime, listening: dict[str, FarEnd]
) -> AsyncIterator[Centre]:
    node = TestNode(make_facts(tmp_path_factory.mktemp("office")), asterisk_program())
    async with running(node, outbound_site(listening), runtime) as centre:
        yield centre


@pytest.fixture
def ends(listening: dict[str, FarEnd]) -> dict[str, FarEnd]:
    for end in listening.values():
        end.answer = 200
        end.calls.clear()
    return listening


@pytest.fixture(scope="module")
async def desks(office: Centre) -> AsyncIterator[dict[str, Phone]]:
    found = {}
    for user in ("1001", "1002"):
        password = f"secret-{user}"
        found[user] = await Phone.create(office.runtime, office.server, user, password=password, frequency=440)
    yield found
    for phone in found.values():
        await phone.unregister()


@pytest.fixture
async def ana(desks: dict[str, Phone]) -> AsyncIterator[Phone]:
    yield desks["1001"]
    await desks["1001"].put_down()


@pytest.fixture
async def luis(desks: dict[str, Phone]) -> AsyncIterator[Phone]:
    """A phone at which nobody sits: it has no agent."""
    yield desks["1002"]
    await desks["1002"].put_down()


async def test_a_trunk_that_answers_503_is_followed_by_the_next(
    office: Centre, ends: dict[str, FarEnd], ana: Phone
) -> None:
    ends["one"].answer = 503
    leg = await ana.dial("0044207946")
    await leg.established()
    assert ends["one"].numbers == ["+44207946"]
    assert ends["two"].numbers == ["0044207946"]
    await leg.hang_up()
    story = await office.tells("1001", "TRUNK two")
    assert "|outbound|0044207946|" in story[0]
    assert story[1:4] == ["OUTBOUND world|1001|ana", "TRUNK one|+44207946|015550101|1", "TRUNK_FAILED one|34"]


@pytest.mark.parametrize("status", [500, 502, 504, 401, 407])
async def test_whatever_says_that_the_trunk_is_at_fault(ends: dict[str, FarEnd], luis: Phone, status: int) -> None:
    ends["one"].answer = status
    leg = await luis.dial("0044207946")
    await leg.established()
    assert len(ends["two"].calls) == 1


@pytest.mark.parametrize(("status", "heard"), [(486, "486"), (404, "404"), (603, "403"), (480, "480")])
async def test_what_the_called_number_answers_is_the_answer(
    ends: dict[str, FarEnd], luis: Phone, status: int, heard: str
) -> None:
    ends["one"].answer = status
    assert heard in await refusal(await luis.dial("0044207946"))
    assert ends["two"].calls == []


async def test_every_trunk_fails(office: Centre, ends: dict[str, FarEnd], luis: Phone) -> None:
    ends["one"].answer = ends["two"].answer = 503
    leg = await luis.dial("0044207946")
    assert "503" in await refusal(leg)
    assert leg.ear.loud_s > 1
    await office.tells("1002", "TRUNK_FAILED one|34", "TRUNK_FAILED two|34", "NO_TRUNK world")


async def test_the_hosts_of_a_trunk_have_an_order(ends: dict[str, FarEnd], luis: Phone) -> None:
    ends["one"].answer = 503
    leg = await luis.dial("7501")
    await leg.established()
    assert (ends["one"].numbers, ends["two"].numbers) == (["7501"], ["7501"])
    await leg.hang_up()
    ends["one"].answer = 486
    assert "486" in await refusal(await luis.dial("7502"))
    assert ends["two"].numbers == ["7501"]


async def test_a_full_trunk_leaves_the_call_to_the_next(
    office: Centre, ends: dict[str, FarEnd], ana: Phone, luis: Phone
) -> None:
    first = await ana.dial("7301")
    await first.established()
    second = await luis.dial("7302")
    await second.established()
    assert (ends["one"].numbers, ends["two"].numbers) == (["7301"], ["7302"])
    await first.hang_up()
    await second.hang_up()
    await no_trunk_is_in_use(office)
    third = await luis.dial("7303")
    await third.established()
    assert ends["one"].numbers == ["7301", "7303"]


async def test_a_trunk_that_cannot_be_called_holds_up_nobody(
    office: Centre, ends: dict[str, FarEnd], luis: Phone
) -> None:
    """The next call would wait for this one to get a channel, which it never will."""
    await eventually(lambda: says(office, "pjsip show contacts", f"{NOBODY}.*Unavail"), 30)
    leg = await luis.dial("7901")
    await leg.established()
    assert ends["two"].numbers == ["7901"]
    assert not await says(office, "dialplan show globals", "TAKES-away=[0-9]")


async def says(office: Centre, command: str, pattern: str) -> bool:
    return re.search(pattern, await office.ami.command(command)) is not None


async def test_calls_that_came_in_fill_a_trunk_too(office: Centre, ends: dict[str, FarEnd], luis: Phone) -> None:
    caller = await (await office.caller("7300009")).dial("5550100", **IN)
    await caller.established()
    second = await luis.dial("7801")
    await second.established()
    assert (ends["spare"].numbers, ends["two"].numbers) == ([], ["7801"])
    await caller.hang_up()
    await second.hang_up()
    await no_trunk_is_in_use(office)
    third = await luis.dial("7802")
    await third.established()
    assert ends["spare"].numbers == ["7802"]


async def test_a_trunk_takes_so_many_new_calls_a_second(office: Centre, ends: dict[str, FarEnd]) -> None:
    ends["one"].answer = ends["two"].answer = 486
    numbers = [f"740{number}" for number in range(6)]
    await asyncio.gather(*(dial_as(office, "1001", number, caller=f"730{number}") for number in numbers))
    await eventually(lambda: sorted([*ends["one"].numbers, *ends["two"].numbers]) == numbers)
    paced = ends["two"].numbers
    assert paced  # however slow this machine is, six do not take six seconds
    for number in paced:
        await office.tells(f"730{number}", "TRUNK_FAILED slow|pace", "TRUNK two")


@pytest.mark.parametrize("user", ["1001", "1002"])
async def test_an_emergency_number_is_for_every_phone_at_every_hour(
    ends: dict[str, FarEnd], desks: dict[str, Phone], user: str
) -> None:
    leg = await desks[user].dial("105")
    await leg.established()
    assert ends["one"].numbers == ["105"]  # as it was dialled, though this trunk wants +51...
    await desks[user].put_down()


async def test_no_forward_leads_to_an_emergency_number(office: Centre, ends: dict[str, FarEnd], ana: Phone) -> None:
    await (await ana.dial("*72*00112")).over(12)  # a wider route would carry it too
    assert "00112" not in await office.ami.command("database show forward")


async def test_a_route_for_some_is_passed_over_for_others(ends: dict[str, FarEnd], ana: Phone, luis: Phone) -> None:
    await (await ana.dial("7670")).established()
    await (await luis.dial("7671")).established()
    assert (ends["one"].numbers, ends["two"].numbers) == (["7670"], ["7671"])
    leg = await luis.dial("7601")
    assert "404" in await refusal(leg)
    assert leg.ear.loud_s > 0.5


async def test_a_route_is_closed_out_of_hours(office: Centre, ends: dict[str, FarEnd], ana: Phone) -> None:
    assert "404" in await refusal(await ana.dial("7701"))
    assert ends["one"].calls == []
    await office.tells("1001", "SCHEDULE never|closed|route", "NO_ROUTE 7701")


async def test_who_is_shown(ends: dict[str, FarEnd], ana: Phone, luis: Phone) -> None:
    await (await ana.dial("7101")).established()
    await (await ana.dial("7201")).established()
    await (await luis.dial("7202")).established()
    assert [call.caller for call in ends["two"].calls] == ["5557777", "+5115550101", "5550002"]


async def test_who_hangs_up_while_it_rings_ends_it(ends: dict[str, FarEnd], ana: Phone) -> None:
    ends["two"].answer = RING
    leg = await ana.dial("7201")
    await eventually(lambda: ends["two"].calls)
    await leg.hang_up()
    assert len(ends["two"].calls) == 1


async def test_a_caller_is_sent_outside_with_the_number_of_the_trunk(office: Centre, ends: dict[str, FarEnd]) -> None:
    ends["one"].answer = 503
    leg = await (await office.caller("7300002")).dial("5550100", **IN)
    await leg.established()
    assert [call.caller for call in ends["two"].calls] == ["5550002"]
    await leg.hang_up()
    story = await office.tells("7300002", "OUTBOUND world||", "TRUNK two|0044207946|5550002")
    assert [line.split("|")[1] for line in story if line.startswith("INTERACTION")] == ["inbound"]


async def test_a_trunk_reaches_no_outbound_route(office: Centre, ends: dict[str, FarEnd]) -> None:
    numbers = ("0044207946", "105", "1001", "7201", "+44207946", "dial-out", "s")
    legs = [await (await office.caller(f"73000{at}0")).dial(number, **IN) for at, number in enumerate(numbers)]
    for leg in legs:
        assert "404" in await refusal(leg)
    assert not any(end.calls for end in ends.values())


async def test_who_has_no_password_calls_nobody(office: Centre, ends: dict[str, FarEnd]) -> None:
    for user in ("1001", "trunk-one", "7300004"):
        assert "401" in await refusal(await (await office.caller(user)).dial("0044207946"))
    assert not any(end.calls for end in ends.values())


async def test_a_caller_cannot_transfer_the_call_outside(office: Centre, ends: dict[str, FarEnd]) -> None:
    leg = await (await office.caller("7300005")).dial("5550100", **IN)
    await leg.established()
    calls = sum(len(end.calls) for end in ends.values())
    with pytest.raises(Exception, match=r"403|603|405|501|[Ff]orbidden|[Dd]ecline"):
        await leg.call.transfer(f"sip:0099@{office.server}")
    await leg.hang_up()
    assert sum(len(end.calls) for end in ends.values()) == calls


async def is_joined(office: Centre, channel: str) -> bool:
    """Whether somebody is in a bridge with this channel: before, there is nobody to transfer."""
    rooms = {each["Channel"]: each["BridgeId"] for each in await office.ami.list("CoreShowChannels")}
    own = next((room for name, room in rooms.items() if name.startswith(channel)), "")
    return bool(own) and list(rooms.values()).count(own) == 2


async def test_an_agent_may_transfer_a_call_outside(office: Centre, ends: dict[str, FarEnd], ana: Phone) -> None:
    leg = await ana.dial("7201")
    await leg.established()
    await eventually(lambda: is_joined(office, "PJSIP/1001-"))  # a moment after it was answered
    await leg.call.transfer(f"sip:7670@{office.server}")
    await eventually(lambda: ends["one"].calls)  # by a route that is Ana's alone
    assert ends["one"].numbers == ["7670"]


async def test_the_call_lands_in_history(office: Centre, ends: dict[str, FarEnd], ana: Phone) -> None:
    leg = await ana.dial("7209")
    await leg.established()
    await leg.hang_up()
    await eventually(lambda: history(office, "7209"))
    call = history(office, "7209")[-1]
    assert (call.direction, call.caller, call.agent, call.outcome) == ("outbound", "1001", "ana", "answered")
    ends["two"].answer = 503
    assert "503" in await refusal(await ana.dial("7208"))
    await eventually(lambda: history(office, "7208"))
    assert history(office, "7208")[-1].outcome == "no_trunk"


@pytest.mark.parametrize(
    ("number", "status", "counts"),
    [("7210", 486, True), ("7211", RING, True), ("7212", 404, False), ("7213", 503, False), ("7214", 480, True)],
)
async def test_a_call_counts_for_who_was_called_where_it_rang(
    office: Centre, ends: dict[str, FarEnd], luis: Phone, number: str, status: int, counts: bool
) -> None:
    ends["two"].answer = status
    leg = await luis.dial(number)
    if status == RING:
        await eventually(lambda: ends["two"].is_ringing)
        await leg.hang_up()
    else:
        await refusal(leg)
    await eventually(lambda: finished(office, number))
    [call] = finished(office, number)
    assert (call.by_hand is not None) == counts
    assert call.by_hand is None or call.by_hand.route == "plain"


async def test_tls_and_encrypted_sound(office: Centre, ends: dict[str, FarEnd], luis: Phone) -> None:
    keys = Path(office.node.facts.etc, "keys")
    safe = FarEnd("127.0.1.9", answer=486)
    other = FarEnd("127.0.1.9", answer=486)
    for end, name, host in ((safe, "far", safe.host), (other, "other", "127.0.1.10")):
        write_certificate(keys / name, host)
        await end.listen_encrypted(str(keys / f"{name}.crt"), str(keys / f"{name}.key"))
    site = outbound_site(ends)
    trunks = keyed(
        a_trunk(safe, "safe", transport="tls", encrypted_media=True),
        a_trunk(safe, "unchecked", transport="tls", check_certificate=False),
        a_trunk(other, "other", transport="tls"),
    )
    changed = site.model_dump() | {
        "trunks": site.model_dump()["trunks"] | trunks,
        "outbound_routes": keyed(*(a_route(key, f"0{n}*", key) for n, key in enumerate(trunks))),
    }
    assert await office.apply(Site.model_validate(changed)) == []
    try:
        assert "486" in await refusal(await luis.dial("0199"))  # whoever answers there may do so
        assert "503" in await refusal(await luis.dial("0099"))  # nobody vouches for it, so that it hears of no call
        trusted = (keys / "far.crt").read_bytes() + (keys / "other.crt").read_bytes()
        (keys / "trusted.crt").write_bytes(trusted)
        assert "503" in await refusal(await luis.dial("0299"))  # what it shows is genuine, but somebody else's
        assert (safe.numbers, other.numbers) == (["0199"], [])
        safe.calls.clear()

        async def is_called() -> bool:  # a connection that was refused may still be closing
            return "486" in await refusal(await luis.dial("0099"))

        await eventually(is_called, 20)
        assert "RTP/SAVP" in safe.calls[0].text
        assert "a=crypto:1 AES_CM_128_HMAC_SHA1_80" in safe.calls[0].text
        assert "/TLS " in safe.calls[0].text
    finally:
        safe.close()
        other.close()
        await office.apply(site)


async def dial_as(office: Centre, extension: str, number: str, *, caller: str) -> None:
    """As a phone would, without one: the trunk's answer alone matters. Without an extension, as a menu would."""
    await office.ami.action(
        "Originate",
        Channel=f"Local/{number}@{'phones' if extension else 'external'}/n",
        Application="Wait",
        Data="30",
        CallerID=caller,
        Variable=f"__OUT_USER={extension}",
        Async="true",
    )


async def no_trunk_is_in_use(office: Centre) -> None:
    async def is_idle() -> bool:
        return "PJSIP/trunk-" not in await office.ami.command("core show channels concise")

    await eventually(is_idle)


def history(office: Centre, number: str) -> list[Interaction]:
    return [call.interaction for call in finished(office, number)]


def finished(office: Centre, number: str) -> list[CallFacts]:
    text = Path(office.node.facts.log, "cel-custom/cel.csv").read_text(encoding="utf-8")
    calls = CelFold("local").read(text.rpartition("\n")[0].split("\n")).finished
    return [call for call in calls if call.interaction.did == number]


NUMBERS = ["105", "1001", "12", "987654321", "014567890", "0014155552671", "+51987654321", "51987654321", "7", "71234"]
FORMATS = ["as_dialled", "e164_plus", "e164", "national"]
PATTERNS = ["0*", "00*", "9XXXXXXXX", "ZXXXX*", "NX", "+X*", "+51*", "105", "X*", "71*", "XXXXXXXXX"]


def random_site(dice: random.Random, ends: dict[str, FarEnd]) -> Site:
    def a_random_route(key: str) -> dict[str, Any]:
        patterns = [{"pattern": pattern} for pattern in dice.sample(PATTERNS, dice.randint(1, 4))]
        for each in patterns:
            if dice.random() < 0.5:
                each |= {"strip": dice.randint(0, 1), "prepend": dice.choice(["", "9", "+51", "0*"]) or "1"}
        trunks = dice.sample(list(ends), dice.randint(1, 3))
        users = [{"extension": "1001"}] if dice.random() < 0.3 else []
        schedule = dice.choice(["", "", "never", "always"])
        shown = dice.choice(["", "+5115550000"])
        return a_route(key, "0", *trunks) | {
            "patterns": patterns, "users": users, "schedule": schedule, "caller_id": shown,
            "position": dice.randint(1, 3), "emergency": dice.random() < 0.2,
        }  # fmt: skip

    always = {"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "start": "00:00", "end": "24:00"}
    trunks = [
        a_trunk(end, key, caller_id=dice.choice(["", "014567890"]), number_format=dice.choice(FORMATS),
                caller_id_format=dice.choice(FORMATS)) for key, end in ends.items()
    ]  # fmt: skip
    return Site.model_validate(
        {
            "general": {"main": {"country": dice.choice(["", "PE", "GB", "US", "DE"])}},
            "trunks": keyed(*trunks),
            "outbound_routes": keyed(*(a_random_route(f"r{number}") for number in range(dice.randint(1, 5)))),
            "extensions": keyed(
                {"key": "1001", "name": "a", "caller_id": dice.choice(["", "987654321"])}, {"key": "1002", "name": "b"}
            ),
            "schedules": keyed({"key": "never", "name": "n"}, {"key": "always", "name": "a", "hours": [always]}),
        }
    )


@pytest.mark.parametrize("seed", range(4))
async def test_asterisk_does_what_the_dry_run_says(office: Centre, ends: dict[str, FarEnd], seed: int) -> None:
    for end in ends.values():
        end.answer = 503
    dice = random.Random(seed)
    site = random_site(dice, ends)
    assert await office.apply(site) == []
    try:
        said, callers = {}, {}
        for index, number in enumerate(NUMBERS):
            extension = dice.choice(["1001", "1002", ""])
            caller = callers[number] = f"7{seed}{index:05}"
            said[number] = who_would_carry(site, number, extension, dt.datetime.now(dt.UTC))
            await dial_as(office, extension, number, caller=caller)
        for number, dry in said.items():
            await eventually(lambda caller=callers[number]: is_told(office, caller))
            assert heard(office, callers[number]) == expected(dry, callers[number]), (number, dry)
    finally:
        await office.apply(outbound_site(ends))


def is_told(office: Centre, caller: str) -> bool:
    return any(line.startswith(("NO_TRUNK", "NO_ROUTE", "EXTENSION")) for line in office.story(caller))


def heard(office: Centre, caller: str) -> tuple[str, list[str]]:
    story = office.story(caller)
    route = next((line.split()[1].split("|")[0] for line in story if line.startswith("OUTBOUND")), "")
    return route, [line.removeprefix("TRUNK ").rpartition("|")[0] for line in story if line.startswith("TRUNK ")]


def expected(dry: DryRun, caller: str) -> tuple[str, list[str]]:
    return dry.route, [f"{each.trunk}|{each.number}|{each.caller_id or caller}" for each in dry.tries]


async def test_the_daemon_tells_what_trunks_do_and_what_a_test_call_heard(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    far, gone = FarEnd("127.0.1.7", answer=403), FarEnd("127.0.1.8", port=9)
    await far.listen()
    settings = house_settings(tmp_path_factory.mktemp("house"))
    signing = {"registration": True, "username": "me", "secret": "a-long-secret"}
    hosts = [{"host": far.host, "port": far.port}, {"host": "127.0.1.9", "port": 9}]
    trunks = keyed(
        a_trunk(far, "far", caller_id="5550000", **signing),
        a_trunk(gone, "gone"),
        a_trunk(gone, "hosts", more_hosts=hosts),
    )
    await furnish(settings, Site.model_validate({"trunks": trunks}))
    async with a_house(settings) as house:
        trunks_now = house.appliance.calls.trunks
        await eventually(lambda: "far" in trunks_now.states.states, 20)
        for answer, words in (
            (401, "password (401)"),
            (403, "(403)"),
            (486, "(486)"),
            (200, "This trunk works"),
        ):
            far.answer = answer
            await trunks_now.calls.place("far", "0044", by="eva")
            await eventually(lambda: trunks_now.calls.last["far"].result.is_over)
            assert words in trunks_now.calls.last["far"].result.message
        assert {call.caller for call in far.calls} == {"5550000"}
        await eventually(lambda: overall(trunks_now.states.states["far"]) == "registered", 20)
        await eventually(lambda: overall(trunks_now.states.states["gone"]) == "unreachable", 20)
        await eventually(lambda: (trunks_now.states.states["far"][0].latency_ms or 0) > 0, 20)
        await trunks_now.calls.place("gone", "0044", by="eva")
        await eventually(lambda: trunks_now.calls.last["gone"].result.is_over)
        assert "cannot be reached" in trunks_now.calls.last["gone"].result.message
        await trunks_now.calls.place("hosts", "0044", by="eva")
        works = "This trunk works"  # of the last host: each before it takes eight seconds
        await eventually(lambda: works in trunks_now.calls.last["hosts"].result.message, 40)
        done = trunks_now.calls.last["hosts"]
        assert (done.host, [host for host, _result in done.earlier]) == (far.host, [gone.host])
    far.close()
