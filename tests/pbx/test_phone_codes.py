"""Agents log in, pause and log out by the keys of real phones; a PIN is in no file."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from baresip import Runtime

from appliance.services.clock import now
from appliance.services.licenses.current import load_licensing
from appliance.services.licenses.seats import free_seat
from tests.house import a_house, furnish, house_settings
from tests.licenses import install_license
from tests.pbx.floor import Floor
from tests.pbx.phones import Leg, Phone
from tests.pbx.work_site import work_site
from tests.waiting import eventually

PIN = "41001"


@pytest.fixture
async def floor(tmp_path_factory: pytest.TempPathFactory, runtime: Runtime) -> AsyncIterator[Floor]:
    settings = house_settings(tmp_path_factory.mktemp("codes"))
    await furnish(settings, work_site())
    async with a_house(settings) as house:
        floor = Floor(house, runtime)
        yield floor
        await floor.close()


async def dial(phone: Phone, code: str) -> Leg:
    leg = await phone.dial(code)
    await leg.established()
    return leg


async def log_in(phone: Phone, number: str, pin: str) -> Leg:
    """Keys are taken while the words are said."""
    leg = await dial(phone, "*11")
    await eventually(lambda: leg.ear.loud_s > 0.2)
    await leg.press(f"{number}#")
    said = leg.ear.loud_s
    await eventually(lambda: leg.ear.loud_s > said + 0.3)
    await leg.press(f"{pin}#")
    return leg


async def test_a_shift_at_somebody_elses_desk(floor: Floor) -> None:
    desk = await floor.phone("1005")
    leg = await log_in(desk, "1001", PIN)
    await leg.over(timeout_s=15)
    assert await floor.session("ana") == "1005"
    assert (await floor.is_("ready")).device == "PJSIP/1005"
    caller, answered = await floor.talk("5550401", "7500001", "1005")  # calls ring here
    floor.house.appliance.agents.wrapups.hold("ana")
    await answered.hang_up()
    await caller.over()
    floor.house.appliance.agents.wrapups.finish("ana", is_forced=True)
    await floor.is_("ready")
    for code, state in (("*13", "paused"), ("*13", "ready")):
        await (await dial(desk, code)).over(timeout_s=15)
        await floor.is_(state)
    wrong = await log_in(desk, "1002", "0000")
    await wrong.hang_up()
    await rings_for_ana(floor, desk)
    await (await dial(desk, "*12")).over(timeout_s=15)
    assert await floor.session("ana") == ""
    own = await floor.phone("1001")
    await floor.is_gone("ana")
    await rings_for_ana(floor, own)
    kinds = [line.split()[0] for line in floor.journal("ana")]
    assert kinds[0] == "ADDMEMBER"
    assert kinds[-1] == "REMOVEMEMBER"
    check_no_pin(Path(floor.house.appliance.settings.data_dir))


async def rings_for_ana(floor: Floor, phone: Phone) -> None:
    """A number that leads to the agent, and to no queue."""
    caller = await floor.call("5550405", "7500002")
    await phone.rings(timeout_s=15)
    await caller.hang_up()
    await eventually(lambda: not floor.house.appliance.live.state.channels)


async def test_without_a_seat_the_phone_says_so(floor: Floor) -> None:
    async with floor.house.appliance.database.transaction() as tx:
        seats = {"model": "named", "seats": tuple(f"seat-{n}" for n in range(10))}
        await install_license(tx, "L-2", replaces=("L-1",), issued_at=now(), **seats)
        await free_seat(tx, (await load_licensing(tx)).holders["ana"].seat_id, by="test")
    leg = await log_in(await floor.phone("1005"), "1001", PIN)
    asked = leg.ear.loud_s
    await leg.over(timeout_s=20)
    assert leg.ear.loud_s > asked + 3  # a whole sentence
    assert await floor.session("ana") == ""


def check_no_pin(folder: Path) -> None:
    """In no journal, log or file of Asterisk; the database has it, for it must be compared."""
    files = [path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("appliance.db")]
    assert any(path.name == "cel.csv" for path in files)
    telling = [path.name for path in files if PIN.encode() in path.read_bytes()]
    assert telling == []
