"""The database is gone for a while, the manager connection is cut, the trunk is down: campaigns go on afterwards."""

import asyncio
import datetime as dt
import tempfile
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from aiohttp import ClientSession

from appliance.core.dialing.originate import Dial, originate_fields
from appliance.core.entities.dialers import Dialer
from appliance.services.clock import now
from tests.faults.brains import a_token
from tests.faults.outages import WORLD, Campaign, a_campaign_house, keep_cut
from tests.house import House, house_settings
from tests.pbx.dialer_site import behind, number_of
from tests.pbx.pstn import Behaviour, Pstn
from tests.postgres.server import PostgresServer
from tests.silent_proxy import SilentProxy, a_silent_proxy
from tests.waiting import eventually

MANY = 20
DOWN = Dialer.model_validate({"key": "down", "name": "Down", "campaign": "down", "ring_s": 10})
KEYS = ("stopped", "silent", "cut", "down")


class Centre(SimpleNamespace):
    server: PostgresServer
    proxy: SilentProxy
    house: House
    token: str
    pstn: Pstn
    refuses: bool

    def campaign(self, key: str) -> Campaign:
        return Campaign(self.house, self.pstn, key)

    async def page(self) -> tuple[int, str]:
        """What whoever asks now is told."""
        own = {"Authorization": f"Bearer {self.token}"}
        async with ClientSession(headers=own) as client, client.get(f"{self.house.url}/api/v1/license") as answer:
            return answer.status, (await answer.json()).get("title", "")

    async def is_back(self) -> bool:
        return (await self.page())[0] != 503

    async def asked(self) -> None:
        """Asterisk looks for the far end, as it does three times a minute."""
        await self.house.appliance.node.ami.action("PJSIPQualify", Endpoint="trunk-main")

    def behave(self, dialled: str) -> Behaviour:
        return Behaviour(503) if self.refuses else WORLD[behind(dialled) % 5]


@pytest.fixture(scope="module")
async def centre(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Centre]:
    with tempfile.TemporaryDirectory(prefix="postgres-") as folder:
        Path(folder).chmod(0o755)
        server = PostgresServer(Path(folder, "server"))
        await asyncio.to_thread(server.start)
        centre = Centre(server=server, refuses=False)
        centre.pstn = Pstn("127.0.6.2", centre.behave)
        async with a_silent_proxy(server.port) as centre.proxy:
            url = server.url("postgres").replace(str(server.port), str(centre.proxy.port))
            settings = house_settings(tmp_path_factory.mktemp("outages"), database_url=url)
            async with a_campaign_house(settings, centre.pstn, KEYS, max_channels=8) as house:
                centre.house, centre.token = house, await a_token(house.appliance.database)
                yield centre
        server.stop()


@asynccontextmanager
async def stopped(centre: Centre) -> AsyncIterator[None]:
    await asyncio.to_thread(centre.server.stop)
    yield
    await asyncio.to_thread(centre.server.start_again)


@asynccontextmanager
async def silent(centre: Centre) -> AsyncIterator[None]:
    """As if the host had lost its power, or a firewall its mind: nothing is refused, nothing is answered."""
    centre.proxy.is_silent = True
    yield
    centre.proxy.is_silent = False
    await eventually(centre.is_back)


@pytest.mark.parametrize(("how", "first"), [(stopped, 0), (silent, 300)])
async def test_the_database_is_gone_for_a_while(
    centre: Centre, how: Callable[[Centre], AbstractAsyncContextManager[None]], first: int
) -> None:
    campaign, numbers = centre.campaign(how.__name__), range(first, first + MANY)
    had = len(centre.pstn.lines)
    await campaign.begin(numbers)
    await eventually(lambda: len(centre.pstn.lines) >= had + 12, 20)
    async with how(centre):
        await eventually(lambda: campaign.says("database does not answer"), 20)
        before = len(centre.pstn.lines)
        assert await centre.page() == (
            503,
            "The database does not answer at the moment. Calls go on, dialers place none; try again in a minute.",
        )
        await eventually(lambda: centre.pstn.up == 0, 20)
        assert len(centre.pstn.lines) == before
    await campaign.check(numbers, may_be_lost=2)
    assert not centre.house.daemon.done()


async def test_the_connection_to_asterisk_is_cut(centre: Centre) -> None:
    campaign, numbers = centre.campaign("cut"), range(100, 100 + MANY)
    port = centre.house.appliance.settings.node.ami_port
    before = len(centre.pstn.lines)
    await campaign.begin(numbers)
    await eventually(lambda: len(centre.pstn.lines) >= before + 12, 20)
    cutting = asyncio.create_task(keep_cut(port))
    await eventually(lambda: campaign.says("Asterisk is not connected"))
    await eventually(lambda: centre.pstn.up == 0, 20)
    cutting.cancel()
    await campaign.check(numbers, may_be_lost=1)


@pytest.mark.parametrize(("ordered_s", "closes_s"), [(-60, 60), (0, 0)])
async def test_what_comes_too_late_is_not_dialled(centre: Centre, ordered_s: int, closes_s: int) -> None:
    """An order that lay somewhere, and one that reaches the trunk when the hours are over."""
    campaign, at, before = centre.campaign("down"), now(), len(centre.pstn.lines)
    late = Dial(
        guid=str(uuid.uuid4()),
        dialer="down",
        number=number_of(700),
        dialled=number_of(700).replace("+", "00"),
        caller_id="",
        at=at + dt.timedelta(seconds=ordered_s),
        until=at + dt.timedelta(seconds=closes_s),
    )
    fields = originate_fields(DOWN, "down", late, "main")
    await centre.house.appliance.node.ami.action("Originate", **fields)

    async def is_cancelled() -> bool:
        return late.guid in {row.guid for row in await campaign.with_outcome("cancelled")}

    await eventually(is_cancelled)
    assert len(centre.pstn.lines) == before


async def test_the_trunk_refuses_and_then_is_silent(centre: Centre) -> None:
    """Neither is the contact's fault: no try is used, and less and less is tried."""
    campaign, numbers = centre.campaign("down"), range(200, 200 + MANY)
    centre.refuses = True
    await campaign.begin(numbers)
    await eventually(lambda: campaign.says("calls in a row found no line outside"), 20)
    await eventually(lambda: centre.pstn.up == 0)
    rows = await eventually(lambda: campaign.with_outcome("congestion"))
    assert len(rows) < 20
    assert await campaign.tries() == {0}
    centre.refuses = False
    await campaign.hurry()
    await eventually(lambda: centre.pstn.up >= 3, 30)
    centre.pstn.is_deaf = True
    await centre.asked()
    await eventually(lambda: campaign.says("No trunk answers"))
    before = len(centre.pstn.lines)
    centre.pstn.is_deaf = False
    await centre.asked()
    await campaign.check(numbers, may_be_lost=8)
    assert len(centre.pstn.lines) > before
