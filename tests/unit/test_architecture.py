"""The rings of the house: who may import whom, how large a module may be, and that each says what it is."""

import ast
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "appliance"
ALLOWED = {
    "core": {"core"},
    "store": {"core", "store"},
    "adapters": {"core", "adapters"},
    "services": {"core", "store", "adapters", "services"},
    "web": {"core", "services", "store", "web"},
}
# What must never be reached from a pure rule.
IMPURE = {"asyncio", "aiohttp", "sqlalchemy", "socket", "subprocess", "time", "random", "os", "secrets", "threading"}
OF_NOBODY = {"utils", "helpers", "manager", "base", "common"}
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "versions" not in path.parts)


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


@cache
def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


def ring(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_inwards(path: Path) -> None:
    allowed = ALLOWED.get(ring(path))
    if allowed is None:  # app.py, __main__.py and settings.py know all rings
        return
    ours = {name.split(".")[1] for name in imports(path) if name.startswith("appliance.")}
    assert ours <= allowed, f"{path} may not import {ours - allowed}"


@pytest.mark.parametrize("path", sorted((PACKAGE / "core").rglob("*.py")), ids=lambda path: path.stem)
def test_the_core_is_pure(path: Path) -> None:
    tree = parsed(path)
    assert not any(isinstance(node, ast.AsyncFunctionDef | ast.Await) for node in ast.walk(tree))
    assert not {name.split(".")[0] for name in imports(path)} & IMPURE


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_modules_are_small_and_say_what_they_are(path: Path) -> None:
    assert ast.get_docstring(parsed(path)), f"{path} opens with one sentence: what it is"
    assert len(path.read_text().splitlines()) <= 250, f"{path} has outgrown a file: make it a folder of the same noun"


def test_no_room_for_odds_and_ends() -> None:
    assert not [path for path in MODULES if path.stem in OF_NOBODY]


def test_one_door_to_each_library() -> None:
    importers = {
        "panoramisk": {"adapters/ami.py"},
        "asyncpg": set(),
    }
    for library, doors in importers.items():
        found = {str(p.relative_to(PACKAGE)) for p in MODULES if any(n.split(".")[0] == library for n in imports(p))}
        assert found <= doors, f"{library} is imported by {found - doors}"
