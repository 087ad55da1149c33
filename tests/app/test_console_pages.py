"""The pages that have something of their own: overview, agents, menus, routes, interactions, recordings, revisions."""

import datetime as dt
import re
from random import Random

import pytest
from sqlalchemy import select

from appliance.core.entities.schedules import DAYS, Hours, Schedule
from appliance.core.journal.cel import CelReading
from appliance.core.site import SECTIONS
from appliance.services.entities import replace_site
from appliance.store.calls import save_calls
from appliance.store.configuration import NodeStatus, insert_revision, save_status
from appliance.store.figures import load_figures
from appliance.store.sessions import load_session
from appliance.store.site import load_site
from appliance.store.tables.configuration import AuditRow, RevisionRow
from appliance.web.console.singles import SECTIONS as SINGLE_SECTIONS
from appliance.web.navigation import section_path
from tests.app.console import Browser, Console
from tests.demo_data import a_call, a_centre, a_large_centre, fill
from tests.sites import a_site

DIFF = "--- queues.conf\n+++ queues.conf\n@@ -1,2 +1,2 @@\n [sales]\n-strategy=ringall\n+strategy=<random>"


def rows(page: str) -> int:
    return len(re.findall(r'class="row-link" href="/interactions/', page))


async def test_the_overview_counts_the_day(console: Console) -> None:
    at = dt.datetime.now(dt.UTC)
    async with console.database.transaction() as tx:
        calls = [a_call(n, at, Random(n)) for n in range(1, 41)]
        await save_calls(tx, "local", CelReading(finished=calls))
        figures = await load_figures(tx, at - dt.timedelta(hours=1), {"sales": 20, "support": 3000, "billing": 1})
        nothing = await load_figures(tx, at + dt.timedelta(hours=1), {})
    facts = [call.interaction for call in calls]
    answered = [fact for fact in facts if fact.outcome == "answered"]
    levels = {"sales": 20, "support": 3000, "billing": 1}
    assert (figures.calls, figures.offered, figures.answered) == (40, 40, len(answered))
    assert figures.abandoned == sum(fact.outcome == "abandoned" for fact in facts)
    assert figures.in_time == sum(fact.wait_s <= levels[fact.queue] for fact in answered)
    assert figures.average_wait_s == pytest.approx(sum(fact.wait_s for fact in answered) / len(answered))
    assert (nothing.calls, nothing.answer_rate, nothing.average_talk_s) == (0, None, None)


async def test_a_new_house_offers_the_first_step(console: Console, admin: Browser) -> None:
    async with console.database.transaction() as tx:
        await replace_site(tx, a_site().model_validate({}), by="test", summary="empty")
    assert "Make the first extension" in await admin.get("/")
    assert "No interaction yet" in await admin.get("/interactions")
    assert "No revision yet" in await admin.get("/revisions")
    for section in SECTIONS:
        page = await admin.get(section_path(section))
        if section in SINGLE_SECTIONS:
            assert f'action="{section_path(section)}/_new"' in page
        else:
            assert "Make the first one" in page
            assert f'href="{section_path(section)}/_new"' in page


async def test_an_agent_is_logged_in_paused_and_logged_out(console: Console) -> None:
    supervisor = await console.signed_in("supervisor")
    assert 'data-agent="ana" data-phase="out"' in await supervisor.get("/agents")
    for action, values, phase in [
        ("log-in", {}, "in"),
        ("pause", {"reason": "lunch"}, "paused"),
        ("unpause", {}, "in"),
        ("log-out", {}, "out"),
    ]:
        response = await supervisor.post(f"/agents/ana/{action}", values, headers={"HX-Request": "true"})
        assert response.status == 200
        row = await response.text()
        assert f'data-phase="{phase}"' in row
        assert "<html" not in row
    assert console.membership.count == 4
    async with console.database.reading() as tx:
        assert await load_session(tx, "ana") is None
        entries = list((await tx.execute(select(AuditRow.action).where(AuditRow.by == "supervisor"))).scalars())
    assert sorted(entries) == ["log in", "log out", "pause lunch", "unpause"]
    assert (await supervisor.post("/agents/ana/log-in")).headers["Location"] == "/agents"
    assert (await supervisor.post("/agents/nobody/log-in")).status == 404
    assert (await supervisor.post("/agents/luis/pause", {"reason": "<made up>"})).status == 404


