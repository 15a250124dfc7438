"""Files, functions and signatures stay small, every public name says what it promises, every room has its card."""

import ast
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.house.contracts import FLOORS, ROOMS, ROOT, SOURCE
from tests.house.tree import Function, Module, functions, modules, planted

MOST_LINES_OF_A_FILE = 500
MOST_LINES_OF_A_FUNCTION = 60
MOST_POSITIONAL_ARGUMENTS = 5
SAY_NOTHING = {"utils", "helpers", "common", "misc", "managers", "services", "models"}
HEADINGS = ("Purpose:", "Enters:", "Leaves:", "Must never see:", "Read first:")
# Rooms that programs outside of this project use: after its card each names what it offers.
OFFERS_NAMES = {"law", "scanner"}
SEES_EVERYTHING = {*FLOORS["front door"], *FLOORS["stage"]}


def long_files(module: Module) -> list[str]:
    """Return a complaint if the file has too many lines."""
    lines = len(module.text.splitlines())
    return [f"{module.path}: {lines} lines"] if lines > MOST_LINES_OF_A_FILE else []


def long_functions(module: Module) -> list[str]:
    """Return a complaint for every function with too many lines, its docstring included."""
    lengths = [(node, (node.end_lineno or 0) - node.lineno + 1) for node, _ in functions(module)]
    return [f"{_at(module, node)}: {size} lines" for node, size in lengths if size > MOST_LINES_OF_A_FUNCTION]


def wide_signatures(module: Module) -> list[str]:
    """Return a complaint for every function with too many arguments by position, beyond self or cls."""
    found = []
    for node, is_method in functions(module):
        names = [argument.arg for argument in (*node.args.posonlyargs, *node.args.args)]
        given = names[1:] if is_method and names[:1] in (["self"], ["cls"]) else names
        if len(given) > MOST_POSITIONAL_ARGUMENTS:
            found.append(f"{_at(module, node)}: {len(given)} arguments by position")
    return found


def names_without_meaning(module: Module) -> list[str]:
    """Return a complaint if the module or one of its folders has a name that says nothing."""
    return [f"{module.path}: {part}" for part in module.path.with_suffix("").parts if part in SAY_NOTHING]


def undocumented(module: Module) -> list[str]:
    """Return a complaint for the module and every public name in it that has no docstring."""
    found = [] if ast.get_docstring(module.tree) else [f"{module.path}: module"]
    owners: list[ast.Module | ast.ClassDef] = [module.tree]
    while owners:
        for node in owners.pop().body:
            if not isinstance(node, ast.ClassDef | Function) or node.name.startswith("_"):
                continue
            if not ast.get_docstring(node) and not _repeats_a_name(node):
                found.append(_at(module, node))
            if isinstance(node, ast.ClassDef):
                owners.append(node)
    return found


def _repeats_a_name(node: ast.ClassDef | Function) -> bool:
    decorators = {ast.unparse(decorator).rpartition(".")[2] for decorator in node.decorator_list}
    return bool(decorators & {"overload", "setter", "override"})


def _at(module: Module, node: ast.ClassDef | Function) -> str:
    return f"{module.path}:{node.lineno} {node.name}"


RULES = (long_files, long_functions, wide_signatures, names_without_meaning, undocumented)


@pytest.mark.parametrize("rule", RULES)
def test_the_house_keeps_the_rule(rule: Callable[[Module], list[str]]) -> None:
    assert [complaint for module in modules() for complaint in rule(module)] == []


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (long_files, "\n" * 501),
        (long_functions, "def f():\n" + "    x = 1\n" * 60),
        (long_functions, "class A:\n    async def f(self):\n" + "        x = 1\n" * 60),
        (wide_signatures, "def f(a, b, c, d, e, f): ..."),
        (wide_signatures, "class A:\n    def f(self, a, b, c, /, d, e, f): ..."),
        (undocumented, "x = 1"),
        (undocumented, '"""Doc."""\ndef f(): ...'),
        (undocumented, '"""Doc."""\nclass A:\n    x = 1'),
        (undocumented, '"""Doc."""\nclass A:\n    """Doc."""\n    @property\n    def f(self): ...'),
    ],
)
def test_a_planted_breach_is_caught(rule: Callable[[Module], list[str]], text: str) -> None:
    assert len(rule(planted(text))) == 1


