"""A site as YAML: out and in again it is the same; what is wrong is refused with its line and what is allowed."""

import itertools
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appliance.core.entities.fields import destination_words
from appliance.core.entities.prompts import Audio, Prompt
from appliance.core.site import SECTIONS, Site
from appliance.core.site_yaml import SiteFileError, parse_site, read_document, render_site, sound_files
from tests.site_strategy import sites
from tests.sites import a_site

SECTION_NAMES = ", ".join(SECTIONS)
KINDS = ", ".join(destination_words())
DEMO = Path(__file__).parents[2] / "appliance" / "demo" / "site.yml"


def parsed(text: str) -> Site:
    return parse_site(read_document(text, "site.yml"))


def refused(text: str) -> list[str]:
    with pytest.raises(SiteFileError) as error:
        parsed(text)
    return [problem.text() for problem in error.value.problems]


def test_a_site_comes_back_the_same() -> None:
    assert parsed(render_site(a_site())) == a_site()


def test_an_empty_site_comes_back_the_same() -> None:
    assert parsed(render_site(Site())) == Site()


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(site=sites())
def test_every_site_comes_back_the_same(site: Site) -> None:
    text = render_site(site)
    assert parsed(text) == site
    assert render_site(parsed(text)) == text


@settings(max_examples=100, deadline=None)
@given(text=st.text(max_size=200))
def test_any_text_is_a_site_or_refused(text: str) -> None:
    with suppress(SiteFileError):
        parsed(text)


def test_the_site_of_the_demo_is_good() -> None:
    assert parsed(DEMO.read_text(encoding="utf-8")).inbound_routes


def test_it_reads_well() -> None:
    text = render_site(a_site())
    assert (
        """queues:
  sales:
    name: Sales
    members:
      - agent: ana
      - agent: luis
        penalty: 1
    timeout_destination: voicemail:1001
    empty_destination: prompt:closed
"""
        in text
    )
    assert "Ana López" in text
    assert "date: 2020-12-25" in text
    assert "- days: [mon, tue, wed, thu, fri, sat, sun]\n" in text


def test_secrets_can_be_left_out() -> None:
    text = render_site(a_site(), with_secrets=False)
    assert "secret" not in text
    assert "4711" not in text


def test_a_text_of_several_lines_stays_readable() -> None:
    prompt = Prompt(key="hi", name="Hi", audio={"en": Audio(text="Welcome.\nPress 1.")})
    text = render_site(Site(prompts={"hi": prompt}))
    assert "        text: |-\n          Welcome.\n          Press 1.\n" in text


def test_scalars_are_what_they_look_like() -> None:
    site = parsed(
        """
extensions:
  1001: {name: on, voicemail: yes, voicemail_pin: 0123}
  0700: {name: 1e3, ring_s: 30}
agents:
  no: {name: null x, extension: 1001}
schedules:
  y: {name: 2026-01-01, hours: [{days: [mon], start: 8:30, end: 12:30}], holidays: [{date: 2026-12-25, name: 1}]}
prompts:
  hi: {name: true, audio: {no: {text: 12}}}
inbound_routes:
  +5550100: {name: ~x, destination: extension:1001}
"""
    )
    assert site.extensions["1001"].name == "on"
    assert site.extensions["1001"].voicemail is True
    assert site.extensions["1001"].voicemail_pin == "0123"
    assert site.extensions["0700"].ring_s == 30
    assert site.agents["no"].extension == "1001"
    assert (site.schedules["y"].hours[0].start, site.schedules["y"].hours[0].end) == ("08:30", "12:30")
    assert site.schedules["y"].holidays[0].date.isoformat() == "2026-12-25"
    assert site.prompts["hi"].audio["no"].text == "12"
    assert "+5550100" in site.inbound_routes


def test_nothing_behind_a_colon_is_as_if_left_out() -> None:
    site = parsed("menus:\nqueues:\n  sales:\n    name: Sales\n    members:\n")
    assert site.queues["sales"].members == []
    assert site.menus == {}


