"""The tables of the law as they were built; promises each cell typed as the line that reads it declares.

A line is a frozen dataclass that names its table and, as its fields, the columns that it reads:

    @dataclass(frozen=True, slots=True)
    class UseLine:
        TABLE: ClassVar[str] = "uses"
        use_id: str
        user_roles: tuple[str, ...]     several values in one cell, separated by `;`
        in_force_to: date | None        an empty cell

Tables are read when somebody first asks for them: who decides only linkage never pays for the rest.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from functools import partial
from importlib.resources.abc import Traversable
from types import NoneType, UnionType
from typing import ClassVar, NewType, Protocol, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec

from mynumber.plumbing.errors import OwnFault


class Line(Protocol):
    """What a line declares: the table whose columns its fields are."""

    TABLE: ClassVar[str]


LineT = TypeVar("LineT", bound=Line)
MadeT = TypeVar("MadeT")
Cells = Mapping[str, str]


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    columns: list[str]
    rows: list[list[str]]


@dataclass(frozen=True, slots=True)
class Tables:
    """The tables in one folder, each read once."""

    folder: Traversable
    _cells: dict[str, Sequence[Cells]] = field(default_factory=dict, repr=False)
    _lines: dict[type[Line], tuple[Line, ...]] = field(default_factory=dict, repr=False)
    _made: dict[Hashable, object] = field(default_factory=dict, repr=False)

    def cells(self, name: str) -> Sequence[Cells]:
        """Return the rows of a table, column -> cell."""
        if name not in self._cells:
            self._cells[name] = _read(self.folder, name)
        return self._cells[name]

    def lines(self, kind: type[LineT]) -> tuple[LineT, ...]:
        """Return the lines of the table that `kind` names, in their order."""
        if kind not in self._lines:
            self._lines[kind] = tuple(_typed(kind, self.cells(kind.TABLE)))
        return self._lines[kind]  # type: ignore[return-value]

    def once(self, name: Hashable, make: Callable[[], MadeT]) -> MadeT:
        """Return what `make` makes of these tables; it is made once and has this name."""
        if name not in self._made:
            self._made[name] = make()
        return self._made[name]  # type: ignore[return-value]

    def amended(self, name: str, rows: Sequence[Cells]) -> "Tables":
        """Return the same tables with other rows in one of them; the others are not read again."""
        return Tables(self.folder, {**self._cells, name: rows})


def parts(cell: str) -> list[str]:
    """Return the values of a cell."""
    return cell.split(";") if cell else []


def _read(folder: Traversable, name: str) -> Sequence[Cells]:
    try:
        table = msgspec.json.decode((folder / f"{name}.json").read_bytes(), type=_Table)
    except (OSError, msgspec.DecodeError) as problem:
        raise OwnFault("LAW_DATA", f"the law table {name} cannot be read", hint="run tools/build_law.py") from problem
    return [dict(zip(table.columns, cells, strict=True)) for cells in table.rows]


def _typed(kind: type[LineT], rows: Sequence[Cells]) -> list[LineT]:
    hints = get_type_hints(kind)
    readers = {one.name: _reader(hints[one.name]) for one in fields(kind)}  # type: ignore[arg-type]
    return [kind(**{name: reader(row[name]) for name, reader in readers.items()}) for row in rows]


def _reader(annotation: object) -> Callable[[str], object]:
    if get_origin(annotation) in (UnionType, Union):
        inner = next(one for one in get_args(annotation) if one is not NoneType)
        return partial(_or_nothing, _reader(inner))
    if get_origin(annotation) is tuple:
        return lambda cell: tuple(parts(cell))
    if get_origin(annotation) is frozenset:
        return lambda cell: frozenset(parts(cell))
    while isinstance(annotation, NewType):
        annotation = annotation.__supertype__
    return _READERS[annotation]


def _or_nothing(reader: Callable[[str], object], cell: str) -> object:
    return reader(cell) if cell else None


def _truth(cell: str) -> bool:
    return {"yes": True, "no": False}[cell]


_READERS: Mapping[object, Callable[[str], object]] = {
    str: str,
    int: int,
    float: float,
    bool: _truth,
    date: date.fromisoformat,
}
