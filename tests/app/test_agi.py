"""The daemon's FastAGI door: strangers, silence, slowness and rubbish get nothing and hold nobody up."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from appliance.adapters.web_service import MOST_BYTES, WebService
from appliance.core.entities.inputs import Input
from appliance.core.entities.lookups import Lookup
from appliance.core.lookup_request import Caller, NoAnswer
from appliance.core.site import Site
from appliance.services.calls.listed import Listed
from appliance.services.entities import replace_site
from appliance.services.lookups import Lookups
from appliance.store.db import Database
from appliance.store.tables.dialing import DoNotCallRow
from appliance.web import agi
from appliance.web.agi import Agi
from tests.phone_codes import phone_codes
from tests.ports import free_port
from tests.sites import a_prompt
from tests.waiting import eventually

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
SECRET = "0123456789abcdef"
HEADERS = (
    "agi_request: agi://x",
    f"agi_network_script: {SECRET}/lookup/level",
    "agi_callerid: 7001",
    "agi_dnid: 5550100",
)


class Service:
    """A customer's web service that can be anything."""

    def __init__(self) -> None:
        self.requests: list[web.Request] = []
        self.bodies: list[str] = []
        self.answer: Callable[[], Awaitable[web.Response]] = self.gold
        self.ended = asyncio.Event()

    async def gold(self) -> web.Response:
        return web.json_response({"level": "gold"})

    async def silence(self) -> web.Response:
        await self.ended.wait()
        return web.Response()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(request)
        self.bodies.append(await request.text())
        return await self.answer()


@pytest.fixture
async def service() -> AsyncIterator[tuple[Service, str]]:
    service, app = Service(), web.Application()
    app.router.add_route("*", "/{path:.*}", service.handle)
    async with TestServer(app) as server:
        yield service, str(server.make_url("/"))
        service.ended.set()


def a_lookup(url: str, **fields: object) -> Lookup:
    values = {"key": "level", "name": "Level", "url": url, "answer_field": "level", "token": "open-sesame", **fields}
    return Lookup.model_validate({"timeout_s": 1, **values})


@pytest.fixture
async def port(database: Database, service: tuple[Service, str]) -> AsyncIterator[int]:
    """Of a daemon's door for a site with one lookup."""
    asked = Input(key="customer", name="C", prompt="menu", variable="customer", destination="hangup")
    lookup = a_lookup(service[1] + "level?c={caller}&n={digits.customer}")
    await store(
        database, Site(prompts={"menu": a_prompt("menu")}, inputs={"customer": asked}, lookups={"level": lookup})
    )
    port = free_port()
    door = asyncio.create_task(
        Agi(port, SECRET, Lookups(database, WebService({1})), phone_codes(database), listed=Listed(database)).run()
    )
    await eventually(lambda: connects(port))
    yield port
    door.cancel()
    with suppress(asyncio.CancelledError):
        await door


async def store(database: Database, site: Site) -> None:
    async with database.transaction() as tx:
        await replace_site(tx, site, by="test", summary="test")


