"""Menus as they are being edited: what a trial call may hear, and what an administrator is told."""

import re

from appliance.core.entities.steps import Announcement
from appliance.core.menu_advice import advise, menus_below
from appliance.core.preview import make_preview, render_preview
from appliance.core.render import DIALPLAN, render
from appliance.core.site import Site
from tests.golden.files import ENVIRONMENT, NODE
from tests.sites import a_menu, a_site

TOKEN = "p0123456789"


def the_site() -> Site:
    hours = Announcement(key="hours", name="Hours", prompt="closed", destination="menu:main")
    options = [
        ("1", "queue:sales"),
        ("2", "menu:more"),
        ("3", "announcement:hours"),
        ("4", "external:0051999888777"),
        ("5", "lookup:level"),
        ("0", "operator"),
        ("*", "directory"),
    ]
    main = a_menu("main", *options, operator="extension:1002", direct_dial=True)
    return a_site().replaced("menus", "main", main).replaced("announcements", "hours", hours)


def dialplan() -> str:
    preview = make_preview(the_site(), "main", TOKEN)
    sounds = dict.fromkeys(preview.told, "/data/prompts/.cache/told")
    return render_preview(preview, NODE, ENVIRONMENT, sounds=sounds, language="en")


def test_a_preview_tells_what_it_does_not_call() -> None:
    told = set(make_preview(the_site(), "main", TOKEN).told)
    assert {"queue:sales", "external:0051999888777", "lookup:level", "extension:1002", "directory"} <= told
    assert not {each for each in told if each.startswith(("menu", "announcement"))}


def test_a_preview_leaves_itself_for_nothing_but_routines() -> None:
    text = dialplan()
    contexts = set(re.findall(r"^\[([^\]]+)\]", text, re.MULTILINE))
    assert all(TOKEN in context for context in contexts)
    routines = {"round", "menu_level", "check-luhn", "check-mod11", "survey_question", "schedule-office"}
    named = {context for context in re.findall(r"(?:Goto|Gosub)\(([a-z][\w$\{\}-]*),", text) if context != "s"}
    assert {context for context in named if TOKEN not in context} <= {*routines, "menu-${MENU${LEVEL}}"}
    assert not re.search(r"Dial\(|Queue\(|AGI\(|CELGenUserEvent|include|direct-dial|VoiceMail", text)


def test_nothing_applied_leads_to_a_preview() -> None:
    assert TOKEN not in render(the_site(), NODE, ENVIRONMENT)[DIALPLAN]


def test_advice_is_about_this_menu_and_those_below() -> None:
    below = a_menu("more", ("9", "back"))
    site = the_site().replaced("menus", "more", below)
    assert menus_below(site, "main") == ["main", "more"]
    assert [each.text() for each in advise(site, "main")] == ["no key of this menu leads on: callers cannot leave it"]
    alone = site.replaced("menus", "alone", a_menu("alone", ("1", "queue:support"), ("0", "operator"), ("9", "back")))
    assert [each.text() for each in advise(alone, "alone")] == [
        "nothing leads to this menu yet",
        "key 1 leads to a queue in which nobody works",
        "key 0 leads to the operator, but this menu has none: the call ends",
        "key 9 leads back, but no menu lies before this one: it begins again",
    ]
