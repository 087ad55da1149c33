"""The other rooms of the API: agents at work, interactions and recordings, revisions, sounds, the document."""

import datetime as dt
import re
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from openapi_spec_validator import validate
from sqlalchemy import insert

from appliance.core.site import Site
from appliance.services.entities import replace_site
from appliance.services.tokens import PREFIX
from appliance.services.users.attempts import Origin
from appliance.services.users.signing_in import sign_in
from appliance.store.configuration import insert_revision
from appliance.store.db import Database
from appliance.store.tables.calls import InteractionRow, RecordingRow, SegmentRow, StepRow
from appliance.store.tables.configuration import RevisionRow
from appliance.web.access import ACCESS
from appliance.web.session import COOKIE
from tests.app.api import Api, an_api
from tests.app.console import PASSWORD, a_user
from tests.app.test_prompts import a_wav
from tests.sites import a_site

AT = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)


@pytest.fixture
async def api(database: Database, tmp_path: Path) -> AsyncIterator[Api]:
    async with an_api(database, tmp_path, a_site()) as api:
        yield api


async def a_call(api: Api, at: dt.datetime = AT, **fields: object) -> str:
    guid = str(uuid.uuid4())
    values = {
        "guid": guid, "node": "local", "linked_id": "1.1", "direction": "inbound", "caller": "555123",
        "caller_name": "", "did": "5550100", "language": "en", "queue": "sales", "campaign": "", "agent": "ana",
        "outcome": "answered", "detail": "", "entered_at": at, "answered_at": at, "ended_at": at, "wait_s": 1.5,
        "talk_s": 2.0, "hangup_cause": 16, "hangup_by": "caller", "recording": "a/b.wav", **fields,
    }  # fmt: skip
    segment = {"guid": guid, "position": 0, "kind": "talking", "queue": "sales", "agent": "ana", "party": ""}
    recording = {"guid": guid, "node": "local", "path": "2026/a.wav", "state": "complete", "sha256": "0" * 64}
    async with api.database.transaction() as tx:
        await tx.execute(insert(InteractionRow).values(**values))
        await tx.execute(insert(SegmentRow).values(**segment, began_at=at, ended_at=at, result="answered"))
        await tx.execute(insert(StepRow).values(guid=guid, position=0, at=at, kind="menu", detail="main|1"))
        await tx.execute(insert(RecordingRow).values(**recording, size_bytes=10, length_s=1, completed_at=at))
    return guid


async def test_an_agent_is_logged_in_paused_and_out(api: Api) -> None:
    session = await api.json("POST", "/agents/ana/login", role="supervisor")
    assert (session["is_logged_in"], session["extension"], session["paused_reason"]) == (True, "1001", None)
    paused = await api.json("POST", "/agents/ana/pause", role="supervisor", json={"reason": "lunch"})
    assert paused["paused_reason"] == "lunch"
    assert (await api.json("POST", "/agents/ana/pause"))["paused_reason"] == "other"
    assert (await api.json("POST", "/agents/ana/unpause"))["paused_reason"] is None
    assert (await api.json("POST", "/agents/ana/logout"))["is_logged_in"] is False
    assert (await api.json("GET", "/agents/ana/session", role="auditor"))["is_logged_in"] is False
    assert api.membership.count == 5


async def test_a_reason_must_be_plain(api: Api) -> None:
    await api.json("POST", "/agents/ana/login")
    for reason in ["", "a\r\nb", "x" * 41, "${X}", "a,b", "a|b"]:
        assert (await api.json("POST", "/agents/ana/pause", json={"reason": reason}, status=422))["errors"]


async def test_nobody_is_not_found(api: Api) -> None:
    for action in ("login", "pause", "unpause"):
        assert (await api.ask("POST", f"/agents/nobody/{action}")).status == 404
    assert (await api.ask("POST", "/agents/ana/pause")).status == 404  # not logged in
    assert (await api.ask("GET", "/agents/nobody/session")).status == 404


async def test_interactions_are_listed_and_read(api: Api) -> None:
    old = await a_call(api, AT - dt.timedelta(days=1), queue="support", outcome="abandoned", agent="")
    new = await a_call(api)
    found = await api.json("GET", "/interactions?limit=1", role="auditor")
    assert ([item["guid"] for item in found["items"]], found["next"]) == ([new], 2)
    found = await api.json("GET", "/interactions?limit=1&page=2")
    assert ([item["guid"] for item in found["items"]], found["next"]) == ([old], None)
    for query in ("since=2026-03-01T00:00:00Z", "outcome=answered", "caller=5123&until=2026-03-02T00:00:00%2B01:00"):
        assert new in [item["guid"] for item in (await api.json("GET", f"/interactions?{query}"))["items"]]
    assert (await api.json("GET", "/interactions?outcome=abandoned"))["items"][0]["guid"] == old
    one = await api.json("GET", f"/interactions/{new}")
    assert one["interaction"]["entered_at"] == "2026-03-01T12:00:00Z"
    assert one["segments"][0]["kind"] == "talking"
    assert one["steps"][0]["detail"] == "main|1"
    assert "path" not in one["recording"]
    assert (await api.ask("GET", "/interactions/nothing")).status == 404


async def test_bad_filters_are_refused(api: Api) -> None:
    for query in [
        "since=yesterday",
        "since=2026-03-01T00:00:00",
        "until=9999-12-31T23:59:59-14:00",
        "outcome=x",
        "page=0",
        "limit=501",
    ]:
        assert (await api.json("GET", f"/interactions?{query}", status=422))["errors"]


