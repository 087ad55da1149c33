"""The contacts of a list as its page asks for them: sorted, searched, and page by page."""

from dataclasses import replace

from appliance.store.db import Database
from appliance.store.lists.members import MemberFilter, load_members
from tests.dialing import NOON, add_contacts

WINTER = MemberFilter("winter", size=2)


async def numbers(database: Database, wanted: MemberFilter) -> tuple[list[str], int]:
    async with database.reading() as tx:
        members, found = await load_members(tx, wanted)
    return [each.number for each in members], found


async def test_a_search_counts_all_hits_and_gives_their_pages(database: Database) -> None:
    every = [f"+5198765430{n}" for n in range(5)]
    await add_contacts(database, [{"numbers": [number], "priority": 9 - n} for n, number in enumerate(every)])
    await add_contacts(database, [{"numbers": [every[0]], "list": "summer"}, {"numbers": ["+5111111111"]}])
    searched = replace(WINTER, search="98765430", sort="priority")
    assert await numbers(database, searched) == ([every[4], every[3]], 5)
    assert await numbers(database, replace(searched, page=3)) == ([every[0]], 5)
    assert await numbers(database, replace(searched, page=4)) == ([], 5), "counted beyond the last page too"
    assert await numbers(database, replace(searched, search="nobody")) == ([], 0)
    assert await numbers(database, replace(searched, search="somebody", state="done")) == ([], 0)


async def test_a_whole_number_is_found_with_or_without_its_plus(database: Database) -> None:
    await add_contacts(database, [{"numbers": ["+51987654300", "+51111111111"]}, {"numbers": ["+519876543001"]}])
    for search in ("+51987654300", "51987654300"):
        assert await numbers(database, replace(WINTER, search=search)) == (["+51987654300"], 1), search
    assert await numbers(database, replace(WINTER, search="+51111111111")) == (["+51987654300"], 1), "any of a card"
    assert (await numbers(database, replace(WINTER, search="9876543001")))[1] == 1, "as it is written at home"


async def test_who_was_never_called_comes_last_both_ways(database: Database) -> None:
    await add_contacts(database, [{"numbers": ["+511"]}, {"numbers": ["+512"], "last_at": NOON}])
    for descending in (False, True):
        asked = replace(WINTER, sort="last", descending=descending)
        assert await numbers(database, asked) == (["+512", "+511"], 2)
