"""The source of the house as syntax trees, parsed once; the house rules are questions to them."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.house.contracts import ROOT, SOURCE

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Module:
    """One source file: its path relative to src/mynumber, its text and its syntax tree."""

    path: Path
    text: str
    tree: ast.Module

    @property
    def room(self) -> str:
        """Return the room's name; empty for the package itself."""
        return self.path.parts[0] if len(self.path.parts) > 1 else ""


@cache
def modules() -> tuple[Module, ...]:
    """Return every module of src/mynumber in the order of its path."""
    top = SOURCE / ROOT
    return tuple(read(path.relative_to(top), path.read_text(encoding="utf-8")) for path in sorted(top.rglob("*.py")))


def read(path: Path, text: str) -> Module:
    """Return the module that consists of `text`."""
    return Module(path, text, ast.parse(text))


def planted(text: str, path: str = "codes/planted.py") -> Module:
    """Return a module that never was in a file, for rules to catch."""
    return read(Path(path), text)


def functions(module: Module) -> Iterator[tuple[Function, bool]]:
    """Yield every function of the module with whether it is a method."""
    for parent in ast.walk(module.tree):
        for child in ast.iter_child_nodes(parent):
            if isinstance(child, Function):
                yield child, isinstance(parent, ast.ClassDef)
