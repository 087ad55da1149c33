"""Real calls between phones: what they dial, who rings, what they hear, and what the journal says."""

import asyncio
import datetime as dt
import shutil
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from baresip import Runtime

from appliance.core.live.lists import snapshot_state
from appliance.core.site import Site
from appliance.services.entities import replace_site
from appliance.services.mail import Mail
from appliance.services.owner_settings import forget_gone_phones
from appliance.services.voicemail import VoicemailMail
from appliance.store.db import Database
from tests.pbx.centre import Centre, running
from tests.pbx.nodes import TestNode, asterisk_program, make_facts
from tests.pbx.phones import Leg, Phone, refusal, signed_in
from tests.pbx.tones import listen, write_tone
from tests.smtp_server import a_mail_server
from tests.waiting import eventually

VOICES = {"2001": 440, "2002": 500, "2003": 560}
TRUNK = {"X_Trunk": "main"}
CALLER, GOODBYE, MUSIC = 1000, 1600, 1900


def a_phone(number: str, name: str, **fields: object) -> dict[str, object]:
    return {"key": number, "name": name, "secret": f"secret-{number}", "ring_s": 5, **fields}


def phone_site(mail_port: int = 25) -> Site:
    room = {"name": "Board", "pin": "4321", "max_members": 2, "recording": True}
    phones = [
        a_phone(
            "2001",
            "Ana López",
            pickup_group="desk",
            voicemail=True,
            voicemail_pin="4711",
            voicemail_email="ana@example.com",
        ),
        a_phone("2002", "Luis Pérez", pickup_group="desk", max_calls=1),
        a_phone("2003", "Eva Ruiz", unanswered_destination="prompt:goodbye"),
    ]
    members = [{"extension": "2001"}, {"extension": "2002"}]
    groups = [
        {"key": "desk", "name": "Desk", "number": "2100", "members": members, "destination": "prompt:goodbye"},
        {"key": "turns", "name": "Turns", "number": "2101", "members": members, "strategy": "in_order", "ring_s": 5},
    ]
    routes = {
        "5550201": "group:desk",
        "5550202": "conference:board",
        "5550203": "directory",
        "5550204": "extension:2001",
    }
    return Site.model_validate(
        {
            "trunks": {"main": {"key": "main", "name": "Main", "match_header": "X-Trunk: main", "codecs": ["ulaw"]}},
            "extensions": {each["key"]: each for each in phones},
            "agents": {"ana": {"key": "ana", "name": "Ana", "extension": "2001"}},
            "mail": {"main": {"key": "main", "host": "127.0.0.1", "port": mail_port, "security": "none"}},
            "queues": {"sales": {"key": "sales", "name": "Sales", "recording": False, "music": "tune"}},
            "music": {"tune": {"key": "tune", "name": "Tune", "tracks": [{"title": "A", "upload": "0" * 64}]}},
            "ring_groups": {each["key"]: each for each in groups},
            "conferences": {"board": {"key": "board", "number": "2200", **room}},
            "prompts": {"goodbye": {"key": "goodbye", "name": "Goodbye", "audio": {"en": {"text": "Goodbye."}}}},
            "inbound_routes": {
                key: {"key": key, "name": to, "destination": to}
                for key, to in (*routes.items(), ("5550205", "queue:sales"))
            },
        }
    )


@pytest.fixture(scope="module")
async def centre(tmp_path_factory: pytest.TempPathFactory, runtime: Runtime) -> AsyncIterator[Centre]:
    node = TestNode(make_facts(tmp_path_factory.mktemp("phones")), asterisk_program())
    write_tone(Path(node.facts.prompts, "en/goodbye.wav"), GOODBYE, 0.6)
    write_tone(Path(node.facts.prompts, "music-tune/0001.wav"), MUSIC, 3)
    async with running(node, phone_site(), runtime) as centre:
        yield centre


@pytest.fixture(scope="module")
async def desk_phones(centre: Centre) -> AsyncIterator[dict[str, Phone]]:
    found = await signed_in(centre.ami, centre.runtime, centre.server, VOICES)
    yield found
    for phone in found.values():
        await phone.unregister()


@pytest.fixture
async def ana(desk_phones: dict[str, Phone]) -> AsyncIterator[Phone]:
    yield desk_phones["2001"]
    await desk_phones["2001"].put_down()


@pytest.fixture
async def luis(desk_phones: dict[str, Phone]) -> AsyncIterator[Phone]:
    yield desk_phones["2002"]
    await desk_phones["2002"].put_down()


