"""Lists by the API: contacts that are added while it is called, imports, and numbers that are never called."""

from pathlib import Path
from typing import Any

import pytest

from appliance.core.lists.layout import Layout
from appliance.core.site import Site
from appliance.services.list_contacts import Outcome, add_contacts
from appliance.store.db import Database
from appliance.store.lists.imports import load_import
from tests.app.api import an_api
from tests.sites import a_site

LIST = next(iter(a_site().lists))


async def test_contacts_are_added_once(database: Database, tmp_path: Path) -> None:
    async with an_api(database, tmp_path, a_site()) as api:
        await api.json("POST", "/do-not-call", json={"entries": [{"number": "987000009"}, {"number": "+5118*"}]})
        sent = {
            "contacts": [
                {"numbers": [{"number": "987 654 321"}], "key": "A-1", "name": "Ana", "fields": {"Debt": "90"}},
                {"numbers": [{"number": "987654322"}], "key": "A-1"},
                {"numbers": [{"number": "12"}]},
                {"numbers": [{"number": "987000009"}]},
                {"numbers": [{"number": "987654323"}], "owner": "nobody"},
            ]
        }
        added = await api.json("POST", f"/lists/{LIST}/contacts", json=sent)
        states = [each["state"] for each in added["items"]]
        assert states == ["added", "double", "rejected", "never", "rejected"]
        assert added["items"][2]["reason"] == "12 is no number that a telephone can have"
        never = {"numbers": [{"number": "987000009"}], "key": "N-1"}
        both = await api.json("POST", f"/lists/{LIST}/contacts", json={"contacts": [never, never]})
        assert [each["reason"] for each in both["items"]] == [
            "its number is on the do-not-call list", "it was sent twice",
        ]  # fmt: skip
        again = await api.json("POST", f"/lists/{LIST}/contacts", json=sent)
        assert [each["state"] for each in again["items"]] == ["double", "double", "rejected", "never", "rejected"]
        assert again["items"][0]["contact_id"] == added["items"][0]["contact_id"]
        assert again["items"][1]["reason"] == f"its key is in the list {LIST} already"
        assert added["items"][1]["reason"] == "it was sent twice"
        listed = await api.json("GET", f"/lists/{LIST}/contacts?state=fresh")
        assert [(each["name"], each["number"]) for each in listed["items"]] == [("Ana", "+51987654321")]
        assert listed["states"] == {"fresh": 1}
        assert await api.json("GET", f"/lists/{LIST}/contacts?search=nobody") | {"states": {}} == {
            "items": [], "found": 0, "states": {}, "next": None,
        }  # fmt: skip
        await api.json("GET", "/lists/other/contacts", status=404)
        await api.json("POST", "/lists/other/contacts", json=sent, status=404)
        await api.json("POST", f"/lists/{LIST}/contacts", json={"contacts": []}, status=422)


async def test_of_a_double_it_says_which_contact_it_is(database: Database, tmp_path: Path) -> None:
    site = a_site().model_dump(mode="json")
    site["lists"]["summer"] = {"key": "summer", "name": "Summer", "country": "PE", "once_by": "number"}
    site["lists"]["summer"]["once_in"] = "system"
    async with an_api(database, tmp_path, Site.model_validate(site)) as api:
        [first] = (await api.json("POST", f"/lists/{LIST}/contacts", json=sends("987654321")))["items"]
        card = await api.json(
            "POST", "/contacts", json={"name": "Bo", "numbers": [{"number": "987654322"}]}, status=201
        )
        found = await api.json("POST", "/lists/summer/contacts", json=sends("987654321", "987 654 322", "987654323"))
        there, lonely, new = found["items"]
        told = f"its number is in the list {LIST} already"
        assert there == {"state": "double", "contact_id": first["contact_id"], "list": LIST, "reason": told}
        assert (lonely["contact_id"], lonely["list"]) == (card["contact_id"], "")
        assert lonely["reason"] == "its number is on a card already"
        [again] = (await api.json("POST", "/lists/summer/contacts", json=sends("987654323")))["items"]
        assert (again["contact_id"], again["list"]) == (new["contact_id"], "summer")
        del site["lists"][LIST], site["dialers"]["sales"]  # as somebody sees the site for whom that list is not
        item = {"numbers": [{"kind": "mobile", "number": "987654321"}]}
        async with database.transaction() as tx:
            [unseen] = await add_contacts(tx, Site.model_validate(site), "summer", [item], by="test")
        assert unseen == Outcome("double", None, "it is in another list already")


