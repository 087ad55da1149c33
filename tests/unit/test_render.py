"""Rendering: the golden files, and what holds for every site."""

import re

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from jinja2 import UndefinedError

from appliance.adapters.config_files import read_templates
from appliance.core.entities.fields import Entity
from appliance.core.filters import UnsafeValue
from appliance.core.render import HEADER, make_environment, render
from appliance.core.site import Site
from tests.golden.files import ENVIRONMENT, FOLDER, NODE, OURS, golden_files
from tests.site_strategy import sites
from tests.sites import a_site

# Drawing a site takes longer than rendering it, and making it smaller takes minutes.
ANOTHER_ENVIRONMENT = make_environment(read_templates())
few = settings(
    suppress_health_check=[HealthCheck.too_slow],
    deadline=None,
    max_examples=6,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
_CALLER_ID = re.compile(r'^callerid = ".*" <(\d+)>$', re.MULTILINE)
_CONTEXT = re.compile(r"^\[([a-z0-9-]+)\]", re.MULTILINE)
_FAMILY = re.compile(r"""^(?:\[|{% set here = ")([a-z-]+-)(?:{{|" ~)""", re.MULTILINE)  # one context for each entity
_MAILBOX = re.compile(r"^(\d+ => -\d*),.*$", re.MULTILINE)


@pytest.mark.parametrize("file", OURS)
def test_golden(file: str) -> None:
    """To accept a change that you meant: `python -m tests.golden.files`."""
    assert golden_files()[file] == (FOLDER / file).read_text(encoding="utf-8")


def test_every_file_says_that_edits_are_lost() -> None:
    files = render(a_site(), NODE, ENVIRONMENT)
    assert len(files) > 15
    assert all(text.startswith(HEADER) for text in files.values())


def renamed(site: Site, title: str) -> Site:
    """The same site with every text for people replaced."""
    for section, entity in site.entities():
        site = site.replaced(section, entity.key, _renamed(entity, title))
    return site


def _renamed(entity: Entity, title: str) -> Entity:
    values = entity.model_dump()
    for texts in ("name", "reason"):
        if texts in values:
            values[texts] = title
    for part in (*values.get("options", []), *values.get("holidays", [])):
        part["label" if "label" in part else "name"] = title
    return type(entity).model_validate(values)


def without_people(text: str) -> list[str]:
    """The lines that Asterisk acts on, without the names in caller ids and mailboxes."""
    text = _MAILBOX.sub(r"\1", _CALLER_ID.sub(r"\1", text))
    return [bare for line in text.split("\n") if (bare := line.split(";")[0].rstrip())]


@few
@given(site=sites())
def test_names_never_become_configuration(site: Site) -> None:
    plain = render(renamed(site, "x"), NODE, ENVIRONMENT)
    for file, text in render(site, NODE, ENVIRONMENT).items():
        assert without_people(text) == without_people(plain[file])


@few
@given(site=sites())
def test_rendering_twice_gives_the_same_text(site: Site) -> None:
    copy = Site.model_validate(site.model_dump())
    assert render(site, NODE, ENVIRONMENT) == render(copy, NODE, ANOTHER_ENVIRONMENT)


def test_no_key_makes_a_context_that_is_there_already() -> None:
    """No key has an underscore: what the dialplan keeps to itself and what belongs to one entity may have one."""
    text = "\n".join(text for file, text in read_templates().items() if file.startswith("dialplan_templates/"))
    families = set(_FAMILY.findall(text))
    assert {"queue-", "trunk-", "dialer-in-"} <= families
    names = {*_CONTEXT.findall(text), *families}
    assert [(name, family) for name in names for family in families if name.startswith(family) and name != family] == []


@pytest.mark.parametrize("key", ["none", "no-route"])
def test_no_route_has_the_label_of_the_end(key: str) -> None:
    route = a_site().outbound_routes["world"].model_copy(update={"key": key, "position": 1})
    files = render(a_site().replaced("outbound_routes", key, route), NODE, ENVIRONMENT)
    labels = re.findall(r" same => n\((to-[a-z-]+|no-route)\),", files["extensions.conf"])
    assert len(labels) == len(set(labels))


@pytest.mark.parametrize(
    ("section", "key", "fields"),
    [
        ("queues", "sales", {"name": "Sales\nexten => _X.,1,System(reboot)"}),
        ("queues", "sales", {"key": "sales](x"}),
        ("queues", "sales", {"strategy": "linear\nmember => PJSIP/1"}),
        ("menus", "main", {"operator": "queue:a,s,1)\n"}),
        ("extensions", "1001", {"secret": "x\n[intruder]"}),
        ("extensions", "1001", {"key": "_X."}),
        ("inbound_routes", "5550100", {"language": "en)\n same => n,System(reboot"}),
        ("inbound_routes", "5550100", {"key": "_X."}),
        ("schedules", "office", {"time_zone": "UTC?a,b)"}),
        ("trunks", "main-line", {"match_header": "X: ${SECRET}"}),
        ("blacklist", "5550666", {"key": "_!"}),
    ],
)
def test_what_no_schema_has_checked_is_refused(section: str, key: str, fields: dict[str, str]) -> None:
    entity = a_site().section(section)[key].model_copy(update=fields)
    with pytest.raises(UnsafeValue):
        render(a_site().model_copy(update={section: {key: entity}}), NODE, ENVIRONMENT)


def test_a_template_cannot_use_what_is_not_there() -> None:
    templates = {**read_templates(), "asterisk_conf/odd.conf.j2": "x = {{ node.nothing }}\n"}
    with pytest.raises(UndefinedError):
        render(a_site(), NODE, make_environment(templates))


def test_a_prefix_of_the_path_decides_what_becomes_a_file() -> None:
    assert not [name for name in render(a_site(), NODE, ENVIRONMENT) if name.startswith("_") or "/" in name]