async def test_menus_stand_as_a_tree_of_all_levels(console: Console, admin: Browser) -> None:
    async with console.database.transaction() as tx:
        await replace_site(tx, a_centre(), by="test", summary="demo")
    page = await admin.get("/menus")
    assert [int(level) for level in re.findall(r"menu-node level-(\d)", page)] == [1, 2, 3, 4]
    assert "The light is red" in page
    assert "+5116124400" in page


async def test_inbound_routes_say_whether_they_are_open(console: Console, admin: Browser) -> None:
    page = await admin.get("/inbound-routes")
    assert "state-good" in page
    assert ">Open<" in page


async def test_schedules_tell_their_hours_and_whether_they_are_open(console: Console, admin: Browser) -> None:
    hours = [
        Hours(days=list(DAYS[:5]), start="09:00", end="18:00"),
        Hours(days=["sat", "sun"], start="10:00", end="14:00"),
    ]
    site = a_site()
    site.schedules["shop"] = Schedule(key="shop", name="Shop", hours=hours)
    site.schedules["never"] = Schedule(key="never", name="Never")
    async with console.database.transaction() as tx:
        await replace_site(tx, site, by="test", summary="schedules")
    page = await admin.get("/schedules")
    assert "Mon–Fri 09:00–18:00" in page
    assert "Sat, Sun 10:00–14:00" in page
    assert "Always closed" in page
    assert ">Closed<" in page


async def test_an_advanced_group_tells_its_defaults_in_words(admin: Browser) -> None:
    assert "Hang up" in re.findall(r'class="defaults">(.*?)</span>', await admin.get("/queues/_new"))[1]


async def test_interactions_are_found_by_what_people_know(console: Console, admin: Browser) -> None:
    async with console.database.transaction() as tx:
        await fill(tx, console.recordings, until=dt.datetime.now(dt.UTC), calls=120)
    assert rows(await admin.get("/interactions")) == 50
    assert rows(await admin.get("/interactions?page=3")) == 20
    for query in ("queue=billing", "agent=ana-lopez", "caller=99988", "outcome=abandoned"):
        page = await admin.get(f"/interactions?{query}")
        assert 0 < rows(page) < 50, query
        assert 'href="/interactions">Clear</a>' in page
    assert "Nothing matches" in await admin.get("/interactions?until=2001-01-01")
    assert rows(await admin.get("/interactions?since=2001-01-01&page=x&outcome=<b>&until=soon")) == 50


@pytest.mark.parametrize(
    "path",
    [
        "/interactions?until=9999-12-31",
        "/interactions?since=0001-01-01",
        "/interactions?page={many}",
        "/revisions?page={many}",
        "/menus?from={many}",
        "/trunks?page={many}",
    ],
)
async def test_no_number_or_day_in_an_address_breaks_a_page(admin: Browser, path: str) -> None:
    for many in ("9" * 30, "9" * 5000):
        assert await admin.get(path.format(many=many))  # fails for any other answer than 200


async def test_an_interaction_tells_its_story(console: Console, admin: Browser) -> None:
    async with console.database.transaction() as tx:
        guid = await fill(tx, console.recordings, until=dt.datetime.now(dt.UTC), calls=3)
    page = await admin.get(f"/interactions/{guid}")
    assert len(re.findall(r'<rect class="bar bar-', page)) == 4
    for words in ("Opening hours Office hours: open", "Rings at agent ", "The caller hung up"):
        assert words in page, words
    assert f'src="/interactions/{guid}/recording"' in page
    assert (await admin.client.get("/interactions/no-such-guid")).status == 404


async def test_a_recording_is_played_in_ranges_and_only_from_its_folder(console: Console, admin: Browser) -> None:
    async with console.database.transaction() as tx:
        guid = await fill(tx, console.recordings, until=dt.datetime.now(dt.UTC), calls=3)
    path = f"/interactions/{guid}/recording"
    whole = await admin.client.get(path)
    content = await whole.read()
    assert (whole.status, whole.headers["Content-Type"], content[:4]) == (200, "audio/wav", b"RIFF")
    part = await admin.client.get(path, headers={"Range": "bytes=100-199"})
    assert (part.status, await part.read()) == (206, content[100:200])
    assert "attachment" in (await admin.client.get(f"{path}?download")).headers["Content-Disposition"]
    outside = console.recordings.parent / "outside.wav"
    outside.write_bytes(content)
    link = console.recordings / "2030/01/02/demo.wav"
    link.unlink()
    link.symlink_to(outside)
    assert (await admin.client.get(path)).status == 404
    link.unlink()
    assert (await admin.client.get(path)).status == 404


