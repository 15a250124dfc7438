"""The office's own database with what it knows.

Promises the same databases for the same residents and seed: the tables of tables.py, filled by what each kind of office
holds (municipal.py, national.py).
"""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from mynumber.plumbing.errors import Conflict
from mynumber.world.offices import municipal, national
from mynumber.world.offices.desk import Desk, Row
from mynumber.world.offices.tables import tables
from mynumber.world.people.residents import Resident

_WRITERS: Mapping[str, Callable[[Desk, Resident], list[Row]]] = {
    "resident_record": municipal.resident_record,
    "local_tax": municipal.local_tax,
    "child_allowance": municipal.child_allowance,
    "public_assistance": municipal.public_assistance,
    "insured": national.insured,
    "pension": national.pensions,
    "payments": national.payments,
    "taxpayer": national.taxpayers,
    "national_tax": national.returns,
    "registered": national.registered,
    "account": national.accounts,
}


def write_business(path: Path, office: str, residents: Sequence[Resident], seed: int) -> None:
    """Make the office's database at `path` (mode 0600); Conflict if a file is there.

    The file has no write-ahead log: it is written once and then only read. A crash here leaves a file without rows in a
    town that was never finished.
    """
    try:
        path.touch(mode=0o600, exist_ok=False)
    except FileExistsError as problem:
        raise Conflict(
            "STORE_EXISTS", "the office has a database already", hint="choose another directory"
        ) from problem
    desk = Desk(office, residents, seed)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        for table in tables(office):
            connection.execute(table.create())
            connection.executemany(table.insert(), desk.rows(table.name, _WRITERS[table.name]))
        connection.execute("COMMIT")
