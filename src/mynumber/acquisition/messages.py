"""What office and register say to each other: POST /acquisition, canonical JSON both ways (docs/spec/register.md).

    {"entries": [{"acq", "address", "birth", "kana", "name", "number", "sex"}, ...],
     "ground": "link-107", "lost": false, "record_epoch": 1, "v": 1}       ->  {"results": ["accepted", ...], "v": 1}

`ground` is the row of the linkage table in which the office asks or answers (Act art. 21-2). `lost` declares that the
office lost the codes it asks for. A result gives no reason: an unknown number and basic data that differ look alike.
"""

from dataclasses import dataclass, field
from typing import Annotated, Literal, TypeAlias

import msgspec

from mynumber.acquisition.basic import Basic
from mynumber.codes import wire
from mynumber.codes.errors import ProtocolError
from mynumber.codes.wire import B16, Epoch, One, Payload
from mynumber.number.my_number import MyNumber
from mynumber.plumbing.canonical import Json, b64
from mynumber.plumbing.errors import BadInput

PATH = "/acquisition"
MAX_ENTRIES = 64

Result: TypeAlias = Literal["accepted", "already-acquired", "no-match"]
# A row number of the linkage table, with or without the prefix of a procedure; too short to hide a number in it.
Ground = Annotated[str, msgspec.Meta(pattern=r"\A(link-)?[0-9]{1,4}(-[0-9]{1,3})?\Z")]


@dataclass(frozen=True, slots=True)
class Entry:
    """One person for whom a code is asked; `acq` is the acquisition number, 16 bytes."""

    acq: bytes
    number: MyNumber
    basic: Basic = field(repr=False)


@dataclass(frozen=True, slots=True)
class Request:
    """One batch; the acquisition numbers in it are distinct."""

    ground: str
    record_epoch: int
    lost: bool
    entries: tuple[Entry, ...]

    @property
    def procedure(self) -> str:
        """Return the ground as a procedure text."""
        return f"link-{self.ground.removeprefix('link-')}"


class _Entry(Basic, frozen=True):
    acq: B16
    number: str


class _Request(Payload, frozen=True):
    v: One
    ground: Ground
    record_epoch: Epoch
    lost: bool
    entries: Annotated[tuple[_Entry, ...], msgspec.Meta(min_length=1, max_length=MAX_ENTRIES)]


class _Answer(Payload, frozen=True):
    v: One
    results: Annotated[tuple[Result, ...], msgspec.Meta(max_length=MAX_ENTRIES)]


def read_request(body: Json) -> Request:
    """Return the request behind all types and sizes, or raise BAD_ENCODING, which repeats nothing of it."""
    try:
        members = wire.read(body, _Request)
        entries = tuple(_entry(one) for one in members.entries)
    except (ProtocolError, BadInput):
        # The cause may show a value, and every value here is personal.
        raise ProtocolError("BAD_ENCODING") from None
    wire.distinct(tuple(entry.acq for entry in entries))
    return Request(members.ground, members.record_epoch, members.lost, entries)


def _entry(one: _Entry) -> Entry:
    basic = Basic(name=one.name, kana=one.kana, birth=one.birth, sex=one.sex, address=one.address)
    return Entry(bytes(one.acq), MyNumber(one.number), basic)


def write_request(request: Request) -> Json:
    """Return what travels; it shows numbers, so it goes to the register and nowhere else."""
    return {
        "v": 1,
        "ground": request.ground,
        "record_epoch": request.record_epoch,
        "lost": request.lost,
        "entries": [write_entry(entry) for entry in request.entries],
    }


def write_entry(entry: Entry) -> Json:
    """Return one entry as it travels."""
    basic = wire.plain(entry.basic)
    assert isinstance(basic, dict)  # noqa: S101  # a Struct with named members
    return {**basic, "acq": b64(entry.acq), "number": entry.number.digits()}


def write_answer(results: tuple[Result, ...]) -> Json:
    """Return the register's answer, one result an entry in order."""
    return {"v": 1, "results": list(results)}


def read_answer(body: Json, count: int) -> tuple[Result, ...]:
    """Return the results of a request with `count` entries, or raise BAD_ENCODING."""
    results = wire.read(body, _Answer).results
    if len(results) != count:
        raise ProtocolError("BAD_ENCODING")
    return results
