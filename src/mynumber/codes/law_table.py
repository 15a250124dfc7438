"""The law table that the supervisor signs, and which of a party's tables counts when (PROTOCOL.md section 5, R7, O4).

A table says which roles may ask which roles for which items in which procedure. What a table means is decided in `law`;
here a request either fits a row or is refused with LAW_REFUSED. Each table replaces the one before at its `from`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Literal, TypeAlias

from mynumber.codes import hashing, wire
from mynumber.codes import jws as signatures
from mynumber.codes.errors import ProtocolError
from mynumber.codes.wire import Count, Ident, Items, One, Payload, Text, TextOrEmpty
from mynumber.plumbing.canonical import Json

TYP = "mnc-law+json"
_TOLERANCE_S = 120  # between the clocks and fetches of two operators

Kind: TypeAlias = Literal["exchange", "enrol", "self", "read"]
RowKind: TypeAlias = Literal["exchange", "self"]


class Row(Payload, frozen=True, rename={"from_": "from"}):
    """One row: a holder of role `from` may ask a holder of role `to`; `hide` is the article that hides the record."""

    kind: RowKind
    from_: Ident
    to: Ident
    procedure: Text
    items: Items
    hide: TextOrEmpty


class Body(Payload, frozen=True, rename={"from_": "from"}):
    """The payload of a law table."""

    v: One
    network: Ident
    from_: Count
    roles: dict[Ident, tuple[Ident, ...]]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """What R7 looks at in a request: members that the kind does not have stay empty."""

    kind: Kind
    from_: str = ""
    to: str = ""
    procedure: str = ""
    items: tuple[str, ...] = ()
    undisclosed: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class LawTable:
    """A verified table. `hash` names it, `begins` is its `from`."""

    hash: bytes
    jws: Json
    body: Body
    _rows: dict[tuple[str, str], list[Row]] = field(repr=False)
    _parties: frozenset[str] = field(repr=False)

    @property
    def begins(self) -> int:
        """Return the unix time from which it is in force."""
        return self.body.from_

    def check(self, question: Question) -> None:
        """R7, table part: return if a row allows it, else raise LAW_REFUSED with the procedure as `row`."""
        if question.kind == "read":
            return
        if question.kind == "enrol":
            allowed = question.to in self._parties
        else:
            rows = self._rows.get((question.kind, question.procedure), [])
            allowed = any(self._fits(row, question) for row in rows)
        if not allowed:
            raise ProtocolError("LAW_REFUSED", row=question.procedure or None)

    def takes_part(self, party: str, procedure: str) -> bool:
        """Tell whether a party asks or answers in a procedure."""
        rows = self._rows.get(("exchange", procedure), [])
        return any(party in self.body.roles[role] for row in rows for role in (row.from_, row.to))

    def _fits(self, row: Row, question: Question) -> bool:
        return (
            question.from_ in self.body.roles[row.from_]
            and question.to in self.body.roles[row.to]
            and set(question.items) <= set(row.items)
            and question.undisclosed in ("", row.hide)
        )


@dataclass(frozen=True, slots=True)
class LawTables:
    """The tables a party holds, oldest first; make it with `of`."""

    tables: tuple[LawTable, ...]

    @classmethod
    def of(cls, tables: Iterable[LawTable]) -> "LawTables":
        """Return the set; of two with the same beginning the later in `tables` replaces the other."""
        return cls(tuple(sorted(tables, key=lambda table: table.begins)))

    def in_force(self, now: int) -> LawTable:
        """Return the newest table whose `from` has come, or raise LAW_REFUSED."""
        begun = [table for table in self.tables if table.begins <= now]
        if not begun:
            raise ProtocolError("LAW_REFUSED")
        return begun[-1]

    def named(self, digest: bytes, now: int) -> LawTable:
        """O4: return the table with this hash if it is in force at some time within 120 s of now, else LAW_REFUSED."""
        ends = [table.begins for table in self.tables[1:]]
        for table, end in zip_longest(self.tables, ends):
            if table.hash != digest or table.begins > now + _TOLERANCE_S:
                continue
            if end is None or (end > now - _TOLERANCE_S and end > table.begins):
                return table
        raise ProtocolError("LAW_REFUSED")


def load_law(jws: object, network: str, supervisor: tuple[str, bytes]) -> LawTable:
    """Return the verified table; `supervisor` is (id, key), as `directory.signer(...)` gives it."""
    parsed = signatures.open_signed(jws, TYP, [supervisor], wire.MAX_LARGE_PAYLOAD)
    body = wire.read(parsed.value, Body)
    for members in body.roles.values():
        wire.distinct(members)
    for row in body.rows:
        wire.distinct(row.items)
        if not {row.from_, row.to} <= body.roles.keys():
            raise ProtocolError("BAD_ENCODING")
    if body.network != network:
        raise ProtocolError("LAW_REFUSED")
    return _view(hashing.h("law", parsed.payload), wire.members(jws, "payload", "signatures"), body)


def sign_law(body: Body, supervisor: tuple[str, bytes]) -> Json:
    """Return the JWS of a table; `supervisor` is (id, Ed25519 secret)."""
    return signatures.sign(body, TYP, [supervisor])


def _view(digest: bytes, jws: Json, body: Body) -> LawTable:
    rows: dict[tuple[str, str], list[Row]] = {}
    for row in body.rows:
        rows.setdefault((row.kind, row.procedure), []).append(row)
    named = {role for row in body.rows for role in (row.from_, row.to)}
    parties = frozenset(party for role in named for party in body.roles[role])
    return LawTable(digest, jws, body, rows, parties)
