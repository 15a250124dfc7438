"""What a stranger finds afterwards in the stores: every step of the story is judged by it, never by its own code.

Stores are opened read-only, one query at a time, by the world, which belongs to no institution.
"""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from mynumber.plumbing.canonical import unb64

Value = int | str | bytes | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """The stores below a town's folder."""

    town: Path

    def rows(
        self, party: str, query: str, parameters: Sequence[Value] = (), *, store: str = ""
    ) -> list[tuple[Value, ...]]:
        """Return the rows of a query over a party's store (its main one unless named)."""
        folder = self.town / party
        name = store or ("gateway.db" if (folder / "gateway.db").exists() else "data.db")
        with closing(sqlite3.connect(f"file:{folder / name}?mode=ro", uri=True, timeout=10)) as connection:
            return connection.execute(query, parameters).fetchall()

    def count(self, party: str, table: str, where: str = "1", parameters: Sequence[Value] = ()) -> int:
        """Return how many rows of a table meet a condition; names and conditions are the world's own text."""
        found = self.rows(party, f'SELECT count(*) FROM "{table}" WHERE {where}', parameters)  # noqa: S608
        return int(str(found[0][0]))

    def has_request(self, party: str, request: bytes) -> bool:
        """Tell whether an operator (`requests`) or the keeper (`releases`) stands by this request hash."""
        table = "releases" if party == "keeper" else "requests"
        return self.count(party, table, "request = ?", (request,)) == 1

    def request_of(self, office: str, inquiry: str) -> bytes:
        """Return the request hash of an office's inquiry."""
        found = self.rows(office, "SELECT request FROM inquiries WHERE id = ?", (inquiry,))[0][0]
        return bytes(found) if isinstance(found, bytes) else b""

    def log_index(self, party: str, permit: str) -> int | None:
        """Return the index of a party's log leaf about a permit (b64), None if there is none."""
        found = self.rows(
            party, 'SELECT "index" FROM log_entries WHERE instr(record, ?) > 0', (permit.encode("ascii"),)
        )
        return int(str(found[0][0])) if found else None

    def records_of(self, permit: str, asker: str, provider: str) -> dict[str, int]:
        """Return how many records of one permit each of its parties has: keeper, asker, provider."""
        digest = unb64(permit, 32)
        return {
            "keeper": self.count("keeper", "releases", "permit = ?", (digest,)),
            asker: self.count(asker, "inquiries", "permit = ? AND state = 'answered'", (digest,)),
            provider: self.count(provider, "answered", "permit = ?", (digest,)),
        }
