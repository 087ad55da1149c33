"""Any site that passes the checks loads in a real Asterisk without a warning; hours mean there what they mean here."""

import datetime as dt
import itertools
import re
from collections.abc import AsyncIterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from baresip import Runtime
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from appliance.adapters.asterisk_log import AsteriskLog
from appliance.core.agents import NO_QUEUE
from appliance.core.entities.schedules import Hours, Schedule
from appliance.core.entities.trunks import Trunk, TrunkPeer
from appliance.core.hours import state_at
from appliance.core.site import Site
from tests.pbx.centre import Centre, running
from tests.pbx.nodes import TestNode, asterisk_program, make_facts
from tests.site_strategy import hours, sites
from tests.waiting import eventually

# But for what is said of a far end at which nobody listens: it is no matter of loading.
_TROUBLE = re.compile(r"^(?!.*' sending OPTIONS request to endpoint).*(?:WARNING|ERROR)\[.*", re.MULTILINE)


@pytest.fixture(scope="module")
async def bare(tmp_path_factory: pytest.TempPathFactory, runtime: Runtime) -> AsyncIterator[Centre]:
    """An Asterisk without a site and without phones."""
    node = TestNode(make_facts(tmp_path_factory.mktemp("bare")), asterisk_program())
    async with running(node, Site(), runtime) as centre:
        yield centre


def within_this_machine(site: Site) -> Site:
    """Trunks get addresses of this machine, so that no test asks a name server or knocks at a stranger's door."""
    trunks = {key: _here(trunk, number) for number, (key, trunk) in enumerate(site.trunks.items(), 1)}
    return site.model_copy(update={"trunks": trunks})


def _here(trunk: Trunk, number: int) -> Trunk:
    near = {"host": f"127.1.0.{number}", "registration": False} if trunk.host else {}
    hosts = [
        each.model_copy(update={"host": f"127.2.{number}.{place}"}) for place, each in enumerate(trunk.more_hosts, 1)
    ]
    peers = [TrunkPeer(address=f"127.3.{number}.{place}") for place, _each in enumerate(trunk.peers, 1)]
    return trunk.model_copy(update={**near, "more_hosts": hosts, "peers": peers})


@settings(
    suppress_health_check=[HealthCheck.too_slow],
    deadline=None,
    max_examples=15,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(site=sites())
async def test_any_valid_site_loads_without_a_warning(bare: Centre, site: Site) -> None:
    await bare.apply(Site())  # as after a start: a queue that is new may have any strategy
    log = AsteriskLog(bare.node.facts.log)
    mark = log.mark()
    await bare.apply(within_this_machine(site))
    assert _TROUBLE.findall(await log.since(mark)) == []
    assert set(re.findall(r"^(\S+) has \d+ calls", await bare.ami.command("queue show"), re.MULTILINE)) == {
        *site.queues,
        NO_QUEUE,
    }


async def test_registration_at_a_trunk_loads_too(bare: Centre) -> None:
    trunk = {
        "key": "far",
        "name": "Far",
        "host": "127.1.0.9",
        "registration": True,
        "username": "us er@x",
        "secret": "s",
    }
    complaints = await bare.apply(Site.model_validate({"trunks": {"far": trunk}}))
    assert complaints == []
    assert "sip:us%20er%40x@127.1.0.9" in await bare.ami.command("pjsip show registration trunk-far")


NUMBERS = itertools.count(7_200_001)
ZONES = ["UTC", "America/Lima", "Europe/Madrid", "Asia/Kathmandu", "America/Buenos_Aires", "US/Eastern"]


@st.composite
def moments_of_schedules(draw: st.DrawFn) -> list[tuple[Schedule, dt.datetime]]:
    found = []
    for number in range(30):
        zone = draw(st.sampled_from(ZONES))
        ranges = [Hours.model_validate(each) for each in draw(st.lists(hours, max_size=3))]
        schedule = Schedule(key=f"s{number}", name="x", time_zone=zone, hours=ranges)
        edges = [clock for each in ranges for clock in (each.start, each.end) if clock != "24:00"] or ["12:00"]
        hour, minute = map(int, draw(st.sampled_from(edges)).split(":"))
        local = dt.datetime(2026, 1, 5 + draw(st.integers(0, 7)), hour, minute, tzinfo=ZoneInfo(zone))
        found.append((schedule, local + dt.timedelta(minutes=draw(st.integers(-1, 1)))))
    return found


def steps(cases: list[tuple[Schedule, dt.datetime]], number: str) -> str:
    """Dialplan that asks every schedule at its moment."""
    lines = ["[hours-test]", f"exten => s,1,Set(CALLERID(num)={number})"]
    for schedule, at in cases:
        lines += [f" same => n,Set(TESTTIME={at.timestamp():.0f})", f" same => n,Gosub(schedule-{schedule.key},s,1)"]
    return "\n".join([*lines, " same => n,UserEvent(Done)", ""])


@settings(deadline=None, max_examples=4, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
@given(cases=moments_of_schedules())
async def test_asterisk_opens_and_closes_at_the_same_minute(
    bare: Centre, cases: list[tuple[Schedule, dt.datetime]]
) -> None:
    number = str(next(NUMBERS))
    bare.write(Site(schedules={schedule.key: schedule for schedule, _ in cases}))
    path = Path(bare.node.facts.etc, "extensions.conf")
    path.write_text(f"{path.read_text()}\n{steps(cases, number)}")
    await bare.ami.action("Reload", Module="pbx_config.so")
    await bare.ami.action("Originate", Channel="Local/s@hours-test/n", Application="Wait", Data="1", Async="true")
    wanted = [f"SCHEDULE {schedule.key}|{state_at(schedule, at)}" for schedule, at in cases]
    await eventually(lambda: len(bare.story(number)) == len(wanted))
    assert bare.story(number) == wanted