async def a_revision(console: Console, number: int, *, error: str = "") -> int:
    async with console.database.transaction() as tx:
        site = (await load_site(tx)).model_dump(mode="json")
        row = RevisionRow(
            node="local", generation=number, at=dt.datetime.now(dt.UTC), by="carla", summary="change queues sales",
            site=site, diff=DIFF, is_applied=not error, error=error,
        )  # fmt: skip
        revision_id = await insert_revision(tx, row)
        await save_status(tx, "local", NodeStatus(number, number, number, error))
    return revision_id


async def test_a_revision_shows_its_difference_and_can_be_put_back(console: Console, admin: Browser) -> None:
    first = await a_revision(console, 1)
    await admin.get("/queues/sales")
    await admin.post("/agents/ana", {"version": "1", "name": "Somebody else", "extension": "1001"})
    await a_revision(console, 2)
    page = await admin.get(f"/revisions/{first}")
    assert '<span class="line added">+strategy=&lt;random&gt;</span>' in page
    assert '<span class="line removed">-strategy=ringall</span>' in page
    assert "carla" in page
    assert (await admin.client.get(f"/revisions/{first}/diff")).headers["Content-Disposition"].startswith("attachment")
    assert "is replaced by what it was then" in await admin.get(f"/revisions/{first}/restore")
    pokes = console.applier.count
    assert (await admin.post(f"/revisions/{first}/restore")).headers["Location"] == f"/revisions?restored={first}"
    assert f"Revision {first} is put back" in await admin.get(f"/revisions?restored={first}")
    assert "is put back" not in await admin.get("/revisions?restored=x")
    assert console.applier.count == pokes + 1
    async with console.database.reading() as tx:
        assert await load_site(tx) == a_site()
    for path in ("/revisions/999", "/revisions/999/restore"):
        assert (await admin.client.get(path)).status == 404
    assert (await admin.post("/revisions/999/restore")).status == 404


async def test_a_failed_revision_shows_asterisks_own_words(console: Console, admin: Browser) -> None:
    words = "queues.conf line 3: no such strategy <loudest>"
    async with console.database.reading() as tx:
        wanted = (await tx.execute(select(AuditRow.generation).order_by(AuditRow.generation.desc()))).scalars().first()
    failed = await a_revision(console, wanted or 1, error=words)
    for path in ("/revisions", f"/revisions/{failed}"):
        page = await admin.get(path)
        assert words.replace("<", "&lt;").replace(">", "&gt;") in page
        assert 'data-config="failed"' in page
    assert f"/revisions/{failed}/restore" not in await admin.get(f"/revisions/{failed}")


async def test_an_agent_sees_the_own_calls_of_today(console: Console) -> None:
    now = dt.datetime.now(dt.UTC)
    calls = [a_call(n, now, Random(n)) for n in range(1, 4)]
    mine = calls[0].interaction._replace(agent="ana", outcome="answered", caller="5550001")
    others = calls[1].interaction._replace(agent="luis", caller="5550002")
    async with console.database.transaction() as tx:
        facts = [calls[0]._replace(interaction=mine, segments=[]), calls[1]._replace(interaction=others, segments=[])]
        await save_calls(tx, "local", CelReading(finished=facts))
    page = await (await console.signed_in("agent")).get("/me")
    assert "5550001" in page
    assert "5550002" not in page


async def test_no_page_is_larger_than_100_kb_in_a_large_site(console: Console, admin: Browser) -> None:
    site, now = a_large_centre(), dt.datetime.now(dt.UTC)
    async with console.database.transaction() as tx:
        await replace_site(tx, site, by="test", summary="large")
        await save_calls(tx, "local", CelReading(finished=[a_call(n, now, Random(n)) for n in range(1, 61)]))
    paths = ["/", "/interactions", "/revisions"]
    for section in SECTIONS:
        paths += [section_path(section), f"{section_path(section)}/_new"]
        paths += [f"{section_path(section)}/{key}" for key in list(site.section(section))[:1]]
    sizes = {path: len((await admin.get(path)).encode()) for path in paths}
    assert {path: size for path, size in sizes.items() if size > 100_000} == {}
