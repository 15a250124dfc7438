"""Acts and findings beside the store too, so that a store which came back from a backup gets them back.

Promises that each is written to a file of `log/` within about a second of its commit, one line each and never changed,
and that at the start the store gets back what it lacks: an order to stop somebody does not lapse because a disk broke,
and what was found stays for ever. A line of which only a part was written is none.
"""

import asyncio
import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final, TypeAlias

from sqlalchemy import Connection, Table, select, update

from mynumber.exchange.running.node import Node
from mynumber.oversight.store import ACTS, FINDINGS, HIDDEN, HIDDEN_ACTS
from mynumber.plumbing import canonical, database, logs
from mynumber.plumbing.errors import BadInput

_TABLES: Final = (ACTS, HIDDEN_ACTS, FINDINGS)
_EACH_SECONDS: Final = 1.0

Line: TypeAlias = dict[str, int | str | bytes]


async def export(node: Node) -> None:
    """Write what is new until cancelled; the commands of the staff write into the same store."""
    folder = await asyncio.to_thread(_folder, node)
    written = {table.name: _last(_file(folder, table)) for table in _TABLES}
    while True:
        for table in _TABLES:
            new = await node.store.read(lambda connection: _behind(connection, table, written[table.name]))  # noqa: B023
            # On a full disk a part of a line may have been written; the next round ends it and writes all again.
            with contextlib.suppress(OSError):
                if new:
                    await asyncio.to_thread(_append, _file(folder, table), new)
                    written[table.name] = int(new[-1]["number"])
        await asyncio.sleep(_EACH_SECONDS)


def recover(connection: Connection, folder: Path) -> int:
    """Put back what the files have and the store lacks; return how much that was."""
    found = 0
    for table in _TABLES:
        lines = list(_lines(_file(folder / "log", table)))
        _make_way(connection, table, lines)
        known = {_content(row) for row in _behind(connection, table, 0)}
        for line in lines:
            if _content(line) in known:
                continue
            known.add(_content(line))
            put = database.upsert(connection, table).values(**line).on_conflict_do_nothing()
            # What was found again meanwhile stands already.
            if connection.execute(put).rowcount:
                _apply(connection, table, line)
                found += 1
    return found


def _make_way(connection: Connection, table: Table, lines: list[Line]) -> None:
    """Number anew what was done after the copy came and before the first start: it is later than all of the file.

    Else an older act, put back behind it, would undo it; and what has a number of the file is not written beside.
    """
    taken, same = {line["number"] for line in lines}, {(line["number"], _content(line)) for line in lines}
    rows = [row for row in _behind(connection, table, 0) if (row["number"], _content(row)) not in same]
    first = next((int(row["number"]) for row in rows if row["number"] in taken), None)
    if first is None:
        return
    later = [row["number"] for row in rows if int(row["number"]) >= first]
    last = max(*map(int, taken), int(rows[-1]["number"]))
    for number, old in enumerate(later, last + 1):
        connection.execute(update(table).where(table.c.number == old).values(number=number))


def _content(line: Line) -> tuple[tuple[str, int | str | bytes], ...]:
    return tuple(sorted((name, value) for name, value in line.items() if name != "number"))


def _apply(connection: Connection, table: Table, line: Line) -> None:
    """Let what an act set be so again."""
    if table is HIDDEN_ACTS:
        named = (HIDDEN.c.permit == line["permit"], HIDDEN.c.entry == line["entry"])
        connection.execute(update(HIDDEN).where(*named).values(due=line["due"], next_try=0))


def _folder(node: Node) -> Path:
    folder = node.folder / "log"
    folder.mkdir(exist_ok=True)
    return folder


def _file(folder: Path, table: Table) -> Path:
    return folder / f"{table.name}.jsonl"


def _last(path: Path) -> int:
    return max((int(line["number"]) for line in _lines(path)), default=0)


def _behind(connection: Connection, table: Table, number: int) -> list[Line]:
    """Return the rows with a larger number; none is ever deleted."""
    rows = connection.execute(select(table).where(table.c.number > number).order_by(table.c.number))
    return [dict(row._mapping) for row in rows]


def _append(path: Path, new: list[Line]) -> None:
    with path.open("a+b") as file:
        # A part of a line is ended first.
        if file.tell():
            file.seek(-1, os.SEEK_END)
        text = "" if file.read(1) in (b"", b"\n") else "\n"
        text += "".join(json.dumps({name: _written(value) for name, value in row.items()}) + "\n" for row in new)
        file.write(text.encode("ascii"))
        file.flush()
        os.fsync(file.fileno())


def _lines(path: Path) -> Iterator[Line]:
    if not path.exists():
        return
    for number, text in enumerate(path.read_bytes().splitlines(), 1):
        try:
            yield {name: _read(value) for name, value in json.loads(text.decode("ascii")).items()}
        except (ValueError, AttributeError, KeyError, BadInput) as problem:
            logs.trouble("line.unread", problem, path=path.name, count=number)


def _written(value: int | str | bytes) -> object:
    return {"b64": canonical.b64(value)} if isinstance(value, bytes) else value


def _read(value: int | str | dict[str, str]) -> int | str | bytes:
    return canonical.unb64(value["b64"]) if isinstance(value, dict) else value
