"""The rings of the house: who may import whom, how large a module may be, and that each says what it is."""

import ast
from functools import cache
from pathlib import Path

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
WAITING = (ast.AsyncFunctionDef, ast.Await)
OF_NOBODY = {"utils", "helpers", "manager", "base", "common"}
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "versions" not in path.parts)


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(parsed(path)))


@cache
def imports(path: Path) -> set[str]:
    found = set()
    for node in nodes(path):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


def name_of(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


def ring(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0]


# One test for all modules, not one for each: hundreds of tests would take longer to begin than to run.
def test_imports_point_inwards() -> None:
    wrong = {}
    for path in MODULES:
        ours = {name.split(".")[1] for name in imports(path) if name.startswith("appliance.")}
        allowed = ALLOWED.get(ring(path), ours)  # app.py, parts, __main__.py and settings.py know all rings
        wrong[name_of(path)] = ours - allowed
    assert {name: found for name, found in wrong.items() if found} == {}


def test_the_core_is_pure() -> None:
    core = [path for path in MODULES if ring(path) == "core"]
    assert core
    waiting = [name_of(path) for path in core if any(isinstance(node, WAITING) for node in nodes(path))]
    assert waiting == []
    impure = {name_of(path): {name.split(".")[0] for name in imports(path)} & IMPURE for path in core}
    assert {name: found for name, found in impure.items() if found} == {}


def test_modules_say_what_they_are_and_are_small() -> None:
    assert [name_of(path) for path in MODULES if not ast.get_docstring(parsed(path))] == []
    lines = {name_of(path): len(path.read_text().splitlines()) for path in MODULES}
    outgrown = {name: number for name, number in lines.items() if number > 250}
    assert outgrown == {}, "make it a folder of the same noun"


def test_no_room_for_odds_and_ends() -> None:
    assert not [path for path in MODULES if path.stem in OF_NOBODY]


def test_pages_read_only_what_is_seen() -> None:
    """The whole configuration has one door in the web, where it is narrowed to the sight of who asks."""
    whole = {"load_snapshot", "load_site", "load_section"}
    found = {
        name_of(path)
        for path in MODULES
        for node in nodes(path)
        if ring(path) == "web" and isinstance(node, ast.ImportFrom) and whole & {each.name for each in node.names}
        if (node.module or "").startswith("appliance.store")
    }
    own = {"web/call_acts.py", "web/watching.py"}  # of one's own call and phone, as is each agent's desk
    narrowed = {"web/sight.py", "web/stream.py", "web/console/contacts/pages.py"}
    for_the_whole = {"web/console/users/accounts.py", "web/console/licenses.py", "web/console/license_changes.py"}
    others = found - own - narrowed - for_the_whole
    assert not {name for name in others if not name.startswith("web/console/desk/")}


def test_one_door_to_each_library() -> None:
    importers = {
        "panoramisk": {"adapters/ami.py", "adapters/ami_wire.py"},
        "asyncpg": {"store/engine/links.py"},
    }
    for library, doors in importers.items():
        found = {name_of(p) for p in MODULES if any(n.split(".")[0] == library for n in imports(p))}
        assert found <= doors, f"{library} is imported by {found - doors}"


def test_nobody_waits_deaf_to_the_end() -> None:
    """Python 3.11's `wait_for` drops a cancellation that comes with its news: the daemon would never stop."""
    waits = [
        f"{path.name}:{node.lineno}"
        for path in MODULES
        for node in nodes(path)
        if isinstance(node, ast.Attribute) and node.attr == "wait_for" and ast.unparse(node.value) == "asyncio"
    ]
    assert waits == []