@pytest.fixture
async def eva(desk_phones: dict[str, Phone]) -> AsyncIterator[Phone]:
    yield desk_phones["2003"]
    await desk_phones["2003"].put_down()


async def stored(centre: Centre, family: str) -> str:
    return await centre.ami.command(f"database show {family}")


async def hear_each_other(one: Leg, voice: int, other: Leg, other_voice: int) -> None:
    await one.hears(other_voice, 0.5)
    await other.hears(voice, 0.5)


async def test_one_phone_calls_another(centre: Centre, ana: Phone, luis: Phone) -> None:
    leg = await ana.dial("2002")
    answered = await luis.rings()
    await answered.answer()
    await hear_each_other(leg, VOICES["2001"], answered, VOICES["2002"])
    await leg.hang_up()
    await answered.over()
    await centre.tells("2001", "EXTENSION 2002")


async def test_a_phone_with_all_its_calls_is_busy(centre: Centre, ana: Phone, luis: Phone, eva: Phone) -> None:
    await ana.dial("2002")
    await luis.rings()
    assert "486" in await refusal(await eva.dial("2002"))


async def test_do_not_disturb_keeps_direct_calls_away_but_no_queue(centre: Centre, luis: Phone, ana: Phone) -> None:
    await centre.log_in("sales", "2002", "luis")
    on = await luis.dial("*78")
    await on.over(12)
    assert "2002" in await stored(centre, "do-not-disturb")
    assert "486" in await refusal(await ana.dial("2002"))
    leg = await (await centre.caller("7300001")).dial("5550205", **TRUNK)
    await luis.rings()
    await leg.hang_up()
    off = await luis.dial("*78")
    await off.over(12)
    await centre.log_out("sales", "2002")
    await ana.dial("2002")
    await luis.rings()


async def test_a_forward_is_confirmed_followed_and_ended(centre: Centre, ana: Phone, luis: Phone, eva: Phone) -> None:
    await (await luis.dial("*72*2003")).over(15)
    leg = await ana.dial("2002")
    answered = await eva.rings()
    await answered.answer()
    await hear_each_other(leg, VOICES["2001"], answered, VOICES["2003"])
    await leg.hang_up()
    await centre.tells("2001", "EXTENSION 2002", "FORWARDED 2002|2003", "EXTENSION 2003")
    await (await luis.dial("*72*")).over(12)
    assert "2003" not in await stored(centre, "forward")


async def test_a_forward_to_nowhere_is_refused(centre: Centre, luis: Phone) -> None:
    await (await luis.dial("*72*2999")).over(12)
    assert "2999" not in await stored(centre, "forward")


async def test_forwards_in_a_circle_end(centre: Centre, ana: Phone, luis: Phone, eva: Phone) -> None:
    await centre.ami.action("DBPut", Family="forward", Key="2001", Val="2002")
    await centre.ami.action("DBPut", Family="forward", Key="2002", Val="2001")
    try:
        assert "480" in await refusal(await eva.dial("2001"))
    finally:
        await centre.ami.action("DBDelTree", Family="forward")


async def test_busy_and_unanswered_calls_go_where_the_owner_said(
    centre: Centre, ana: Phone, luis: Phone, eva: Phone
) -> None:
    await centre.ami.action("DBPut", Family="forward-busy", Key="2002", Val="2003")
    await centre.ami.action("DBPut", Family="forward-unanswered", Key="2002", Val="2001")
    try:
        leg = await ana.dial("2002")
        await (await luis.rings()).call.reject()
        await eva.rings()
        await leg.hang_up()
        leg = await eva.dial("2002")
        await (await luis.rings()).over()
        await ana.rings()
        await leg.hang_up()
    finally:
        for family in ("forward-busy", "forward-unanswered"):
            await centre.ami.action("DBDelTree", Family=family)


async def test_without_answer_the_call_goes_to_its_destination(centre: Centre, ana: Phone, eva: Phone) -> None:
    leg = await ana.dial("2003")
    await (await eva.rings()).call.reject()
    await leg.hears(GOODBYE)
    await leg.over()


async def test_a_call_is_picked_up_in_the_group(centre: Centre, ana: Phone, luis: Phone, eva: Phone) -> None:
    leg = await (await centre.caller("7300002")).dial("5550204", **TRUNK)
    ringing = await ana.rings()
    assert await refusal(await eva.dial("*8"))  # of another group
    taken = await luis.dial("*8")
    await hear_each_other(leg, CALLER, taken, VOICES["2002"])
    await ringing.over()
    await leg.hang_up()


