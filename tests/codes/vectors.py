"""The parts of vectors/codes.json that single tests look at, typed; the runner of all of it is tested elsewhere."""

from functools import cache
from pathlib import Path
from typing import TypeVar

import msgspec

from mynumber.codes.parties.directory import Anchor, Directory, load_directory

PATH = Path(__file__).parents[2] / "vectors" / "codes.json"


class Hex(bytes):
    """Plain bytes: lower-case hex in the file."""


class Rotation(msgspec.Struct):
    agency: str
    old: int
    new: int
    deltas: list[Hex]
    code: Hex
    out: Hex = Hex()


class Wrap(msgspec.Struct):
    key: Hex
    agency: str
    epoch: int
    code: Hex = Hex()
    blob: Hex = Hex()


class Answer(msgspec.Struct):
    provider: str
    count: int
    permit: Hex
    answer: object
    sealed: Hex
    reply_secret: Hex
    results: object = None


class SealedRow(msgspec.Struct):
    tag: Hex
    year: int
    index: int
    hidden: bool
    sealed: Hex
    members: object = None
    locator: Hex = Hex()


class Reading(msgspec.Struct):
    name: str
    tag: Hex
    year: int
    rows: list[tuple[Hex, Hex]]
    found: list[tuple[bool, int]]
    missing: list[tuple[bool, int]]
    next: int
    next_hidden: int


class Hidden(msgspec.Struct):
    secret: Hex
    permit: Hex
    entry: int
    sealed: Hex
    seed: Hex = Hex()
    members: object = None


class Outcome(msgspec.Struct):
    permit: Hex
    sealed: Hex
    jws: object = None
    locator: Hex = Hex()


class Form(msgspec.Struct):
    typ: str
    jws: object
    kid: str
    members: object = None


class Operator(msgspec.Struct):
    id: str
    seed: Hex
    layer: Hex
    sign: Hex


class World(msgspec.Struct):
    n: int
    network: str
    now: int
    anchors: list[tuple[str, Hex]]
    directory: object
    directory_hash: Hex
    laws: list[object]
    law_hashes: list[Hex]
    signing: dict[str, Hex]
    operators: list[Operator]
    rotation: list[Rotation]
    wrap: list[Wrap]
    answers: list[Answer]
    rows: list[SealedRow]
    reading: list[Reading]
    hidden: list[Hidden]
    outcomes: list[Outcome]
    forms: list[Form]
    next: object = None
    next_hash: Hex = Hex()


class LoadDirectory(msgspec.Struct):
    directory: object
    anchors: list[tuple[str, Hex]]
    now: int
    last: bool
    missed: list[object]


class LoadLaw(msgspec.Struct):
    law: object


class Factor(msgspec.Struct):
    seed: Hex
    network: str
    name: str
    k: Hex
    K: Hex


class Possession(msgspec.Struct):
    secret: Hex
    rand: Hex
    network: str
    role: str
    owner: str
    name: str
    point: Hex
    proof: Hex


class EntrySignature(msgspec.Struct):
    network: str
    entry: object
    key: Hex
    signature: Hex


class Primitives(msgspec.Struct):
    factor: list[Factor]
    pop: list[Possession]
    entry: list[EntrySignature]


class Call(msgspec.Struct):
    name: str
    call: str
    args: msgspec.Raw
    error: str = ""
    result: object = None


class File(msgspec.Struct):
    primitives: Primitives
    worlds: list[World]
    negative: list[Call]
    positive: list[Call]


T = TypeVar("T")


def _hook(kind: type, value: object) -> object:
    return Hex.fromhex(str(value)) if kind is Hex else value


def _decode(data: bytes | msgspec.Raw, kind: type[T]) -> T:
    return msgspec.json.decode(data, type=kind, dec_hook=_hook)


@cache
def file() -> File:
    return _decode(PATH.read_bytes(), File)


def calls(which: list[Call], call: str, kind: type[T]) -> list[tuple[Call, T]]:
    """Return every call of this name with its arguments; a name that has none is a mistake."""
    found = [(one, _decode(one.args, kind)) for one in which if one.call == call]
    assert found, call
    return found


def names(pairs: list[tuple[Call, T]]) -> list[str]:
    return [one.name for one, _ in pairs]


def anchors(listed: list[tuple[str, Hex]]) -> list[Anchor]:
    return [Anchor(party, key) for party, key in listed]


@cache
def directory(index: int) -> Directory:
    """Return the directory of a world, behind all checks."""
    world = file().worlds[index]
    return load_directory(
        world.directory, network=world.network, anchors=anchors(world.anchors), now=world.now, last=None
    )
