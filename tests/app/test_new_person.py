"""One form makes phone, agent, queue places and user: all of it, or nothing."""

import pytest

from appliance.core.new_person import free_key
from appliance.core.site import Site
from appliance.services.users.accounts import UserFilter, list_users
from appliance.store.site import load_site
from tests.app.console import Browser, Console
from tests.sites import a_site

NORA = {"name": "Nora Díaz", "number": "1003", "is_agent": "on", "queues": "sales", "shift": "office"}
NORA |= {"is_user": "on", "login": "nora", "role": "agent"}


async def stored(console: Console) -> tuple[Site, list[str]]:
    async with console.database.reading() as tx:
        return await load_site(tx), [user.login for user in (await list_users(tx, UserFilter())).users]


async def test_all_of_it_in_one_step(console: Console, admin: Browser) -> None:
    assert 'value="1003"' in await admin.get("/people/new")
    answer = await admin.post("/people/new", NORA)
    text = await answer.text()
    assert answer.status == 200
    assert "Password for one use" in text
    site, users = await stored(console)
    phone = site.extensions["1003"]
    assert (phone.name, phone.voicemail, len(phone.secret), len(phone.voicemail_pin)) == ("Nora Díaz", True, 20, 6)
    assert (site.agents["nora-diaz"].extension, site.agents["nora-diaz"].shift) == ("1003", "office")
    assert [member.agent for member in site.queues["sales"].members][-1] == "nora-diaz"
    assert "nora" in users
    assert phone.secret not in text
    assert console.applier.count > 0


async def test_a_phone_alone(console: Console, admin: Browser) -> None:
    await admin.get("/people/new")
    assert (await admin.post("/people/new", {"name": "Door", "number": "1003", "role": "agent"})).status == 200
    site, users = await stored(console)
    assert "1003" in site.extensions
    assert len(site.agents) == len(a_site().agents)
    assert "nora" not in users


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"number": "1001"}, "&#39;1001&#39; exists already"),
        ({"number": "12x"}, "must be 2 to 6 digits"),
        ({"name": ""}, "must be given"),
        ({"name": "a\nb;"}, "must be one line"),
        ({"login": "administrator"}, "&#39;administrator&#39; exists already"),
        ({"login": "No Ra"}, "may have small letters"),
        ({"queues": "nowhere"}, "is no queue"),
        ({"shift": "never"}, "&#39;never&#39;"),
        ({"role": "emperor"}, "must be one of"),
    ],
)
async def test_what_is_wrong_stands_at_its_field_and_nothing_is_stored(
    console: Console, admin: Browser, change: dict[str, str], words: str
) -> None:
    before = await stored(console)
    await admin.get("/people/new")
    answer = await admin.post("/people/new", NORA | change)
    text = await answer.text()
    assert answer.status == 422
    assert words in text
    assert f'id="{next(iter(change))}-error"' in text
    assert await stored(console) == before


async def test_only_administrators(console: Console) -> None:
    supervisor = await console.signed_in("supervisor")
    assert (await supervisor.client.get("/people/new")).status == 403


def test_two_of_the_same_name_have_two_keys() -> None:
    site = a_site()
    agent = next(iter(site.agents.values()))
    assert free_key("李", site) == "agent"
    assert free_key("Ana", site.replaced("agents", "ana", agent.model_copy(update={"key": "ana"}))) == "ana-2"
