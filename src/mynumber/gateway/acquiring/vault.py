"""The vault: the numbers this office lawfully holds, with the basic data that prove whose they are; nothing else.

A store of its own beside gateway.db, read by the acquisition step alone. Every column is sealed under the office's own
key and the index is keyed, so two offices' vaults share no equal bytes and no common index.
"""

import json
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Column, Connection, LargeBinary, MetaData, delete, insert, select

from mynumber.acquisition.basic import Basic
from mynumber.acquisition.office import VaultRow
from mynumber.codes import wire
from mynumber.number.my_number import MyNumber
from mynumber.plumbing import database, sealing

METADATA = MetaData()
VERSION = 1
_ROWS = database.table(
    "vault",
    METADATA,
    Column(
        "person",
        LargeBinary,
        primary_key=True,
        comment="keyed hash of the office's own reference",
        info={"equivalent": "NE20"},
    ),
    Column(
        "number",
        LargeBinary,
        nullable=False,
        comment="My Number, sealed under the office's own key",
        info={"equivalent": "NE08"},
    ),
    Column(
        "basic", LargeBinary, nullable=False, comment="name, birth, sex and address, sealed under the office's own key"
    ),
    purpose="numbers that the office lawfully holds, with the data that prove whose they are (Act art. 21-2)",
)


def create(path: Path) -> None:
    """Create an empty vault."""
    database.create(database.store_url(path.name, path.parent), METADATA, VERSION)


class Vault:
    """An open vault."""

    def __init__(self, path: Path, key: bytes) -> None:
        """Open the vault under the office's store key."""
        self.store = database.Store(database.store_url(path.name, path.parent), METADATA, VERSION)
        self._person = sealing.column(key, "vault", "person")
        self._number = sealing.column(key, "vault", "number")
        self._basic = sealing.column(key, "vault", "basic")

    async def put(self, rows: Sequence[VaultRow]) -> None:
        """Keep rows; a reference that is there already gets the new number and data."""
        sealed = [
            {
                "person": self._person.index(row.ref.encode()),
                "number": self._number.seal(row.number.digits().encode("ascii")),
                "basic": self._basic.seal(json.dumps(wire.plain(row.basic)).encode()),
            }
            for row in rows
        ]

        def step(connection: Connection) -> None:
            connection.execute(delete(_ROWS).where(_ROWS.c.person.in_([row["person"] for row in sealed])))
            connection.execute(insert(_ROWS), sealed)

        await self.store.write(step)

    async def get(self, refs: Sequence[str]) -> list[VaultRow]:
        """Return the rows of these references, in their order; one that is not there is left out."""
        places = {self._person.index(ref.encode()): ref for ref in refs}
        query = select(_ROWS).where(_ROWS.c.person.in_(places))
        rows = await self.store.read(lambda connection: list(connection.execute(query)))
        found = {places[bytes(row.person)]: row for row in rows}
        return [self._open(ref, found[ref].number, found[ref].basic) for ref in refs if ref in found]

    def close(self) -> None:
        """Close the vault."""
        self.store.close()

    def _open(self, ref: str, number: bytes, basic: bytes) -> VaultRow:
        digits = self._number.open(bytes(number)).decode("ascii")
        return VaultRow(ref, MyNumber(digits), wire.read(json.loads(self._basic.open(bytes(basic))), Basic))
