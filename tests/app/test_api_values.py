"""Hostile values: the form, the API and YAML refuse them with the same sentence, or all keep them as they are."""

import html
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import yaml

from appliance.core.site import SECTIONS
from appliance.core.site_yaml import SiteFileError, parse_site, read_document
from appliance.services.users.attempts import Origin
from appliance.services.users.signing_in import sign_in
from appliance.store.db import Database
from appliance.web.session import COOKIE
from tests.app.api import Api, an_api
from tests.app.console import PASSWORD, a_user
from tests.sites import a_site

LINE = "must be one line without control characters"
DIALPLAN = "must not hold ';' or a dollar sign before a bracket, nor begin with '#' or '['"
LONG = "must have at most 80 characters"

# A name of a queue, and why it is refused; empty where it is good.
NAMES = [
    ("a\rb", LINE),
    ("a\r\nAction: Originate", LINE),
    ("a\x00b", LINE),
    ("a\x1b[31mb", LINE),
    ("a\x85b", LINE),
    ("a\u2028b", LINE),
    ("${SHELL(id)}", DIALPLAN),
    ("$[1+1]", DIALPLAN),
    ("a;b", DIALPLAN),
    ("#include x", DIALPLAN),
    ("[general]", DIALPLAN),
    ("x" * 81, LONG),
    ("x" * 100_000, LONG),
    ("", "must be given"),
    ("   ", "must be given"),
    ("'); DROP TABLE queues --".replace(";", ","), ""),
    ("\" onmouseover=alert(1) '", ""),
    ("<script>alert(1)</script>", ""),
    ("{{ 7*7 }} {% raw %} %s {0}", ""),
    ("\u202eمركز الاتصال", ""),
    ("📞 José Ñandú 你好", ""),
    ("e\u0301 ﬁ Ⅸ", ""),
    ("..\\..\\etc/passwd", ""),
    ("=cmd|' /C calc'!A0", ""),
]


@pytest.fixture
async def api(database: Database, tmp_path: Path) -> AsyncIterator[Api]:
    async with an_api(database, tmp_path, a_site()) as api:
        yield api


def by_yaml(name: str) -> str:
    """The sentence; empty where the value came through unchanged."""
    text = yaml.safe_dump({"queues": {"hostile": {"name": name}}}, allow_unicode=False, width=10**6)
    try:
        site = parse_site(read_document(text, "site.yml"))
    except SiteFileError as error:
        (problem,) = error.problems
        assert problem.path == ("queues", "hostile", "name")
        assert problem.line == 3
        return problem.text().rpartition("hostile.name: ")[2]
    assert site.queues["hostile"].name == name
    return ""


async def by_api(api: Api, name: str) -> str:
    response = await api.ask("POST", "/queues", json={"key": "hostile", "name": name})
    found = await response.json()
    if response.status == 422:
        (error,) = found["errors"]
        assert error["pointer"] == "#/name"
        message: str = error["message"]
        return message
    assert (response.status, found["name"]) == (201, name)
    assert (await api.json("GET", "/queues/hostile"))["name"] == name
    assert (await api.ask("DELETE", "/queues/hostile", version=1)).status == 204
    return ""


async def by_form(api: Api, name: str, headers: dict[str, str]) -> str:
    form = {"key": "hostile", "name": name, "strategy": "leastrecent"}
    response = await api.client.post("/queues/_new", data=form, headers=headers, allow_redirects=False)
    text = html.unescape(await response.text())
    if response.status == 422:
        return next((sentence for sentence in (LINE, DIALPLAN, LONG, "must be given") if sentence in text), text)
    assert response.status in (200, 204, 303), text
    assert (await api.json("GET", "/queues/hostile"))["name"] == name
    assert (await api.ask("DELETE", "/queues/hostile", version=1)).status == 204
    return ""


async def test_form_api_and_yaml_say_the_same(api: Api) -> None:
    async with api.database.transaction() as tx:
        tx.add(a_user("root", "administrator"))
    signed_in = await sign_in(api.database, "root", PASSWORD, Origin("127.0.0.1"))
    headers = {"Cookie": f"{COOKIE}={signed_in.token}", "X-CSRF-Token": signed_in.session.csrf_token}
    for name, expected in NAMES:
        assert by_yaml(name) == expected, repr(name)
        assert await by_api(api, name) == expected, repr(name)
        if len(name) < 1000 and "\r" not in name:  # browsers turn a lone CR in a form into CR LF
            assert await by_form(api, name, headers) == expected, repr(name)


async def test_hostile_keys_find_nothing(api: Api) -> None:
    for key in ("..%2F..%2Fetc", "%00", "a%0D%0AX: y", "' OR 1=1 --", "%F0%9F%93%9E", "x" * 3000, "%FF"):
        for method in ("GET", "DELETE"):
            assert (await api.ask(method, f"/queues/{key}", version=1)).status in (404, 400), key


STRANGE: list[Any] = [None, [], {}, [[]], {"a": 1}, -1, 10**30, 1e308, True, "\x00", "\ud800", "queue:\x00", "x" * 70]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # nothing of it gets into a database
async def test_no_value_of_any_field_breaks_it(api: Api) -> None:
    for section, entities in ((name, a_site().section(name)) for name in SECTIONS):
        values = next(iter(entities.values())).model_dump(mode="json")
        for field in values:
            for strange in STRANGE:
                body = json.dumps({**values, "key": values["key"], field: strange})
                response = await api.ask("PUT", f"/{section}/{quote(values['key'])}", version=999, data=body)
                # 412: it was good, but not of this version
                assert response.status in (412, 422), (section, field, strange, await response.text())
