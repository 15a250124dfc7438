"""The inventory: every store, owner, table and column with meaning, purpose and legal weight.

Promises that nothing is passed over in silence: a table or column without a declaration, a declared one that is not
there, and a SQLite file that is none of the owner's stores are each named (`undeclared`, `missing`).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from mynumber.world.inventory import declared, found, words
from mynumber.world.inventory.declared import Table, Tables
from mynumber.world.inventory.found import Held, Owner
from mynumber.world.inventory.words import Lang


@dataclass(frozen=True, slots=True)
class ShownColumn:
    """A column as it is shown."""

    name: str
    meaning: str
    my_number: bool
    why: str


@dataclass(frozen=True, slots=True)
class ShownTable:
    """A table as it is shown."""

    name: str
    purpose: str
    rows: int
    columns: tuple[ShownColumn, ...]


@dataclass(frozen=True, slots=True)
class ShownStore:
    """A store as it is shown; `path` is relative to the folder that was asked for."""

    path: str
    owner: str
    role: str
    tables: tuple[ShownTable, ...]


@dataclass(frozen=True, slots=True)
class Inventory:
    """All stores, and where what they hold and what is declared differ."""

    stores: tuple[ShownStore, ...]
    undeclared: tuple[str, ...]
    missing: tuple[str, ...]


def take(folder: Path, owners: Iterable[Owner], lang: Lang) -> Inventory:
    """Take the inventory of these owners; read-only, whether their processes run or not."""
    stores: list[ShownStore] = []
    undeclared: list[str] = []
    missing: list[str] = []
    for owner in owners:
        for path, tables in owner.stores.items():
            where = shown_path(folder, path)
            if not path.is_file():
                missing += [where] if tables else []
                continue
            with found.reading(path) as connection:
                holds, further = found.held(connection), found.others(connection)
            stores.append(ShownStore(where, owner.name, owner.role, tuple(_tables(holds, tables, lang))))
            undeclared += [f"{where}: {each}" for each in (*_undeclared(holds, tables), *further)]
            missing += [f"{where}: {each}" for each in _missing(holds, tables)]
        undeclared += [f"{shown_path(folder, path)}: a store of nobody" for path in found.strays(owner)]
    return Inventory(tuple(stores), tuple(undeclared), tuple(missing))


def shown_path(folder: Path, path: Path) -> str:
    """Return a path as it is shown: relative to the folder where it lies in it."""
    folder = folder.resolve()
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else str(path)


def _declared(name: str, tables: Tables) -> Table:
    return tables.get(name) or declared.INTERNAL.get(name) or Table("", {})


def _tables(holds: Iterable[Held], tables: Tables, lang: Lang) -> Iterator[ShownTable]:
    for each in holds:
        table = _declared(each.name, tables)
        columns = tuple(_column(name, table, lang) for name in each.columns)
        yield ShownTable(each.name, words.said(table.purpose, lang), each.rows, columns)


def _column(name: str, table: Table, lang: Lang) -> ShownColumn:
    column = table.columns.get(name)
    if column is None or not words.is_known(column.equivalent):
        # Nobody has said what it is, so it is treated as the worst that it could be.
        return ShownColumn(name, column.meaning if column else "", my_number=True, why="undeclared")
    weight = words.counts(column.equivalent)
    return ShownColumn(name, words.said(column.meaning, lang), my_number=weight, why=words.why(column.equivalent, lang))


def _undeclared(holds: Iterable[Held], tables: Tables) -> Iterator[str]:
    for each in holds:
        table = _declared(each.name, tables)
        if not table.purpose:
            yield each.name
        for name in each.columns:
            column = table.columns.get(name)
            if column is None or not column.meaning or not words.is_known(column.equivalent):
                yield f"{each.name}.{name}"


def _missing(holds: Iterable[Held], tables: Tables) -> Iterator[str]:
    there = {each.name: set(each.columns) for each in holds}
    for name, table in tables.items():
        if name not in there:
            yield name
        else:
            yield from (f"{name}.{column}" for column in table.columns if column not in there[name])