async def test_a_call_of_one_phone_is_picked_up(centre: Centre, ana: Phone, eva: Phone) -> None:
    leg = await (await centre.caller("7300003")).dial("5550204", **TRUNK)
    await ana.rings()
    taken = await eva.dial("*9*2001")
    await hear_each_other(leg, CALLER, taken, VOICES["2003"])
    await leg.hang_up()


async def test_a_parked_call_is_told_and_fetched(centre: Centre, ana: Phone, luis: Phone) -> None:
    leg = await (await centre.caller("7300004")).dial("5550204", **TRUNK)
    answered = await ana.rings()
    await answered.answer()
    await leg.hears(VOICES["2001"], 0.5)
    await answered.call.transfer(f"sip:*70@{centre.server}")
    told = await ana.rings()
    await told.answer()
    await eventually(lambda: told.ear.loud_s > 0.5)
    fetched = await luis.dial("*701")
    await hear_each_other(leg, CALLER, fetched, VOICES["2002"])
    await leg.hang_up()
    await fetched.over()


async def test_a_group_rings_all_its_phones(centre: Centre, ana: Phone, luis: Phone) -> None:
    leg = await (await centre.caller("7300005")).dial("5550201", **TRUNK)
    first, second = await ana.rings(), await luis.rings()
    await second.answer()
    await hear_each_other(leg, CALLER, second, VOICES["2002"])
    await first.over()
    await leg.hang_up()
    await centre.tells("7300005", "INTERACTION", "GROUP desk", "AGENT_RING ana|")


async def test_a_group_rings_one_after_the_other(centre: Centre, ana: Phone, luis: Phone, eva: Phone) -> None:
    leg = await eva.dial("2101")
    first = await ana.rings()
    assert luis.ringing.empty()
    await first.call.reject()
    second = await luis.rings()
    await second.call.reject()
    assert "486" in await refusal(leg)


async def test_a_group_that_nobody_answers_goes_on(centre: Centre, ana: Phone, luis: Phone) -> None:
    leg = await (await centre.caller("7300006")).dial("5550201", **TRUNK)
    for phone in (ana, luis):
        await (await phone.rings()).call.reject()
    await leg.hears(GOODBYE)
    await leg.over()


async def test_two_in_a_conference_hear_each_other_and_a_third_is_refused(
    centre: Centre, ana: Phone, luis: Phone, eva: Phone
) -> None:
    first = await (await centre.caller("7300007")).dial("5550202", **TRUNK)
    await first.press("4321#")
    await centre.tells("7300007", "CONFERENCE board", "RECORDING")
    second = await ana.dial("2200")
    await second.press("4321#")
    await hear_each_other(first, CALLER, second, VOICES["2001"])
    third = await luis.dial("2200")
    await third.press("4321#")
    await third.over(15)
    await first.hang_up()
    await second.hang_up()


async def test_three_wrong_pins_end_the_call(centre: Centre, eva: Phone) -> None:
    leg = await eva.dial("2200")
    await leg.established()
    for _ in range(3):
        await leg.press("1111#")
        heard = leg.ear.loud_s
        await eventually(lambda heard=heard: leg.is_over or leg.ear.loud_s > heard + 1.5, 15)
    await leg.over(15)
    place = "guesses/pin-board/PJSIP/2003/n2003"
    noted = await centre.ami.command(f"database get {place.replace('/', ' ', 1)}")
    count, until = noted.removeprefix("Value: ").strip().split("|")
    assert (int(count), 0 < int(until) - time.time() <= 600) == (3, True)
    # Two more, and the right one is refused too; another phone is not.
    await centre.ami.action("DBPut", Family="guesses", Key=place.partition("/")[2], Val=f"5|{until}")
    refused = await eva.dial("2200")
    await refused.over(15)  # without being asked
    await centre.ami.action("DBDel", Family="guesses", Key=place.partition("/")[2])


async def test_the_own_voicemail_is_opened_with_its_pin_and_closed_to_guesses(centre: Centre, ana: Phone) -> None:
    leg = await ana.dial("*97")
    await leg.established()
    await leg.press("4711#")
    await eventually(lambda: in_voicemail_menu(centre))
    await leg.hang_up()
    until = int(time.time()) + 600
    await centre.ami.action("DBPut", Family="guesses", Key="voicemail/PJSIP/2001/n2001", Val=f"5|{until}")
    refused = await ana.dial("*97")
    await refused.over(15)
    await centre.ami.action("DBPut", Family="guesses", Key="voicemail/PJSIP/2001/n2001", Val=f"5|{until - 700}")
    again = await ana.dial("*97")
    await again.established()
    await again.press("4711#")
    await eventually(lambda: in_voicemail_menu(centre))
    await again.hang_up()