QUEUE = "queues:\n  sales:\n    name: Sales\n"
PROMPT = "prompts:\n  p: {name: P, audio: {en: {text: Hi}}}\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [f"site.yml:1: must hold sections by name: {SECTION_NAMES}"]),
        ("- a\n", [f"site.yml:1: must hold sections by name: {SECTION_NAMES}"]),
        ("queue:\n  sales: {}\n", [f"site.yml:1: queue: is not a section; allowed are {SECTION_NAMES}"]),
        ("queues: [a]\n", ["site.yml:1: queues: must hold entries by key, such as 'sales:'"]),
        ("queues:\n  sales: yes\n", ["site.yml:2: queues.sales: must hold fields by name, such as 'name:'"]),
        ("queues:\n  sales:\n", ["site.yml:2: queues.sales.name: must be given"]),
        (QUEUE + "    key: sales\n",
         ["site.yml:4: queues.sales.key: is not written here: the name before the colon is the key"]),
        ("agents:\n  a:\n    name: A\n    extension: '7'\n    colour: red\n",
         ["site.yml:5: agents.a.colour: is not known here; allowed are name, extension, shift, number, pin, skills"]),
        (QUEUE + "  sales:\n    name: Again\n",
         ["site.yml:4: queues.sales: stands here a second time; first on line 2"]),
        (QUEUE + "    name: Again\n", ["site.yml:4: queues.sales.name: stands here a second time; first on line 3"]),
        (QUEUE + "queues: {}\n", ["site.yml:4: queues: stands here a second time; first on line 1"]),
        ("inbound_routes:\n  5550100: {name: A, destination: hangup}\n  '5550100': {name: B, destination: hangup}\n",
         ["site.yml:3: inbound_routes.5550100: stands here a second time; first on line 2"]),
        (QUEUE + "    members:\n      - agent: ana\n      - agent: bob\n",
         ["site.yml:5: queues.sales.members[0].agent: 'ana' does not exist in agents; there are: -",
          "site.yml:6: queues.sales.members[1].agent: 'bob' does not exist in agents; there are: -"]),
        (QUEUE + "    timeout_destination: queue:nowhere\n",
         ["site.yml:4: queues.sales.timeout_destination: 'nowhere' does not exist in queues; there are: sales"]),
        (QUEUE + "    timeout_destination: operator\n",
         ["site.yml:4: queues.sales.timeout_destination: 'operator' is not a destination; "
          f"allowed are hangup, {KINDS}"]),
        (QUEUE + "    ring_s: twenty\n", ["site.yml:4: queues.sales.ring_s: must be a whole number"]),
        (QUEUE + "    ring_s: [1]\n", ["site.yml:4: queues.sales.ring_s: must be a whole number"]),
        (QUEUE + "    recording: perhaps\n", ["site.yml:4: queues.sales.recording: must be true or false"]),
        (QUEUE + "    members: ana\n", ["site.yml:4: queues.sales.members: must be a list"]),
        (QUEUE + "    strategy:\n      - ringall\n",
         ["site.yml:4: queues.sales.strategy: must be one of leastrecent, fewestcalls, rrmemory, rrordered, ringall, "
          "linear, random, wrandom"]),
        ("queues:\n  Sales:\n    name: S\n",
         ["site.yml:2: queues.Sales: may have small letters, digits and single hyphens between them, 40 at most"]),
        ("schedules:\n  s:\n    name: S\n    time_zone: Peru\n",
         ["site.yml:4: schedules.s.time_zone: is not a time zone; write it like America/Lima, Europe/Madrid or UTC"]),
        ("schedules:\n  s:\n    name: S\n    holidays:\n      - date: 1234567\n        name: X\n",
         ["site.yml:5: schedules.s.holidays[0].date: must be a date that exists, such as 2026-12-25"]),
        ("schedules:\n  s:\n    name: S\n    hours:\n      - days: [mon]\n        start: 9h\n        end: 10:00\n",
         ["site.yml:6: schedules.s.hours[0].start: must be a time such as 08:30"]),
        (QUEUE + '    welcome_prompt: "a\\nb"\n',
         ["site.yml:4: queues.sales.welcome_prompt: 'a\nb' does not exist in prompts; there are: -"]),
        ('queues:\n  sales:\n    name: "a\\nb"\n',
         ["site.yml:3: queues.sales.name: must be one line without control characters"]),
        ('queues:\n  sales:\n    name: "${EXTEN}"\n',
         ["site.yml:3: queues.sales.name: must not hold ';' or a dollar sign before a bracket, "
          "nor begin with '#' or '['"]),
        (PROMPT + "menus:\n  a:\n    name: A\n    prompt: p\n    options:\n"
         "      - {digit: 1, label: B, destination: menu:b}\n  b:\n    name: B\n    prompt: p\n    options:\n"
         "      - {digit: 1, label: A, destination: menu:a}\n",
         ["site.yml:13: menus.b.options[0].destination: menus go in a circle: a > b > a; "
          "use 'back' or 'repeat' to return"]),
        (PROMPT + "menus:\n" + "".join(
            f"  m{level}:\n    name: M\n    prompt: p\n    options:\n"
            f"      - {{digit: 1, label: X, destination: {f'menu:m{level + 1}' if level < 5 else 'hangup'}}}\n"
            for level in range(1, 6)),
         ["site.yml:23: menus.m4.options[0].destination: menu 'm5' would be on level 5; menus may be 4 levels deep"]),
        ("prompts:\n  p:\n    name: P\n    audio:\n      english: {text: Hi}\n",
         ["site.yml:5: prompts.p.audio.english: must be a language such as en, es or pt_BR"]),
        ("prompts:\n  p:\n    name: P\n    audio:\n      en: {file: a.wav, upload: " + "0" * 64 + "}\n",
         ["site.yml:5: prompts.p.audio.en.file: only one of 'file' and 'upload' is allowed"]),
        # Not what stands there counts, but how it is written:
        ("a: &x 1\nb: *x\n", ["site.yml:1: anchors (&) and aliases (*) are not allowed; write the value out"]),
        ("queues: !!python/object/apply:os.system [id]\n",
         ["site.yml:1: tags (!) are not allowed; put the text in quotes"]),
        ("queues:\n  ? [a]\n  : b\n", ["site.yml:2: a name must be plain text, not a list or a group"]),
        ("queues: {}\n---\nqueues: {}\n", ["site.yml:2: only one document is allowed; remove the '---'"]),
        ("[" * 50 + "\n", ["site.yml:1: this is nested too deep: at most 12"]),
        ("queues:\n\tsales: {}\n",
         ["site.yml:2: this is not YAML: found character that cannot start any token"]),
        ("queues:\n  sales: {name: x\n", ["site.yml:3: this is not YAML: did not find expected ',' or '}'"]),
        ("queues:\n  sales: \x00\n", ["site.yml:2: this is not YAML: control characters are not allowed"]),
        ("# " + "x" * 16_000_000, ["site.yml:1: the file is too large: at most 16000000 characters"]),
    ],
    ids=itertools.count(1),
)  # fmt: skip
def test_what_is_refused(text: str, expected: list[str]) -> None:
    assert refused(text) == expected


def test_all_problems_come_at_once_and_in_order() -> None:
    text = """\
queues:
  sales:
    name: ""
    strategy: best
    members:
      - agent: ana
agents:
  ana:
    name: Ana
inbound_routes:
  5550100:
    name: Main
    destination: menu:main
oops: 1
"""
    assert [problem.partition(": ")[0] for problem in refused(text)] == [
        "site.yml:3",
        "site.yml:4",
        "site.yml:8",
        "site.yml:13",
        "site.yml:14",
    ]  # and not that 'ana' does not exist: she is there, and what is wrong with her is said


def test_a_file_of_sound_is_taken_by_its_hash() -> None:
    document = read_document("prompts:\n  p: {name: P, audio: {en: {file: site.audio/a.wav}}}\n", "site.yml")
    assert [(sound.name, document.line_of(sound.path)) for sound in sound_files(document)] == [("site.audio/a.wav", 2)]
    site = parse_site(document, {"site.audio/a.wav": "ab" * 32})
    assert site.prompts["p"].audio["en"].upload == "ab" * 32
    again = render_site(site, sounds={"ab" * 32: "site.audio/a.wav"})
    assert "file: site.audio/a.wav" in again
    assert "upload" not in again
