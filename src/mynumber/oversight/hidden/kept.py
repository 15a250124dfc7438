"""The hidden rows that the supervisor has seen: sealed as they came, each with the day on which it is disclosed.

Promises that a row is never forgotten before it is disclosed or as old as rows become, that its sealed bytes go when
the keeper has it back among the open ones, and that every act about a row is kept for ever.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, insert, select, update

from mynumber.oversight.store import HIDDEN, HIDDEN_ACTS
from mynumber.plumbing import database
from mynumber.plumbing.errors import NotFound, Refused

KEPT_YEARS: Final = 8

Act: TypeAlias = Literal["disclose", "extend"]


@dataclass(frozen=True, slots=True)
class Kept:
    """A hidden row; `sealed` is None and `disclosed` a time once the keeper has it back. `year` is its fiscal year."""

    permit: bytes
    entry: int
    year: int
    issued: int
    due: int
    sealed: bytes | None
    disclosed: int = 0


def rows(connection: Connection) -> tuple[Kept, ...]:
    """Return every row, the one that is due first before the others."""
    query = select(HIDDEN).order_by(HIDDEN.c.due, HIDDEN.c.permit, HIDDEN.c.entry)
    return tuple(_kept(row) for row in connection.execute(query))


def due(connection: Connection, now: int) -> tuple[Kept, ...]:
    """Return the rows to disclose now; those that were put off are tried again later."""
    ready = and_(HIDDEN.c.due <= now, HIDDEN.c.sealed.is_not(None), HIDDEN.c.next_try <= now)
    return tuple(_kept(row) for row in connection.execute(select(HIDDEN).where(ready).order_by(HIDDEN.c.due)))


def _kept(row: Row[tuple[object, ...]]) -> Kept:
    sealed = None if row.sealed is None else bytes(row.sealed)
    return Kept(bytes(row.permit), row.entry, row.year, row.issued, row.due, sealed, row.disclosed)


def take(connection: Connection, new: Sequence[Kept]) -> None:
    """Keep rows; one that was disclosed and is hidden again at a restored keeper is due as it was."""
    for row in new:
        put = database.upsert(connection, HIDDEN).values(
            permit=row.permit,
            entry=row.entry,
            year=row.year,
            issued=row.issued,
            due=row.due,
            sealed=row.sealed,
            disclosed=0,
            next_try=0,
        )
        again = {"sealed": row.sealed, "disclosed": 0}
        connection.execute(
            put.on_conflict_do_update(index_elements=["permit", "entry"], set_=again, where=HIDDEN.c.sealed.is_(None))
        )


def delivered(connection: Connection, row: Kept, at: int) -> None:
    """Note that the keeper has a row back; what was sealed here goes."""
    connection.execute(update(HIDDEN).where(_is(row.permit, row.entry)).values(disclosed=at, sealed=None))


def reseal(connection: Connection, row: Kept, sealed: bytes) -> None:
    """Keep a row sealed to another key of ours."""
    connection.execute(update(HIDDEN).where(_is(row.permit, row.entry)).values(sealed=sealed))


def put_off(connection: Connection, row: Kept, until: int) -> None:
    """Try a row again later that cannot be disclosed now."""
    connection.execute(update(HIDDEN).where(_is(row.permit, row.entry)).values(next_try=until))


def disclose(connection: Connection, permit: bytes, entry: int | None, *, at: int, article: str = "") -> list[Kept]:
    """Make a row, or all rows of a permit, due now; return them. The serving process hands them to the keeper."""
    named = _named(connection, permit, entry)
    return [_act(connection, row, "disclose", due=min(row.due, at), at=at, article=article) for row in named]


def extend(
    connection: Connection, permit: bytes, entry: int | None, *, seconds: int, at: int, article: str = ""
) -> list[Kept]:
    """Let a row, or all rows of a permit, stay hidden for so many seconds from now; return them.

    A row that is due may be at the keeper already, and cannot be extended any more.
    """
    named = [row for row in _named(connection, permit, entry) if row.due > at]
    if not named:
        raise Refused("DUE", "it is due and no longer hidden", hint="extend a record before it is due")
    return [_act(connection, row, "extend", due=max(row.due, at + seconds), at=at, article=article) for row in named]


def expire(connection: Connection, running: int) -> None:
    """Erase rows of the eighth fiscal year before the running one, as the keeper does."""
    connection.execute(delete(HIDDEN).where(HIDDEN.c.year <= running - KEPT_YEARS))


def _named(connection: Connection, permit: bytes, entry: int | None) -> list[Kept]:
    one = HIDDEN.c.permit == permit if entry is None else _is(permit, entry)
    found = [_kept(row) for row in connection.execute(select(HIDDEN).where(one).order_by(HIDDEN.c.entry))]
    if not found:
        raise NotFound("NO_SUCH_ROW", "no hidden row of this permit is known", hint="see `oversight hidden list`")
    hidden = [row for row in found if row.sealed is not None]
    if not hidden:
        raise Refused("DISCLOSED", "it is disclosed already", hint="see `oversight hidden list`")
    return hidden


def _act(connection: Connection, row: Kept, act: Act, *, due: int, at: int, article: str) -> Kept:
    connection.execute(update(HIDDEN).where(_is(row.permit, row.entry)).values(due=due, next_try=0))
    values = {"at": at, "act": act, "permit": row.permit, "entry": row.entry, "due": due, "article": article}
    connection.execute(insert(HIDDEN_ACTS).values(**values))
    return Kept(row.permit, row.entry, row.year, row.issued, due, row.sealed)


def missing(connection: Connection, listed: Sequence[tuple[bytes, int]], *, now: int, oldest: int) -> list[Kept]:
    """Return the rows not older than fiscal year `oldest` that must be hidden still and are not listed by the keeper.

    What is due is left out: if we crashed before we noted the keeper's answer, it rightly lists the row no more.
    """
    named = set(listed)
    still = and_(HIDDEN.c.sealed.is_not(None), HIDDEN.c.due > now, HIDDEN.c.year >= oldest)
    hidden = connection.execute(select(HIDDEN).where(still))
    return [row for row in map(_kept, hidden) if (row.permit, row.entry) not in named]


def known(connection: Connection) -> set[tuple[bytes, int]]:
    """Return the (permit, entry) of every row that is hidden here."""
    query = select(HIDDEN.c.permit, HIDDEN.c.entry).where(HIDDEN.c.sealed.is_not(None))
    return {(bytes(row.permit), row.entry) for row in connection.execute(query)}


def _is(permit: bytes, entry: int) -> ColumnElement[bool]:
    return and_(HIDDEN.c.permit == permit, HIDDEN.c.entry == entry)