@pytest.mark.parametrize("path", ["codes/utils.py", "helpers/a.py", "network/models/__init__.py"])
def test_a_name_without_meaning_is_caught(path: str) -> None:
    assert names_without_meaning(planted("", path)) != []


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (long_files, "\n" * 500),
        (long_functions, "def f():\n" + "    x = 1\n" * 59),
        (wide_signatures, "class A:\n    def f(self, a, b, c, d, e, *, f, g): ..."),
        (undocumented, '"""Doc."""\ndef _f(): ...\nclass _A:\n    def f(self): ...'),
    ],
)
def test_what_is_just_allowed_passes(rule: Callable[[Module], list[str]], text: str) -> None:
    assert rule(planted(text)) == []


def rooms() -> list[Path]:
    """Return the folders that stand in src/mynumber."""
    return sorted(path for path in (SOURCE / ROOT).iterdir() if path.is_dir() and path.name != "__pycache__")


def missing_headings(room: str, card: str) -> list[str]:
    """Return the headings that the room's card lacks; front door and stage may see everything."""
    wanted = [heading for heading in HEADINGS if not (heading == "Must never see:" and room in SEES_EVERYTHING)]
    lines = card.splitlines()
    return [heading for heading in wanted if not any(line.startswith(heading) for line in lines)]


def offers_names(statement: ast.stmt) -> bool:
    """Whether a statement of a card brings names, says which they are, or loads them for who asks."""
    match statement:
        case ast.If(test=ast.Name(id="TYPE_CHECKING")):
            return all(offers_names(one) for one in (*statement.body, *statement.orelse))
        case ast.ImportFrom() | ast.Assign(targets=[ast.Name(id="__all__")]) | ast.FunctionDef(name="__getattr__"):
            return True
    return False


@pytest.mark.parametrize("text", ["x = 1", "def ask(): ...", "import os", "if TYPE_CHECKING:\n    x = 1"])
def test_a_card_that_does_more_than_offer_names_is_caught(text: str) -> None:
    assert not offers_names(ast.parse(text).body[0])


@pytest.mark.parametrize("room", rooms(), ids=lambda room: room.name)
def test_a_room_has_a_place_a_card_and_something_in_it(room: Path) -> None:
    assert room.name in ROOMS
    assert (room / "__init__.py").is_file(), "a room without a card"
    card = ast.parse((room / "__init__.py").read_text(encoding="utf-8"))
    names = card.body[1:] if room.name in OFFERS_NAMES else []
    assert all(offers_names(one) for one in names)
    assert len(card.body) - len(names) == 1, "the card is all that __init__.py holds"
    assert missing_headings(room.name, ast.get_docstring(card) or "") == []
    assert [path for path in room.rglob("*.py") if path.name != "__init__.py"] != [], "an empty room"


def test_every_folder_with_modules_is_a_package() -> None:
    folders = {path.parent for path in (SOURCE / ROOT).rglob("*.py")}
    assert sorted(folder for folder in folders if not (folder / "__init__.py").is_file()) == []


@pytest.mark.parametrize("heading", HEADINGS)
def test_a_card_without_a_heading_is_caught(heading: str) -> None:
    card = "\n".join(f"{other} words" for other in HEADINGS if other != heading)
    assert missing_headings("codes", card) == [heading]


@pytest.mark.parametrize("room", sorted(SEES_EVERYTHING))
def test_only_front_door_and_stage_may_see_everything(room: str) -> None:
    card = "\n".join(f"{heading} words" for heading in HEADINGS if heading != "Must never see:")
    assert missing_headings(room, card) == []