async def connects(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


async def talk(port: int, *headers: str, replies: tuple[str, ...] = ()) -> list[str]:
    """What the daemon says to a channel with these headers that answers with these replies."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write("".join(f"{line}\n" for line in (*headers, "")).encode())
    said = []
    answers = iter(replies)
    async with asyncio.timeout(8):
        while line := await reader.readline():
            said.append(line.decode().rstrip())
            writer.write(f"{next(answers, '200 result=1')}\n".encode())
    writer.close()
    return said


async def test_a_question_and_its_answer(port: int, service: tuple[Service, str]) -> None:
    said = await talk(port, *HEADERS, replies=("200 result=1 (47 11)", "200 result=1 (a-guid)"))
    assert said == ["GET VARIABLE INPUT_customer", "GET VARIABLE GUID", 'SET VARIABLE ANSWER "gold"']
    (request,) = service[0].requests
    assert request.query == {"c": "7001", "n": "47 11"}
    assert request.headers["Authorization"] == "Bearer open-sesame"


async def test_a_slow_service(port: int, service: tuple[Service, str]) -> None:
    service[0].answer = service[0].silence
    assert (await talk(port, *HEADERS))[-1] == 'SET VARIABLE FAILURE "slow"'


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        ({"status": 500}, "refused"),
        ({"status": 302, "headers": {"Location": "http://127.0.0.1/"}}, "refused"),
        ({"text": "gold"}, "unreadable"),
        ({"body": b"\xff\xfe"}, "unreadable"),
        ({"text": '{"level": "' + "x" * MOST_BYTES + '"}'}, "unreadable"),
        ({"text": '{"level": "a\\nb"}'}, "unreadable"),
    ],
)
async def test_a_service_that_answers_rubbish(
    port: int, service: tuple[Service, str], response: dict[str, object], reason: str
) -> None:
    async def answer() -> web.Response:
        return web.Response(**response)  # type: ignore[arg-type]

    service[0].answer = answer
    assert (await talk(port, *HEADERS))[-1] == f'SET VARIABLE FAILURE "{reason}"'


@pytest.mark.parametrize(
    "script",
    ["", "x", f"{SECRET}x/lookup/level", "/lookup/level", f"{SECRET}/other/level", f"{SECRET}/lookup/none", SECRET],
)
async def test_who_does_not_know_the_secret_hears_nothing(port: int, service: tuple[Service, str], script: str) -> None:
    assert await talk(port, f"agi_network_script: {script}") == []
    assert not service[0].requests


async def test_without_a_secret_nobody_is_answered(database: Database) -> None:
    port = free_port()
    door = asyncio.create_task(
        Agi(port, "", Lookups(database, WebService(())), phone_codes(database), listed=Listed(database)).run()
    )
    await eventually(lambda: connects(port))
    assert await talk(port, "agi_network_script: /lookup/level") == []
    door.cancel()


ATTACKS = {
    "nothing": b"",
    "half a header": b"agi_net",
    "no header": b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    "garbage": bytes(range(256)) * 4,
    "a line without end": b"agi_x: " + b"x" * 100_000,
    "headers without end": b"agi_x: 1\n" * 10_000,
    "it goes away after asking": "".join(f"{line}\n" for line in (*HEADERS, "")).encode(),
}


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("stays", [False, True])
async def test_attacks_do_not_hold_up_others(port: int, attack: str, stays: bool) -> None:
    writers = [(await asyncio.open_connection("127.0.0.1", port))[1] for _ in range(20)]
    for writer in writers:
        writer.write(ATTACKS[attack])
        if not stays:
            writer.transport.abort()
    assert (await talk(port, *HEADERS))[-1] == 'SET VARIABLE ANSWER "gold"'
    for writer in writers:
        writer.transport.abort()


async def test_who_dials_a_number_of_the_do_not_call_list(port: int, database: Database) -> None:
    site = Site.model_validate({"general": {"main": {"key": "main", "country": "PE", "listed_calls": "refused"}}})
    await store(database, site)
    async with database.transaction() as tx:
        tx.add(DoNotCallRow(number="+51987654321", source="console", created_at=dt.datetime.now(dt.UTC)))
    asked = f"agi_network_script: {SECRET}/listed/world"
    assert await talk(port, asked, "agi_arg_1: 987654321", "agi_arg_2: ana") == ['SET VARIABLE LISTED "yes"']
    assert await talk(port, asked, "agi_arg_1: 987654322", "agi_arg_2:") == []
    assert await talk(port, asked) == []


async def test_a_silent_client_is_sent_away(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"agi_network_script: ")
    async with asyncio.timeout(agi.HEADERS_S + 2):
        assert await reader.read() == b""
    writer.close()


async def test_a_caller_who_hangs_up_ends_the_talk(port: int) -> None:
    assert await talk(port, *HEADERS, replies=("HANGUP",)) == ["GET VARIABLE INPUT_customer"]


async def test_our_own_ports_and_metadata_services_are_not_asked(
    service: tuple[Service, str], database: Database
) -> None:
    port = int(service[1].rstrip("/").rpartition(":")[2])
    lookups = Lookups(database, WebService({port}))
    for host in ("127.0.0.1", "localhost", "127.9.9.9", "[::1]", "2130706433"):
        with pytest.raises(NoAnswer, match=r"forbidden: port|down"):
            await lookups.ask(a_lookup(f"http://{host}:{port}/"), Caller())
    for address in ("169.254.169.254", "[fe80::1]", "0.0.0.0", "[::ffff:169.254.1.1]"):
        with pytest.raises(NoAnswer, match="forbidden"):
            await lookups.ask(a_lookup(f"http://{address}/"), Caller())
    assert not service[0].requests
