"""Rows of any table of the law, chosen by what their cells hold; an unknown name or value suggests the right one."""

from collections.abc import Mapping, Sequence

from mynumber.law.tables import Cells, Tables, parts
from mynumber.law.words import hint
from mynumber.plumbing.errors import WrongUse


def names(tables: Tables) -> list[str]:
    """Return the names of all tables."""
    return sorted(path.name.removesuffix(".json") for path in tables.folder.iterdir() if path.name.endswith(".json"))


def named(tables: Tables, name: str) -> Sequence[Cells]:
    """Return the rows of a table, or raise WrongUse with the names that come near."""
    known = names(tables)
    if name not in known:
        raise WrongUse("LAW_TABLE_NAME", "there is no such table", hint=hint(name, known))
    return tables.cells(name)


def chosen(rows: Sequence[Cells], where: Mapping[str, str]) -> list[Cells]:
    """Return the rows in which each of these columns holds its value, alone or among others.

    A column that the table does not have, or a value that stands nowhere in its column, raises WrongUse.
    """
    columns = list(rows[0]) if rows else []
    for column, value in where.items():
        if column not in columns:
            raise WrongUse("LAW_COLUMN", "the table has no such column", hint=hint(column, columns))
        values = sorted({part for row in rows for part in (row[column], *parts(row[column]))})
        if value not in values:
            raise WrongUse("LAW_UNKNOWN_WORD", f"`{column}` never has this value", hint=hint(value, values))
    return [row for row in rows if all(_holds(row[column], value) for column, value in where.items())]


def _holds(cell: str, value: str) -> bool:
    return value == cell or value in parts(cell)