async def test_a_recording_is_heard_in_parts(api: Api) -> None:
    guid = await a_call(api)
    assert (await api.ask("GET", f"/interactions/{guid}/recording")).status == 404  # the file is not there
    (api.recordings / "2026").mkdir(parents=True)
    (api.recordings / "2026" / "a.wav").write_bytes(b"0123456789")
    part = await api.ask("GET", f"/interactions/{guid}/recording", headers={"Range": "bytes=2-4"})
    assert (part.status, await part.read(), part.headers["Content-Range"]) == (206, b"234", "bytes 2-4/10")
    assert part.content_type == "audio/wav"


async def test_revisions_are_listed_read_and_put_back(api: Api) -> None:
    async with api.database.transaction() as tx:
        ids = [
            await insert_revision(
                tx,
                RevisionRow(
                    node="local", generation=number, at=AT, by="ana", summary="s", diff="--- a\n+++ b\n",
                    site=a_site().model_dump(mode="json"), is_applied=True, error="",
                ),
            )
            for number in (1, 2, 3)
        ]  # fmt: skip
        await replace_site(tx, Site(), by="test", summary="empty")
    page = await api.json("GET", "/revisions?limit=2", role="auditor")
    assert ([item["revision_id"] for item in page["items"]], page["next"]) == ([ids[2], ids[1]], ids[1])
    page = await api.json("GET", f"/revisions?limit=2&after={page['next']}")
    assert [item["revision_id"] for item in page["items"]] == [ids[0]]
    one = await api.json("GET", f"/revisions/{ids[0]}")
    assert one["diff"].startswith("--- a")
    assert "site" not in one
    restored = await api.json("POST", f"/revisions/{ids[0]}/restore")
    assert restored == {"added": sum(1 for _ in a_site().entities()), "changed": 0, "removed": 0}
    assert (await api.json("GET", "/queues/sales"))["name"] == "Sales"
    for bad in ("999", "x", "9" * 30, "%C2%B2"):
        assert (await api.ask("GET", f"/revisions/{bad}")).status == 404


async def test_a_sound_is_uploaded_used_and_heard(api: Api, tmp_path: Path) -> None:
    sha256 = (await api.json("POST", "/uploads?name=hi.wav", data=a_wav(tmp_path / "a.wav"), status=201))["sha256"]
    prompt = {"key": "hi", "name": "Hi", "audio": {"en": {"upload": sha256}}}
    await api.json("POST", "/prompts", json=prompt, status=201)
    heard = await api.ask("GET", "/prompts/hi/sound/en", role="auditor")
    assert (heard.status, heard.content_type, (await heard.read())[:4]) == (200, "audio/wav", b"RIFF")
    problem = await api.json("POST", "/uploads", data=b"nothing to hear", status=422)
    assert problem["errors"][0]["message"].endswith("Allowed are WAV, MP3, OGG (Vorbis).")
    assert (await api.ask("GET", "/prompts/hi/sound/fr")).status == 404
    prompt = {"key": "lost", "name": "Lost", "audio": {"en": {"upload": "f" * 64}}}
    problem = await api.json("POST", "/prompts", json=prompt, status=422)
    assert problem["errors"][0]["pointer"] == "#/audio/en/upload"
    assert problem["errors"][0]["message"] == "this file was never uploaded here"


async def test_the_document_is_valid_and_complete(api: Api) -> None:
    response = await api.ask("GET", "/openapi.json", role=None)
    document = await response.json()
    validate(document)
    declared = {(method.upper(), path) for path, item in document["paths"].items() for method in item}
    served = {
        (route.method, str(route.resource.canonical).removeprefix("/api/v1"))
        for route in api.client.app[ACCESS]
        if route.resource is not None and str(route.resource.canonical).startswith("/api/v1/")
    }
    assert declared == served - {("GET", "/openapi.json")}
    identifiers = [operation["operationId"] for item in document["paths"].values() for operation in item.values()]
    assert len(set(identifiers)) == len(identifiers)
    assert document["components"]["schemas"]["Extension"]["properties"]["secret"]["format"] == "password"


async def test_what_is_answered_is_what_is_documented(api: Api) -> None:
    """Every field of every documented answer is there, for one call of each kind of list and item."""
    await a_call(api)
    schemas = (await (await api.ask("GET", "/openapi.json", role=None)).json())["components"]["schemas"]
    for path, name in (("/status", "Status"), ("/queues/sales", "Queue"), ("/queues", "QueueList"),
                       ("/interactions", "InteractionList"), ("/agents/ana/session", "AgentSession")):  # fmt: skip
        answer = await api.json("GET", path)
        assert set(answer) == set(schemas[name]["properties"]), path
    item = (await api.json("GET", "/interactions"))["items"][0]
    assert set(item) == set(schemas["Interaction"]["properties"])


async def test_a_session_cookie_authorises_nothing(api: Api) -> None:
    async with api.database.transaction() as tx:
        tx.add(a_user("root", "administrator"))
    signed_in = await sign_in(api.database, "root", PASSWORD, Origin("127.0.0.1"))
    headers = {"Cookie": f"{COOKIE}={signed_in.token}", "X-CSRF-Token": signed_in.session.csrf_token}
    body = {"key": "x", "name": "X"}
    assert (await api.ask("POST", "/queues", role=None, headers=headers, json=body)).status == 401
    assert (await api.ask("GET", "/queues", role=None, headers=headers)).status == 401


async def test_a_token_opens_no_page(api: Api) -> None:
    headers = {"Authorization": f"Bearer {api.tokens['administrator']}", "Accept": "application/json"}
    response = await api.client.get("/queues", headers=headers, allow_redirects=False)
    assert response.status == 401


def test_a_token_is_long_and_recognisable(api: Api) -> None:
    assert all(re.fullmatch(PREFIX + r"[\w-]{43}", token) for token in api.tokens.values())