def sends(*numbers: str) -> dict[str, Any]:
    return {"contacts": [{"numbers": [{"number": number}]} for number in numbers]}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_file_is_sent_and_stopped(database: Database, tmp_path: Path) -> None:
    async with an_api(database, tmp_path, a_site()) as api:
        path = f"/lists/{LIST}/imports"
        found = await api.json("POST", f"{path}?file_name=people.csv", data=b"phone,name\n987654321,Ana\n", status=201)
        assert (found["state"], found["file_name"], found["size_bytes"]) == ("waiting", "people.csv", 25)
        one = f"{path}/{found['import_id']}"
        assert (await api.json("GET", path))["items"][0]["import_id"] == found["import_id"]
        assert (await api.json("POST", f"{one}/cancel"))["state"] == "cancelled"
        await api.json("POST", f"{one}/cancel", status=409)
        await api.json("POST", path, data=b"PK\x03\x04", status=422)
        await api.json("POST", path, data=b"name,city\nAna,Lima\n", status=422)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_file_is_read_as_its_sender_says(database: Database, tmp_path: Path) -> None:
    async with an_api(database, tmp_path, a_site()) as api:
        path, content = f"/lists/{LIST}/imports", b"phone|name, as told\n5512345678|Zo\x89\n"
        found = await api.json("POST", f"{path}?encoding=cp850&separator=bar&country=MX", data=content, status=201)
        async with database.reading() as tx:
            stored = await load_import(tx, found["import_id"])
        assert stored is not None
        layout = Layout.model_validate(stored.options["layout"])
        assert (layout.encoding, layout.separator, layout.country) == ("cp850", "|", "MX")
        assert [each.use for each in layout.columns] == ["mobile", "field"]
        await api.json("POST", f"{path}?separator=dot", data=content, status=422)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_field_is_named_as_a_card_may_have_it(database: Database, tmp_path: Path) -> None:
    async with an_api(database, tmp_path, a_site()) as api:
        path = f"/lists/{next(iter(a_site().lists))}/contacts"
        contact = {"numbers": [{"number": "987654321"}], "fields": {"a\nb\0": "1"}}
        assert (await api.json("POST", path, json={"contacts": [contact]}))["added"] == 1
        assert (await api.json("GET", path))["items"][0]["fields"] == {"a b": "1"}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_numbers_never_called(database: Database, tmp_path: Path) -> None:
    async with an_api(database, tmp_path, a_site()) as api:
        entry = {"number": "987654321", "reason": "asked", "expires": "2100-01-31"}
        assert await api.json("POST", "/do-not-call", json={"entries": [entry]}) == {"stored": 1}
        wrong = {"entries": [{"number": "987654322"}, {"number": "12"}]}
        refused = await api.json("POST", "/do-not-call", json=wrong, status=422)
        assert [each["path"] for each in refused["errors"]] == [["body", "entries", 1, "number"]]
        listed = await api.json("GET", "/do-not-call?search=98765")
        assert [each["number"] for each in listed["items"]] == ["+51987654321"]
        assert (await api.ask("DELETE", f"/do-not-call/{listed['items'][0]['do_not_call_id']}")).status == 204
        assert (await api.json("GET", "/do-not-call"))["items"] == []
