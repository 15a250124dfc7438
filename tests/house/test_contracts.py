"""Every import contract catches the import it is there for; the clean house keeps them all.

The linter runs on a copy of `src` in which the rooms that do not exist yet are empty, so that a contract is tried
before its room is built. Each planted violation is one file that is taken away again.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house import contracts
from tests.house.contracts import CYCLES, INDEPENDENT, LAYERS, NEVER, PROTECTED, PURE, ROOT, Never

# Written out a second time, so that a line lost from the table of contracts is noticed here.
PROMISED = {
    "network keeper portal": "number acquisition card scanner",
    "exchange": "acquisition number",
    "codes": "number",
    "custody": "codes exchange tlog",
    "oversight": "codes.convert codes.keys number",
}
DIRECT = [
    (source, target)
    for sources, targets in PROMISED.items()
    for source in sources.split()
    for target in targets.split()
]
SIBLINGS = [floor[:2] for floor in contracts.FLOORS.values() if len(floor) > 1]
UPWARD = [
    (lower[0], upper[0])
    for upper, lower in zip(contracts.FLOORS.values(), list(contracts.FLOORS.values())[1:], strict=False)
]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of `src` with every room and every module that a contract names."""
    copy = tmp_path_factory.mktemp("house") / "src"
    shutil.copytree(contracts.SOURCE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    for name in sorted(contracts.named_modules()):
        if not contracts.exists(copy, name):
            folder = copy.joinpath(ROOT, *name.split("."))
            folder.mkdir(exist_ok=True)
            (folder / "__init__.py").write_text('"""A room that is not built yet."""\n', encoding="utf-8")
    return copy


class Planter:
    """Plants modules in the copy; `uproot` takes them all away."""

    def __init__(self, house: Path) -> None:
        self._house = house
        self._planted: list[Path] = []

    def plant(self, room: str, statement: str, module: str = "planted") -> None:
        """Write a module of `room` that consists of one statement."""
        path = self._house.joinpath(ROOT, *room.split("."), f"{module}.py")
        path.write_text(statement + "\n", encoding="utf-8")
        self._planted.append(path)

    def broken(self) -> set[str]:
        """Return the names of the contracts that the linter reports."""
        verdict = contracts.lint(self._house)
        assert verdict.status == 1, verdict.text
        return verdict.broken()

    def uproot(self) -> None:
        """Remove what was planted."""
        for path in self._planted:
            path.unlink()


@pytest.fixture
def planter(house: Path) -> Iterator[Planter]:
    """Yield a planter and clean up after it."""
    gardener = Planter(house)
    yield gardener
    gardener.uproot()


def test_the_house_as_it_stands_keeps_every_contract() -> None:
    verdict = contracts.lint()
    assert verdict.status == 0, verdict.text


@pytest.mark.parametrize("name", sorted(name for name in contracts.named_modules() if "." in name))
def test_a_module_that_a_contract_names_is_there(name: str) -> None:
    """Show that no contract was left out of the linter's file because a module got another name."""
    room = name.partition(".")[0]
    assert contracts.exists(contracts.SOURCE, name) or not contracts.exists(contracts.SOURCE, room)


def test_the_house_with_all_rooms_keeps_every_contract(house: Path) -> None:
    verdict = contracts.lint(house)
    assert verdict.status == 0, verdict.text
    for name in (LAYERS, CYCLES, INDEPENDENT, PURE, PROTECTED, *(rule.name for rule in NEVER)):
        assert f"{name} KEPT" in verdict.text


@pytest.mark.parametrize(("source", "target"), DIRECT)
def test_a_forbidden_import_is_named(planter: Planter, source: str, target: str) -> None:
    planter.plant(source, f"import {ROOT}.{target}")
    assert planter.broken() & {rule.name for rule in NEVER if source in rule.sources and target in rule.forbidden}


@pytest.mark.parametrize("rule", NEVER, ids=lambda rule: rule.sources[0])
def test_a_forbidden_import_through_another_room_is_named(planter: Planter, rule: Never) -> None:
    planter.plant("plumbing", f"import {ROOT}.{rule.forbidden[0]}")
    planter.plant(rule.sources[0], f"def later():\n    from {ROOT}.plumbing import planted")
    assert rule.name in planter.broken()


@pytest.mark.parametrize(("left", "right"), SIBLINGS)
def test_siblings_are_strangers(planter: Planter, left: str, right: str) -> None:
    planter.plant(left, f"import {ROOT}.{right}")
    assert LAYERS in planter.broken()


@pytest.mark.parametrize(("lower", "upper"), UPWARD)
def test_nobody_reaches_upstairs(planter: Planter, lower: str, upper: str) -> None:
    planter.plant(lower, f"import {ROOT}.{upper}")
    assert LAYERS in planter.broken()


def test_a_room_without_a_place_is_named(house: Path) -> None:
    attic = house / ROOT / "attic"
    attic.mkdir()
    try:
        (attic / "__init__.py").write_text("", encoding="utf-8")
        verdict = contracts.lint(house)
    finally:
        shutil.rmtree(attic)
    assert verdict.status == 1
    assert LAYERS in verdict.broken()
    assert "attic" in verdict.text


def test_a_cycle_inside_a_room_is_named(planter: Planter) -> None:
    planter.plant("register", f"import {ROOT}.register.second", module="first")
    planter.plant("register", f"import {ROOT}.register.first", module="second")
    assert CYCLES in planter.broken()


@pytest.mark.parametrize("left", contracts.FOUNDATIONS)
def test_a_foundation_stands_alone(planter: Planter, left: str) -> None:
    right = "law" if left == "number" else "number"
    planter.plant(left, f"from {ROOT} import {right}")
    assert INDEPENDENT in planter.broken()


@pytest.mark.parametrize("left", contracts.FOUNDATIONS)
def test_foundations_that_meet_through_the_pipes_are_named(planter: Planter, left: str) -> None:
    right = "law" if left == "number" else "number"
    planter.plant("plumbing", f"import {ROOT}.{right}")
    planter.plant(left, f"import {ROOT}.plumbing.planted")
    assert INDEPENDENT in planter.broken()


@pytest.mark.parametrize("outside", contracts.OUTSIDE_WORLD)
def test_a_foundation_that_reaches_outside_is_named(planter: Planter, outside: str) -> None:
    planter.plant("codes", f"import {outside}")
    assert PURE in planter.broken()


@pytest.mark.parametrize("foundation", contracts.FOUNDATIONS)
def test_a_foundation_that_opens_another_pipe_is_named(planter: Planter, foundation: str) -> None:
    planter.plant("plumbing", '"""Even a pipe that does nothing is closed."""', module="pipe")
    planter.plant(foundation, f"from {ROOT}.plumbing import pipe")
    assert PURE in planter.broken()


def test_a_foundation_that_reaches_outside_through_an_open_pipe_is_named(house: Path, planter: Planter) -> None:
    canonical = house / ROOT / "plumbing" / "canonical.py"
    kept = canonical.read_bytes()
    planter.plant("codes", f"from {ROOT}.plumbing import canonical")
    try:
        canonical.write_bytes(kept + b"import time\n")
        assert PURE in planter.broken()
    finally:
        canonical.write_bytes(kept)


@pytest.mark.parametrize(
    "room", [room for room in contracts.ROOMS if room not in {"network", "codes", "plumbing", "__main__"}]
)
def test_conversion_is_for_the_network_alone(planter: Planter, room: str) -> None:
    planter.plant(room, f"from {ROOT}.codes import convert")
    assert PROTECTED in planter.broken()


def test_conversion_is_closed_to_the_rest_of_codes(planter: Planter) -> None:
    planter.plant("codes", f"from {ROOT}.codes import convert")
    assert PROTECTED in planter.broken()


def test_conversion_is_open_to_the_network(house: Path, planter: Planter) -> None:
    planter.plant("network", f"from {ROOT}.codes import convert")
    assert f"{PROTECTED} KEPT" in contracts.lint(house).text
