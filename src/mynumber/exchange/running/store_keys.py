"""Whether the keys that a store is written under are the ones it was written under before.

No certificate and no directory names `store.key` and `members.key`. Under another one a party would go on: a keeper
that knows no member refuses everybody, a register that finds no number answers `no-match`, signed and recorded. So
the store keeps a mark of each key, which does not tell the key, and a party whose key has another does not begin.
"""

import hmac
from typing import Final

from sqlalchemy import Column, Connection, LargeBinary, MetaData, Text, insert, select

from mynumber.plumbing import database
from mynumber.plumbing.errors import WrongUse

KEYS: Final = ("store.key", "members.key")


class KeyMarks:
    """The marks in one party's store; `metadata` is the party's own schema."""

    def __init__(self, metadata: MetaData) -> None:
        """Declare the table in a schema."""
        self._marks = database.table(
            "key_marks",
            metadata,
            Column("name", Text, primary_key=True, comment="file of the key"),
            Column("mark", LargeBinary, nullable=False, comment="an HMAC under the key, to know it again"),
            purpose="by which the keys that the store is written under are known again",
        )

    def check(self, connection: Connection, name: str, key: bytes) -> None:
        """Note the mark of a key that is seen for the first time; raise WrongUse for another key."""
        # A store of before this table had no marks; what it is written under is believed once.
        self._marks.create(connection, checkfirst=True)
        mark = hmac.digest(key, f"mark of {name}".encode(), "sha256")
        noted = connection.execute(select(self._marks.c.mark).where(self._marks.c.name == name)).scalar()
        if noted is None:
            connection.execute(insert(self._marks).values(name=name, mark=mark))
        elif not hmac.compare_digest(bytes(noted), mark):
            raise WrongUse(
                "WRONG_KEY", f"keys/{name} is not the key of this store", hint="put back the key that was there before"
            )
