"""What each portal still has to get, and what replicas hold that a restored keeper has forgotten (section 11).

Promises that a row or an outcome is owed to every portal from the transaction that wrote it until the portal answered,
and that a portal that is new is owed everything. What is owed is given out by locator: to who has not the tag a locator
is a random number, so this order is a random one and tells neither when a row was written nor beside which others.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from sqlalchemy import ColumnElement, Connection, Table, and_, bindparam, delete, func, insert, literal, select

from mynumber.keeper.store import COUNTS, ELSEWHERE, HIDDEN, OUTCOMES, OWED, RELEARNT, REPLICAS, ROWS
from mynumber.plumbing import canonical, database
from mynumber.plumbing.canonical import Json
from mynumber.plumbing.errors import NotFinished
from mynumber.plumbing.statements import Prepared

Sort: TypeAlias = Literal["row", "outcome"]
Sealed: TypeAlias = tuple[int, bytes, bytes]
"""(fiscal year, locator, sealed)"""

KEPT_YEARS: Final = 8
_TABLES: Final = {"row": ROWS, "outcome": OUTCOMES}
_AT_ONCE: Final = 256
# Of each sort; together below what a body may hold. The largest outcome is a quarter of this.
_BYTES_AT_ONCE: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Batch:
    """What one call takes to a portal."""

    rows: tuple[Sealed, ...]
    outcomes: tuple[Sealed, ...]

    def __bool__(self) -> bool:
        """Whether there is anything in it."""
        return bool(self.rows or self.outcomes)

    @property
    def full(self) -> bool:
        """Whether more may have been owed at that moment than a batch takes."""
        sorts = (self.rows, self.outcomes)
        return any(len(each) == _AT_ONCE or 2 * _size(each) > _BYTES_AT_ONCE for each in sorts)

    def body(self) -> Json:
        """Return the body of `replicate`."""
        return {"rows": _listed(self.rows), "outcomes": _listed(self.outcomes)}


def _size(each: Sequence[Sealed]) -> int:
    return sum(len(sealed) for _, _, sealed in each)


def _listed(each: Sequence[Sealed]) -> list[Json]:
    return [[year, canonical.b64(locator), canonical.b64(sealed)] for year, locator, sealed in each]


_OWE: Prepared[tuple[()]] = Prepared(
    insert(OWED).from_select(
        ["portal", "sort", "locator"], select(REPLICAS.c.portal, bindparam("sort"), bindparam("locator"))
    )
)


def owe(connection: Connection, sort: Sort, locator: bytes) -> None:
    """Owe a new row or outcome to every portal, in the transaction that writes it."""
    _OWE.run(connection, sort=sort, locator=locator)


def strangers(connection: Connection, portals: Collection[str]) -> list[str]:
    """Return those of these portals that nothing was ever owed to."""
    known = {row.portal for row in connection.execute(select(REPLICAS.c.portal))}
    return sorted(set(portals) - known)


def admit(connection: Connection, portals: Collection[str]) -> None:
    """Owe everything there is to portals that are new; what was owed before, to a replica that is lost, is in it."""
    for portal in strangers(connection, portals):
        connection.execute(delete(OWED).where(OWED.c.portal == portal))
        connection.execute(insert(REPLICAS).values(portal=portal))
        for sort, table in _TABLES.items():
            everything = select(literal(portal), literal(sort), table.c.locator)
            connection.execute(insert(OWED).from_select(["portal", "sort", "locator"], everything))


def owed(connection: Connection, portal: str) -> Batch:
    """Return what to give a portal next, some of each sort, by locator."""
    return Batch(_owed(connection, portal, "row"), _owed(connection, portal, "outcome"))


def _owed(connection: Connection, portal: str, sort: Sort) -> tuple[Sealed, ...]:
    table = _TABLES[sort]
    query = (
        select(table.c.year, table.c.locator, table.c.sealed)
        .join(OWED, and_(OWED.c.locator == table.c.locator, OWED.c.sort == sort, OWED.c.portal == portal))
        .order_by(OWED.c.locator)
        .limit(_AT_ONCE)
    )
    chosen: list[Sealed] = []
    size = 0
    for year, locator, sealed in connection.execute(query):
        size += len(sealed)
        if chosen and size > _BYTES_AT_ONCE:
            break
        chosen.append((year, bytes(locator), bytes(sealed)))
    return tuple(chosen)


def settle(connection: Connection, portal: str, batch: Batch) -> None:
    """Owe a portal no longer what it has answered."""
    sorts: tuple[tuple[Sort, tuple[Sealed, ...]], ...] = (("row", batch.rows), ("outcome", batch.outcomes))
    for sort, given in sorts:
        locators = [locator for _, locator, _ in given]
        mine = and_(OWED.c.portal == portal, OWED.c.sort == sort)
        connection.execute(delete(OWED).where(mine, OWED.c.locator.in_(locators)))


def answered(connection: Connection, portal: str, running: int) -> set[bytes]:
    """Return the locators of the rows that a portal has answered and that nobody may have erased yet."""
    if portal in strangers(connection, [portal]):
        return set()
    owing = select(OWED.c.locator).where(OWED.c.portal == portal, OWED.c.sort == "row")
    kept = select(ROWS.c.locator).where(ROWS.c.locator.not_in(owing), ROWS.c.year > running - KEPT_YEARS)
    return {bytes(row.locator) for row in connection.execute(kept)}


def forget(connection: Connection, portal: str) -> None:
    """Take a portal for a new one, which is owed everything; what it still holds is sent again and changes nothing."""
    connection.execute(delete(REPLICAS).where(REPLICAS.c.portal == portal))


def expire(connection: Connection, running: int) -> int:
    """Erase what is of the eighth fiscal year before the running one, or older; return how many rows went.

    The counters stay: they name no year, and a series of a year that is over is never continued.
    """
    last = running - KEPT_YEARS
    for sort, table in _TABLES.items():
        old = select(table.c.locator).where(table.c.year <= last)
        connection.execute(delete(OWED).where(OWED.c.sort == sort, OWED.c.locator.in_(old)))
    gone = [connection.execute(delete(table).where(table.c.year <= last)) for table in (ROWS, OUTCOMES, HIDDEN)]
    return sum(done.rowcount for done in gone)


def short(connection: Connection, running: int) -> list[tuple[str, int, int]]:
    """Return (what, counted, there) for each fiscal year whose rows are not as many as were counted and disclosed.

    Nobody without the tag can tell which row is gone: no record of the log names one. Hidden rows are compared with
    their own count; a disclosed one stays among them and is a row besides.
    """
    hidden = _by_year(connection, HIDDEN)
    disclosed = _by_year(connection, HIDDEN, HIDDEN.c.disclosed == 1)
    compared = (
        ("rows", _counted(connection, "rows") + disclosed, _by_year(connection, ROWS)),
        ("hidden rows", _counted(connection, "hidden"), hidden),
    )
    return [
        (f"{what} of fiscal year {year}", counted[year], there[year])
        for what, counted, there in compared
        for year in sorted({*counted, *there})
        if year > running - KEPT_YEARS and counted[year] != there[year]
    ]


def _counted(connection: Connection, what: Literal["rows", "hidden"]) -> Counter[int]:
    """Return how many rows of this sort were counted when they were written, by fiscal year."""
    found: Counter[int] = Counter()
    for month, count in connection.execute(select(COUNTS.c.month, COUNTS.c[what])):
        year, number = int(month[:4]), int(month[5:])
        found[year if number >= 4 else year - 1] += count
    return found


def _by_year(connection: Connection, table: Table, *where: ColumnElement[bool]) -> Counter[int]:
    """Return how many rows are there, by fiscal year."""
    query = select(table.c.year, func.count()).where(*where).group_by(table.c.year)
    return Counter({row.year: row[1] for row in connection.execute(query)})


def relearnt(connection: Connection, restored: int | None) -> bool:
    """Tell whether the lists of all replicas were loaded since the store came back; True for one that never went."""
    if restored is None:
        return True
    return connection.execute(select(RELEARNT).where(RELEARNT.c.restored >= restored)).first() is not None


def require_relearnt(connection: Connection, restored: int | None) -> None:
    """Raise NotFinished while a row could get a number that a replica has given to another."""
    if not relearnt(connection, restored):
        raise NotFinished("NOT_RELEARNT", "a restored keeper asks all replicas first", hint="wait for the portals")


def relearn(connection: Connection, locators: Collection[bytes], restored: int) -> None:
    """Keep which locators replicas hold and this store does not; from here on rows may be numbered."""
    mine = {bytes(row.locator) for row in connection.execute(select(ROWS.c.locator))}
    foreign = [{"locator": locator} for locator in sorted(set(locators) - mine)]
    if foreign:
        connection.execute(database.upsert(connection, ELSEWHERE).on_conflict_do_nothing(), foreign)
    connection.execute(database.upsert(connection, RELEARNT).values(restored=restored).on_conflict_do_nothing())
