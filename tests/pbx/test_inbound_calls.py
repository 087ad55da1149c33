"""Real calls from a trunk before any queue: hours, blacklist, unknown numbers, menus, direct destinations."""

import pytest

from tests.pbx.call_site import CALLER, LUIS, PROMPTS, TRUNK
from tests.pbx.centre import Centre
from tests.pbx.phones import Phone, refusal
from tests.waiting import eventually


async def test_closed(centre: Centre) -> None:
    leg = await (await centre.caller("7100001")).dial("5550101", **TRUNK)
    await leg.hears(PROMPTS["closed"])
    await leg.over()
    await centre.tells("7100001", "INTERACTION", "SCHEDULE never|closed", "PROMPT closed")


async def test_a_holiday_has_its_own_prompt_in_the_time_zone_of_the_schedule(centre: Centre) -> None:
    leg = await (await centre.caller("7100002")).dial("5550102", **TRUNK)
    await leg.hears(PROMPTS["holiday"])
    await leg.over()
    await centre.tells("7100002", "SCHEDULE holiday|holiday", "PROMPT holiday")


async def test_a_campaign_out_of_hours(centre: Centre) -> None:
    leg = await (await centre.caller("7100003")).dial("5550110", **TRUNK)
    await leg.hears(PROMPTS["closed"])
    await leg.over()
    await centre.tells("7100003", "CAMPAIGN late", "SCHEDULE never|closed", "PROMPT closed")


async def test_a_blocked_number_is_rejected_before_anything_is_heard(centre: Centre) -> None:
    leg = await (await centre.caller("7000666")).dial("5550100", **TRUNK)
    assert "403" in await refusal(leg)
    assert (await centre.tells("7000666", "BLACKLISTED"))[1:] == ["BLACKLISTED +7000666"]


async def test_all_numbers_with_a_blocked_beginning_are_rejected(centre: Centre) -> None:
    leg = await (await centre.caller("+7912345")).dial("5550100", **TRUNK)
    assert "403" in await refusal(leg)
    await centre.tells("+7912345", "BLACKLISTED 79*")


async def test_an_unknown_number_is_announced_and_refused(centre: Centre) -> None:
    leg = await (await centre.caller("7100004")).dial("5559999", **TRUNK)
    assert "404" in await refusal(leg)
    assert leg.ear.loud_s > 1
    assert (await centre.tells("7100004", "UNKNOWN_DID"))[-1] == "UNKNOWN_DID 5559999"


@pytest.mark.parametrize("user", ["7100005", "trunk-main", "1001"])
async def test_who_has_neither_password_nor_trunk_gets_nowhere(centre: Centre, user: str) -> None:
    leg = await (await centre.caller(user)).dial("5550100")
    assert "401" in await refusal(leg)


async def test_a_number_with_a_plus_in_another_language(centre: Centre) -> None:
    leg = await (await centre.caller("7100006")).dial("+5550115", **TRUNK)
    await leg.hears(PROMPTS["bienvenida"])
    await leg.over()
    assert (await centre.tells("7100006", "INTERACTION", "PROMPT"))[0].endswith("|inbound|+5550115|es")


async def test_four_levels_and_the_way_back(centre: Centre) -> None:
    leg = await (await centre.caller("7100007")).dial("5550100", **TRUNK)
    for prompt, digit in [("menu", "2"), ("menu-2", "3"), ("menu-3", "4"), ("menu-4", "9")]:
        await leg.hears(PROMPTS[prompt])
        await leg.press(digit)
    for prompt, digit in [("menu-3", "9"), ("menu-2", "9")]:
        await leg.hears(PROMPTS[prompt], 0.8)
        await leg.press(digit)
    await leg.hears(PROMPTS["menu"], 0.8)
    await leg.press("#")
    await leg.hears(PROMPTS["goodbye"])
    await leg.over()
    assert [event for event in centre.story("7100007") if event.startswith(("MENU", "KEY"))] == [
        "MENU main|1",
        "KEY main|2|menu:two",
        "MENU two|2",
        "KEY two|3|menu:three",
        "MENU three|3",
        "KEY three|4|menu:four",
        "MENU four|4",
        "KEY four|9|back",
        "MENU three|3",
        "KEY three|9|back",
        "MENU two|2",
        "KEY two|9|back",
        "MENU main|1",
        "KEY main|#|prompt:goodbye",
    ]