async def in_voicemail_menu(centre: Centre) -> bool:
    return "VoiceMailMain" in await centre.asterisk.cli("core show channels concise")


async def test_somebody_is_found_by_name(centre: Centre, eva: Phone, luis: Phone) -> None:
    leg = await (await centre.caller("7300008")).dial("5550203", **TRUNK)
    await leg.press("737")  # PERez
    await eventually(lambda: leg.ear.loud_s > 6, 30)
    await leg.press("1")
    answered = await luis.rings(20)
    await answered.answer()
    await hear_each_other(leg, CALLER, answered, VOICES["2002"])
    await leg.hang_up()
    await centre.tells("7300008", "DIRECTORY", "EXTENSION 2002")


async def test_a_message_that_was_left_arrives_as_a_mail(
    centre: Centre, ana: Phone, luis: Phone, migrated_sqlite: Path, tmp_path: Path
) -> None:
    shutil.copy(migrated_sqlite, tmp_path / "mail.db")
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'mail.db'}")
    async with a_mail_server() as server:
        async with database.transaction() as tx:
            await replace_site(tx, only_mailbox(phone_site(server.port)), by="test", summary="test")
        leg = await luis.dial("2001")
        await (await ana.rings()).call.reject()
        await leg.established()
        await leg.press("#")  # no need to hear the greeting
        drafts = Path(centre.node.facts.spool, "voicemail/default/2001/tmp")
        await eventually(lambda: any(path.stat().st_size > 16000 * 3 for path in drafts.glob("*.wav")), 20)
        await leg.hang_up()
        mail = Mail(tmp_path / "mail", database)
        voicemail = VoicemailMail(Path(centre.node.facts.spool), database, mail)
        job = asyncio.create_task(mail.run())

        async def arrived() -> bool:
            await voicemail.look()
            return bool(server.mails)

        await eventually(arrived, 15)
        job.cancel()
    await database.close()
    (attached,) = server.mails[0].iter_attachments()
    (tmp_path / "message.wav").write_bytes(attached.get_content())
    assert server.mails[0]["To"] == "ana@example.com"
    assert listen(tmp_path / "message.wav").seconds_of(VOICES["2002"]) >= 1


def only_mailbox(site: Site) -> Site:
    """All that the mail needs."""
    return Site(mail=site.mail, extensions={"2001": site.extensions["2001"]})


async def test_the_echo_test_returns_the_own_voice(centre: Centre, ana: Phone) -> None:
    leg = await ana.dial("*43")
    await leg.hears(VOICES["2001"], 0.5)
    await leg.hang_up()


async def test_asterisk_tells_where_a_phone_is_and_of_what_kind(centre: Centre, ana: Phone) -> None:
    state = snapshot_state(
        [item for name in ("PJSIPShowEndpoints", "PJSIPShowContacts") for item in await centre.ami.list(name)],
        dt.datetime.now(dt.UTC),
        {},
    )
    row = state.phones["2001"].row()
    assert row["status"] == "registered"
    assert row["where"].startswith("127.0.0.1:")
    assert "baresip" in row["user_agent"].lower()
    assert state.phones["2001"].is_known


async def test_what_the_owner_of_a_removed_phone_had_set_is_forgotten(centre: Centre) -> None:
    for phone in ("2001", "2999"):
        await centre.ami.action("DBPut", Family="forward", Key=phone, Val="2003")
        await centre.ami.action("DBPut", Family="do-not-disturb", Key=phone, Val="1")
    await forget_gone_phones(centre.ami, phone_site())
    for family in ("forward", "do-not-disturb"):
        assert "2001" in await stored(centre, family)
        assert "2999" not in await stored(centre, family)
        await centre.ami.action("DBDelTree", Family=family)


async def test_a_queue_plays_its_own_music(centre: Centre, luis: Phone) -> None:
    await centre.log_in("sales", "2002", "luis")
    await centre.ami.action("QueuePause", Interface="PJSIP/2002", Paused="true")
    leg = await (await centre.caller("7300009")).dial("5550205", **TRUNK)
    await leg.hears(MUSIC, 1)
    await leg.hang_up()
    await centre.log_out("sales", "2002")
