"""What a request means in points: its column keys and legs (PROTOCOL.md section 5), and lists of ciphertexts.

Everything here is public and follows from the request and the directory it names. A *column* is what the sender
encrypts for; a *leg* is the way of one column from one name to another, the same way for every entry.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from mynumber.codes import group
from mynumber.codes.errors import ProtocolError
from mynumber.codes.group import GENERATOR, Point, Points
from mynumber.codes.hashing import hash_points
from mynumber.codes.names import agency_name, record_name
from mynumber.codes.parties.directory import Directory
from mynumber.codes.permit.request import Body, Enrol, Exchange, Read, Request

POINT_BYTES = 32
PAIR_BYTES = 64


@dataclass(frozen=True, slots=True)
class Column:
    """A column key: `rest[j]` is what is left of it when operator j has taken off its layer, rest[0] the key Z."""

    rest: tuple[Point, ...]

    @property
    def key(self) -> Point:
        """Return Z, what the sender encrypts for."""
        return self.rest[0]


@dataclass(frozen=True, slots=True)
class Leg:
    """A leg: its column, its names, and the operators' commitments to them (no source: person points)."""

    column: int
    source_name: str | None
    target_name: str
    source: tuple[Point, ...] | None
    target: tuple[Point, ...]

    def factors(self, position: int) -> tuple[Point, Point]:
        """Return F and D of section 6 for operator `position`."""
        source = GENERATOR if self.source is None else self.source[position - 1]
        return source, self.target[position - 1]


@dataclass(frozen=True, slots=True)
class Pairs:
    """Ciphertexts (c1, c2) of one leg or column, every point checked."""

    c1: Points
    c2: Points


@dataclass(frozen=True, slots=True)
class Way:
    """A request and all that follows from it and from the directory it names."""

    request: Request
    directory: Directory
    columns: tuple[Column, ...]
    legs: tuple[Leg, ...]

    def inputs(self, hashes: Sequence[bytes]) -> tuple[bytes, ...]:
        """Return the hash of every leg's input at operator 1, from the columns' hashes."""
        return tuple(hashes[leg.column] for leg in self.legs)


def way_of(request: Request, directory: Directory) -> Way:
    """Return the way of a request; a name that is not listed is UNKNOWN_EPOCH."""
    return Way(request, directory, columns(request.body, directory), legs(request.body, directory))


def two_columns(body: Body) -> bool:
    """Tell whether the kind has a code column and a tag column; `read` has one column for all legs."""
    return not isinstance(body, Read)


def columns(body: Body, directory: Directory) -> tuple[Column, ...]:
    """Return the columns of a request."""
    if isinstance(body, Read):
        return (_column(directory.layers, directory.transport(body.from_)),)
    layers, keeper = directory.layers, directory.transport(directory.body.keeper.id)
    return _column(layers, directory.transport(body.to), directory.release), _column(layers, keeper)


@lru_cache(maxsize=1024)
def _column(layers: tuple[Point, ...], *last: Point) -> Column:
    """Return the column whose key is the sum of all these; the same few are asked for again and again."""
    rest = [group.total(last)]
    for layer in reversed(layers):
        rest.append(group.add(rest[-1], layer))
    return Column(tuple(reversed(rest)))


def legs(body: Body, directory: Directory) -> tuple[Leg, ...]:
    """Return the legs of a request; a name that is not listed is UNKNOWN_EPOCH."""
    if isinstance(body, Read):
        names = [record_name(domain.agency, domain.epoch) for domain in body.domains]
        return tuple(_leg(directory, 0, None, name) for name in names)
    source = agency_name(body.from_, body.from_epoch) if isinstance(body, Exchange) else None
    code = agency_name(body.to, body.to_epoch)
    if isinstance(body, Enrol):
        tag = record_name(body.to, body.record_epoch)
    else:
        tag = record_name(body.from_, directory.agency(body.from_).record_epoch)
    return _leg(directory, 0, source, code), _leg(directory, 1, source, tag)


def _leg(directory: Directory, column: int, source: str | None, target: str) -> Leg:
    factors = None if source is None else _commitments(directory, source)
    return Leg(column, source, target, factors, _commitments(directory, target))


def _commitments(directory: Directory, name: str) -> tuple[Point, ...]:
    found = directory.commitments(name)
    if found is None:
        raise ProtocolError("UNKNOWN_EPOCH")
    return found


def entry_bytes(body: Body) -> int:
    """Return the length of a list entry: c1 and one c2 per column."""
    return POINT_BYTES * (3 if two_columns(body) else 2)


def column_hashes(body: Body, data: bytes) -> tuple[bytes, ...]:
    """Return H(`list`, (c1, c2) pairs) per column of a request's list, whose points need not be checked yet."""
    if not two_columns(body):
        return (hash_points(data),)
    entries = [data[i : i + 96] for i in range(0, len(data), 96)]
    code = b"".join(entry[:64] for entry in entries)
    tag = b"".join(entry[:32] + entry[64:] for entry in entries)
    return hash_points(code), hash_points(tag)


def read_columns(body: Body, data: bytes) -> tuple[Pairs, ...]:
    """Return the columns of a request's list, every point checked once; both columns share c1."""
    width = entry_bytes(body) // POINT_BYTES
    c1, *columns = group.points(data, width)
    return tuple(Pairs(c1, c2) for c2 in columns)


def read_pairs(data: bytes) -> Pairs:
    """Return the ciphertexts of a leg, every point checked."""
    return Pairs(*group.points(data, 2))


def read_points(data: bytes) -> Points:
    """Return the points of a list, every one checked: BAD_POINT, IDENTITY_POINT."""
    return group.points(data)[0]


def pair_bytes(pairs: Pairs) -> bytes:
    """Return c1 || c2 of every entry in list order."""
    return b"".join(c1 + c2 for c1, c2 in zip(pairs.c1, pairs.c2, strict=True))
