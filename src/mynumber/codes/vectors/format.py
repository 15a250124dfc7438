"""The members of a vector file (vectors/README.md), one Struct for each object; what travels stays as it is (`object`).

A member that is missing or of another type is WrongUse: the file is not of this format.
"""

from typing import Annotated, TypeVar

import msgspec

from mynumber.codes.permit.receive import Role
from mynumber.plumbing.errors import WrongUse

FORMAT = "mynumber-codes-v1 vectors"


class Hex(bytes):
    """Bytes, lower-case hex in the file."""


class Part(msgspec.Struct, frozen=True):
    """Base of all objects; members of a newer format are left to `cases`, which counts unknown groups as failures."""


class OperatorSecrets(Part, frozen=True):
    """An operator's secrets."""

    id: str
    seed: Hex
    layer: Hex
    sign: Hex


class KeeperSecrets(Part, frozen=True):
    """The keeper's secrets; it has no HMAC key here, because members are given as tags."""

    id: str
    y: Hex
    x: Hex
    sign: Hex


class RegisterSecrets(Part, frozen=True):
    """The register's encryption secret."""

    secret: Hex


class SupervisorSecrets(Part, frozen=True):
    """The supervisor's X25519 secret."""

    seal: Hex


class AgencySecrets(Part, frozen=True):
    """An agency's transport secret and wrap key."""

    y: Hex
    wrap: Hex


class Run(Part, frozen=True):
    """One whole passage; a `read` has no release and what belongs to it."""

    name: str
    kind: str
    members: dict[str, object]
    values: tuple[Hex, ...]
    secret: Hex
    signers: tuple[str, ...]
    rand_enc: Hex
    rand_input: Hex
    message: object
    request_hash: Hex
    issued: int
    expires: int
    rand_steps: tuple[Hex, ...]
    steps: tuple[object, ...]
    endorsements: tuple[object, ...]
    permit_hash: Hex
    final_steps: tuple[object, ...]
    me: str
    role: Role
    peer: str
    context: Hex
    outstanding: tuple[str, ...]
    opened: tuple[tuple[Hex | None, ...], ...]
    stored: int = 0
    enrolled: dict[str, tuple[Hex, ...]] = {}
    rand_release: Hex = Hex()
    release: object = None
    tags: tuple[Hex, ...] = ()


class World(Part, frozen=True):
    """A network with all its secrets; `things` holds the lists of small things, read by `things`."""

    n: int
    network: str
    now: int
    anchors: tuple[tuple[str, Hex], ...]
    directory: object
    directory_hash: Hex
    laws: tuple[object, ...]
    law_hashes: tuple[Hex, ...]
    signing: dict[str, Hex]
    operators: tuple[OperatorSecrets, ...]
    keeper: KeeperSecrets
    register: RegisterSecrets
    supervisor: SupervisorSecrets
    agencies: dict[str, AgencySecrets]
    runs: tuple[Run, ...]
    next: object = None
    next_hash: Hex = Hex()


class Negative(Part, frozen=True):
    """A call that must be refused with `error`."""

    name: str
    call: str
    args: dict[str, object]
    lie: str
    error: str


class Positive(Part, frozen=True):
    """A call that must be accepted, with its result; null: nothing to compare."""

    name: str
    call: str
    args: dict[str, object]
    why: str
    result: object


class File(Part, frozen=True):
    """A whole file; worlds and primitives are read group by group."""

    format: str
    label: str
    primitives: dict[str, object]
    worlds: Annotated[list[dict[str, object]], msgspec.Meta(min_length=1)]
    positive: tuple[Positive, ...]
    negative: tuple[Negative, ...]


T = TypeVar("T")


def _hook(kind: type, value: object) -> object:
    if kind is object:
        return value
    if kind is Hex and isinstance(value, str) and value == value.lower():
        return Hex(bytes.fromhex(value))
    raise ValueError("lower-case hex expected")


def read(value: object, kind: type[T]) -> T:
    """Return the object as `kind`, or raise WrongUse."""
    try:
        return msgspec.convert(value, kind, strict=True, dec_hook=_hook)
    except msgspec.ValidationError as problem:
        raise WrongUse("BAD_VECTORS", str(problem), hint="see vectors/README.md for the format") from problem


def read_file(value: object) -> File:
    """Return the members of a vector file, or raise WrongUse."""
    file = read(value, File)
    if file.format != FORMAT:
        raise WrongUse("BAD_VECTORS", f"the format is not {FORMAT}")
    return file
