"""Secret keys of every role (PROTOCOL.md section 3): made from raw random bytes passed in, never shown by a repr.

Secrets are kept as the bytes that libsodium and pyca take; scalars never become Python integers. `to_members` and
`from_members` are the form in which an institution keeps them in a file of its own.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import ClassVar, TypeAlias, TypeVar

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from mynumber.codes import group, hashing, names
from mynumber.codes.errors import ProtocolError
from mynumber.codes.group import Point, Scalar
from mynumber.codes.names import PopRole
from mynumber.plumbing import canonical
from mynumber.plumbing.errors import WrongUse


def scalar_from(raw: bytes) -> Scalar:
    """Return a secret scalar made from 64 random bytes."""
    if len(raw) != 64:
        raise WrongUse("BAD_KEY", "a secret scalar is made from 64 random bytes")
    return group.secret_scalar(group.reduce(raw))


def factor(seed: bytes, network: str, name: str) -> Scalar:
    """Return the factor k(name) of an operator's seed."""
    return hashing.h2s("factor", hmac.digest(seed, hashing.frame("factor", network, name), hashlib.sha512))


def possession(secret: Scalar, rand: bytes, *, network: str, role: PopRole, owner: str, name: str) -> bytes:
    """Return the proof that the publisher of `secret` G knows `secret`; `name` is the role, or the factor's name."""
    return hashing.schnorr(secret, rand, names.pop_context(network, role, owner, name))


@dataclass(frozen=True, slots=True)
class OperatorKeys:
    """An operator's seed, layer secret and signing secret; `seeds` is its private table of older names -> seed."""

    RAW: ClassVar[int] = 128

    id: str
    seed: bytes = field(repr=False)
    layer: Scalar = field(repr=False)
    sign: bytes = field(repr=False)
    seeds: Mapping[str, bytes] = field(default_factory=dict, repr=False, kw_only=True)

    @classmethod
    def make(cls, party: str, raw: bytes) -> "OperatorKeys":
        """Return new keys from RAW random bytes."""
        _expect(raw, cls.RAW)
        return cls(party, raw[:32], scalar_from(raw[32:96]), raw[96:])

    @property
    def layer_key(self) -> Point:
        """Return X_j."""
        return group.base(self.layer)

    def factor(self, network: str, name: str) -> Scalar:
        """Return k_j(name)."""
        return factor(self.seed_of(name), network, name)

    def seed_of(self, name: str) -> bytes:
        """Return the seed from which the factor of a name is made."""
        return self.seeds.get(name, self.seed)

    def commitment(self, network: str, name: str) -> Point:
        """Return K_j(name)."""
        return group.base(self.factor(network, name))

    def delta(self, network: str, agency: str, *, old: int, new: int) -> Scalar:
        """Return D_j, which carries the agency's codes from one epoch to another; a secret for this agency alone."""
        before, after = names.agency_name(agency, old), names.agency_name(agency, new)
        return group.over(self.factor(network, after), self.factor(network, before))


@dataclass(frozen=True, slots=True)
class KeeperKeys:
    """The keeper's transport (y) and release (x) secrets, signing secret and HMAC key h."""

    RAW: ClassVar[int] = 192

    id: str
    y: Scalar = field(repr=False)
    x: Scalar = field(repr=False)
    sign: bytes = field(repr=False)
    h: bytes = field(repr=False)

    @classmethod
    def make(cls, party: str, raw: bytes) -> "KeeperKeys":
        """Return new keys from RAW random bytes."""
        _expect(raw, cls.RAW)
        return cls(party, scalar_from(raw[:64]), scalar_from(raw[64:128]), raw[128:160], raw[160:])


@dataclass(frozen=True, slots=True)
class AgencyKeys:
    """An agency's transport secret, 64-byte wrap key and signing secret; a portal never uses the wrap key."""

    RAW: ClassVar[int] = 160

    id: str
    y: Scalar = field(repr=False)
    wrap: bytes = field(repr=False)
    sign: bytes = field(repr=False)

    @classmethod
    def make(cls, party: str, raw: bytes) -> "AgencyKeys":
        """Return new keys from RAW random bytes."""
        _expect(raw, cls.RAW)
        return cls(party, scalar_from(raw[:64]), raw[64:128], raw[128:])


@dataclass(frozen=True, slots=True)
class RegisterKeys:
    """The register's encryption secret and signing secret."""

    RAW: ClassVar[int] = 64

    id: str
    secret: bytes = field(repr=False)
    sign: bytes = field(repr=False)

    @classmethod
    def make(cls, party: str, raw: bytes) -> "RegisterKeys":
        """Return new keys from RAW random bytes."""
        _expect(raw, cls.RAW)
        return cls(party, raw[:32], raw[32:])


@dataclass(frozen=True, slots=True)
class SupervisorKeys:
    """The supervisor's X25519 seal secret and signing secret."""

    RAW: ClassVar[int] = 64

    id: str
    seal: bytes = field(repr=False)
    sign: bytes = field(repr=False)

    @classmethod
    def make(cls, party: str, raw: bytes) -> "SupervisorKeys":
        """Return new keys from RAW random bytes."""
        _expect(raw, cls.RAW)
        return cls(party, raw[:32], raw[32:])

    @property
    def seal_key(self) -> bytes:
        """Return the public X25519 key."""
        return X25519PrivateKey.from_private_bytes(self.seal).public_key().public_bytes_raw()


AnyKeys: TypeAlias = OperatorKeys | KeeperKeys | AgencyKeys | RegisterKeys | SupervisorKeys
Keys = TypeVar("Keys", bound=AnyKeys)

_SCALARS = frozenset({"layer", "y", "x"})
_TABLE = "seeds"  # belongs to the operator's database, not to its key file


def signer(keys: AnyKeys) -> tuple[str, bytes]:
    """Return (id, signing secret), as `jws.sign` takes it."""
    return keys.id, keys.sign


def to_members(keys: AnyKeys) -> dict[str, str]:
    """Return id and secrets (base64url) by name, without an operator's table; as secret as the keys themselves."""
    names = [one.name for one in fields(keys) if one.name not in ("id", _TABLE)]
    return {"id": keys.id, **{name: canonical.b64(getattr(keys, name)) for name in names}}


def from_members(kind: type[Keys], kept: Mapping[str, str]) -> Keys:
    """Return the keys that `to_members` gave, or raise WrongUse."""
    names: list[str] = [one.name for one in fields(kind) if one.name not in ("id", _TABLE)]
    if set(kept) != {"id", *names}:
        raise WrongUse("BAD_KEY", f"expected the members id, {', '.join(names)}")
    return kind(kept["id"], *(_secret(name, kept[name]) for name in names))


def _secret(name: str, text: str) -> Scalar:
    """Return a kept secret; only those in _SCALARS are scalars in truth, all are bytes."""
    try:
        data = canonical.unb64(text, 64 if name == "wrap" else 32)
        return group.secret_scalar(data) if name in _SCALARS else Scalar(data)
    except (canonical.NotCanonical, ProtocolError) as problem:
        raise WrongUse("BAD_KEY", f"{name} is not a secret of the right kind and size") from problem


def _expect(raw: bytes, size: int) -> None:
    if len(raw) != size:
        raise WrongUse("BAD_KEY", f"these keys are made from {size} random bytes")
