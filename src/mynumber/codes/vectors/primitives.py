"""The primitives of PROTOCOL.md sections 2 to 4: the last column of each must come out."""

from collections.abc import Callable, Mapping

import msgspec

from mynumber.codes import group, hashing, jws, keys, names, wire
from mynumber.codes.group import Scalar
from mynumber.codes.parties import entries
from mynumber.codes.vectors.format import Hex, Part, read
from mynumber.codes.vectors.verdict import Mismatch, same


class _Xmd(Part, frozen=True):
    role: str
    msg: Hex
    out: Hex


class _Person(Part, frozen=True):
    root: Hex
    point: Hex


class _Factor(Part, frozen=True):
    seed: Hex
    network: str
    name: str
    k: Hex
    K: Hex


class _Nonce(Part, frozen=True):
    label: str
    secret: Hex
    rand: Hex
    bind: Hex
    index: int
    out: Hex


class _Pop(Part, frozen=True):
    secret: Hex
    rand: Hex
    network: str
    role: names.PopRole
    owner: str
    name: str
    point: Hex
    proof: Hex


class _Weights(Part, frozen=True):
    seed: Hex
    n: int
    out: tuple[Hex, ...]


class _Entry(Part, frozen=True):
    network: str
    entry: dict[str, object]
    key: Hex
    signature: Hex


def _xmd(value: object) -> None:
    given = read(value, _Xmd)
    same(given.out, hashing.xmd(given.role, given.msg))


def _person(value: object) -> None:
    given = read(value, _Person)
    same(given.point, hashing.h2g("person", given.root))


def _factor(value: object) -> None:
    given = read(value, _Factor)
    k = keys.factor(given.seed, given.network, given.name)
    same(given.k, k, "k")
    same(given.K, group.base(k), "K")


def _nonce(value: object) -> None:
    given = read(value, _Nonce)
    same(given.out, hashing.nonce(given.label, given.secret, given.rand, given.bind, given.index))


def _pop(value: object) -> None:
    given = read(value, _Pop)
    secret = Scalar(given.secret)
    proof = keys.possession(
        secret, given.rand, network=given.network, role=given.role, owner=given.owner, name=given.name
    )
    same(given.point, group.base(secret), "point")
    same(given.proof, proof, "proof")
    context = names.pop_context(given.network, given.role, given.owner, given.name)
    hashing.check_schnorr(group.base(secret), proof, context, "BAD_POP")


def _weights(value: object) -> None:
    given = read(value, _Weights)
    same([*given.out], [weight[:16] for weight in hashing.weights(given.seed, given.n)])


def _entry(value: object) -> None:
    given = read(value, _Entry)
    signed = entries.self_input(given.network, _read_entry({**given.entry, "self": ["A" * 86]}))
    same(given.signature, jws.sign_bytes(given.key, signed))


def _read_entry(members: dict[str, object]) -> entries.Entry:
    kinds: tuple[type[entries.Entry], ...] = (entries.Agency, entries.Keeper, entries.Supervisor, entries.Register)
    for kind in kinds:
        if members.keys() == {field.encode_name for field in msgspec.structs.fields(kind)}:
            entry: entries.Entry = wire.read(members, kind)
            return entry
    raise Mismatch("an entry of a directory", sorted(members))


PRIMITIVES: Mapping[str, Callable[[object], None]] = {
    "xmd": _xmd,
    "person": _person,
    "factor": _factor,
    "nonce": _nonce,
    "pop": _pop,
    "weights": _weights,
    "entry": _entry,
}
