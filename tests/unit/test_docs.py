"""The documentation is true where a test can tell: its links lead somewhere, its commands and settings exist."""

import argparse
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from appliance.__main__ import _parser
from appliance.settings import Settings

ROOT = Path(__file__).parents[2]
DOCS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"\[(?P<text>[^\]]*)\]\((?P<target>[^)\s]+)\)")
CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)
each_page = pytest.mark.parametrize("page", DOCS, ids=lambda page: str(page.relative_to(ROOT)))


def links(page: Path) -> Iterator[tuple[str, Path, str]]:
    """Text, file and anchor of every relative link."""
    for link in LINK.finditer(page.read_text(encoding="utf-8")):
        target, _, anchor = link["target"].partition("#")
        if "://" not in target:
            yield link["text"], (page.parent / target) if target else page, anchor


def code(page: Path) -> str:
    return "\n".join(CODE.findall(page.read_text(encoding="utf-8")))


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def choices(parser: argparse.ArgumentParser) -> dict[str, Any]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    return {}


def settings(kind: type[BaseModel], before: str = "") -> Iterator[tuple[str, Any]]:
    for name, field in kind.model_fields.items():
        if isinstance(field.default, BaseModel):
            yield from settings(type(field.default), f"{name}.")
        else:
            yield before + name, field.default


@each_page
def test_every_link_leads_somewhere(page: Path) -> None:
    broken = [
        f"{file}#{anchor}"
        for _text, file, anchor in links(page)
        if not file.exists() or (anchor and anchor not in anchors(file))
    ]
    assert not broken


@each_page
def test_a_name_in_code_stands_in_the_file_that_it_links_to(page: Path) -> None:
    named = [(text.strip("`").rpartition(".")[2], file) for text, file, _ in links(page) if text.startswith("`")]
    missing = [f"{name}: {file}" for name, file in named if file.is_file() and name not in file.read_text("utf-8")]
    assert not missing


@each_page
def test_every_make_target_exists(page: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    known = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    assert set(re.findall(r"(?<![\w/-])make ([a-z]+)", code(page))) <= known


@each_page
def test_every_command_exists(page: Path) -> None:
    commands = choices(_parser())
    for name, action in re.findall(r"(?:bin/|(?<![\w./-]))appliance ([a-z]+)(?: ([a-z][a-z-]*))?", code(page)):
        assert name in commands
        assert not action or not choices(commands[name]) or action in choices(commands[name])


@pytest.mark.parametrize(("name", "default"), list(settings(Settings)), ids=str)
def test_every_setting_is_in_the_table_with_its_default(name: str, default: object) -> None:
    shown = {"": "*empty*", True: "`true`", False: "`false`"}.get(default, f"`{default}`")  # type: ignore[call-overload]
    assert f"| `{name}` | {shown} |" in (ROOT / "docs/installer.md").read_text(encoding="utf-8")