async def test_back_leads_to_the_parent_that_the_caller_came_from(centre: Centre) -> None:
    leg = await (await centre.caller("7100008")).dial("5550104", **TRUNK)
    await leg.press("9")  # the first menu has nothing behind it: it begins again
    await centre.tells("7100008", "MENU other|1", "KEY other|9|back", "MENU other|1")
    await leg.press("2")
    await centre.tells("7100008", "MENU two|2")
    await leg.press("9")
    await centre.tells("7100008", "KEY two|9|back", "MENU other|1")
    await leg.hang_up()


async def test_repeat_plays_the_menu_again(centre: Centre) -> None:
    leg = await (await centre.caller("7100009")).dial("5550100", **TRUNK)
    await leg.hears(PROMPTS["menu"], 0.5)
    await leg.press("*")
    await leg.hears(PROMPTS["menu"], 0.9)
    await leg.hang_up()
    assert (await centre.tells("7100009", "KEY main|*|repeat")).count("MENU main|1") == 1


async def test_no_key_twice(centre: Centre) -> None:
    leg = await (await centre.caller("7100010")).dial("5550103", **TRUNK)
    await leg.hears(PROMPTS["too-late"])
    await leg.hears(PROMPTS["goodbye"])
    await leg.over()
    await centre.tells("7100010", "MENU strict|1", "KEY strict|t|repeat", "KEY strict|t|prompt:goodbye", "PROMPT")


async def test_a_wrong_key_twice(centre: Centre) -> None:
    leg = await (await centre.caller("7100011")).dial("5550103", **TRUNK)
    await leg.hears(PROMPTS["menu"])
    await leg.press("7")
    await leg.hears(PROMPTS["wrong"])
    await leg.hears(PROMPTS["menu"], 0.8)
    await leg.press("#")
    await leg.hears(PROMPTS["closed"])
    await leg.over()
    await centre.tells("7100011", "KEY strict|i|7", "KEY strict|i|#", "PROMPT closed")


async def test_the_operator_answers(centre: Centre, luis: Phone) -> None:
    leg = await (await centre.caller("7100012")).dial("5550100", **TRUNK)
    await leg.hears(PROMPTS["menu"])
    await leg.press("0")
    answered = await luis.rings()
    await answered.answer()
    await leg.hears(LUIS, 0.6)
    await answered.hears(CALLER, 0.6)
    await leg.hang_up()
    await answered.over()
    await centre.tells("7100012", "KEY main|0|operator", "EXTENSION 1002", "AGENT_RING luis|")


async def test_an_agent_as_destination_follows_the_phone_where_the_agent_sits(centre: Centre, luis: Phone) -> None:
    await centre.ami.action("DBPut", Family="phone", Key="1002", Val="zoe")
    leg = await (await centre.caller("7100013")).dial("5550108", **TRUNK)
    await (await luis.rings()).hang_up()
    assert "4" in await refusal(leg)
    await centre.ami.action("DBDel", Family="phone", Key="1002")
    assert (await centre.tells("7100013", "EXTENSION 1002", "AGENT_RING"))[-1] == "AGENT_RING zoe|"


async def test_a_phone_that_is_not_there_has_voicemail(centre: Centre, ana: Phone) -> None:
    leg = await (await centre.caller("7100014")).dial("5550114", **TRUNK)
    await (await ana.rings()).call.reject()
    await leg.established()
    await leg.hang_up()
    assert (await centre.tells("7100014", "EXTENSION 1001", "AGENT_RING ana|", "VOICEMAIL"))[-1].startswith(
        "VOICEMAIL 1001|"
    )


async def test_phones_call_each_other(centre: Centre, ana: Phone, luis: Phone) -> None:
    leg = await ana.dial("1002")
    answered = await luis.rings()
    await answered.answer()
    await leg.hears(LUIS, 0.5)
    await answered.hang_up()
    await leg.over()


async def test_phones_reach_nothing_but_internal_numbers(centre: Centre, ana: Phone) -> None:
    for number in ("5550100", "0051999888777", "s"):
        assert "404" in await refusal(await ana.dial(number))


async def test_the_voicemail_code_is_for_phones_that_have_a_mailbox(centre: Centre, ana: Phone, luis: Phone) -> None:
    asked = await ana.dial("*97")
    await asked.established()
    leg = await luis.dial("*97")
    await leg.over()
    await asked.press("4711#")
    await eventually(lambda: asked.ear.loud_s > 2)  # "You have ..."
    await asked.hang_up()
    assert leg.ear.loud_s > 0.5
