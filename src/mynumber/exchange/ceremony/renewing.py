"""How a party changes its own keys: the next secret beside the one in use, and a hand-in that says so.

  1. Make the next secret, `keys/NAME.next.key`; one that is there already is the one that is meant.
  2. Write hand-in/ anew: the entry with the next public keys, a greater serial, and `self` by both signing keys where
     that one changes (PROTOCOL.md section 4).
  3. The ceremony takes it as it took the first one; a directory lists it; `own_keys` does the rest.

A crash between 1 and 2 leaves a secret that nobody has heard of; the step is repeated and takes it up. The old secret
stays in use until the directory that lists the next one has begun, and for messages that name the one before.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec

from mynumber.codes import group, jws, wire
from mynumber.codes.group import Scalar
from mynumber.codes.keys import AgencyKeys, KeeperKeys, OperatorKeys, RegisterKeys, SupervisorKeys, scalar_from
from mynumber.codes.parties import handing_in
from mynumber.codes.parties.entries import Agency, Entry, Keeper, Operator, Register
from mynumber.codes.parties.handing_in import Vouching
from mynumber.exchange import setup
from mynumber.exchange.ceremony import hand_ins, handover
from mynumber.exchange.running import own_keys
from mynumber.exchange.setup import HAND_IN, Who
from mynumber.pki import certificates, nodes
from mynumber.plumbing import canonical, durable, keyfiles
from mynumber.plumbing.errors import WrongUse

KINDS: Final[Mapping[str, tuple[str, ...]]] = {
    "operator": ("layer", "sign", "certificate"),
    "keeper": ("transport", "release", "sign", "certificate"),
    "gateway": ("transport", "sign", "codes", "records", "wrap", "certificate"),
    "register": ("sign", "certificate"),
    "supervisor": ("sign", "seal", "certificate"),
    "portal": ("transport", "sign", "certificate"),
}
"""What each role can change by itself; `codes`, `records` and `wrap` are a gateway's own matter (gateway/acquiring)."""


@dataclass(frozen=True, slots=True)
class Epochs:
    """Which epochs an office uses from now on; None for the one that it uses already."""

    code: int | None = None
    record: int | None = None


def require(folder: Path, kind: str) -> Who:
    """Return who the party is, or raise WrongUse if its role has no such key."""
    who = setup.who(folder)
    if kind not in KINDS.get(who.role, ()):
        known = ", ".join(KINDS.get(who.role, ())) or "nothing"
        raise WrongUse("NO_SUCH_KEY", f"a {who.role} cannot change {kind}", hint=f"it can change: {known}")
    return who


def renew(folder: Path, kind: str) -> Path:
    """Make the next secret of a kind and hand in anew; return hand-in/. Done twice, it changes nothing more."""
    who = require(folder, kind)
    # (1) The next secret.
    path = own_keys.following(folder, "node" if kind == "certificate" else kind)
    if not path.exists():
        keyfiles.write_secret(path, _new(kind))
    # (2) The hand-in.
    if kind == "certificate":
        key = certificates.load_key(keyfiles.read_secret(path))
        durable.put(folder / HAND_IN / "node.csr", nodes.make_csr(key, who.network, who.id))
        return folder / HAND_IN
    return hand_in_anew(folder, who)


def hand_in_anew(folder: Path, who: Who, epochs: Epochs | None = None) -> Path:
    """Write the entry with the newest keys and, for an office, the epochs that it uses from now on."""
    place = folder / HAND_IN
    before = hand_ins.read_entry(place)
    entry = _entry(folder, who, before, epochs or Epochs())
    if _public(entry) != _public(before):
        if isinstance(entry, Operator):
            anchor = {"id": entry.id, "sign": entry.sign, "layer": entry.layer, **_word(folder, who)}
            durable.put(place / "anchor.json", canonical.encode(wire.plain(anchor)))
        # A crash before this leaves an anchor of another entry, which nobody takes; the step is repeated.
        durable.put(place / "entry.json", canonical.encode(wire.plain(entry)))
    return place


def _word(folder: Path, who: Who) -> Mapping[str, bytes]:
    """Return the word of an operator's signing key for the next one, while it has two."""
    signs = own_keys.held(folder, "sign")
    if len(signs) == 1:
        return {}
    return {"vouched": wire.B64(handover.vouch(who.network, who.id, jws.public_key(signs[1]), signs[0]))}


def _new(kind: str) -> bytes:
    if kind == "certificate":
        return certificates.key_pem(ec.generate_private_key(ec.SECP256R1()))
    return os.urandom(32) if kind in ("sign", "seal") else scalar_from(os.urandom(64))


def _entry(folder: Path, who: Who, before: Entry | Operator, epochs: Epochs) -> Entry | Operator:
    if isinstance(before, Operator):
        own = OperatorKeys(who.id, b"", _scalar(folder, "layer"), _newest(folder, "sign"))
        return handing_in.operator_entry(own, Vouching(who.network, who.organisation, os.urandom(32)))
    signs = own_keys.held(folder, "sign")
    # Vouched for by the signing key that the directory lists as long as another one is to take its place.
    previous = signs[0] if len(signs) > 1 else None
    by = Vouching(who.network, who.organisation, os.urandom(32), before.serial + 1, previous)
    if isinstance(before, Keeper):
        keys = KeeperKeys(who.id, _scalar(folder, "transport"), _scalar(folder, "release"), signs[-1], b"")
        return handing_in.keeper_entry(keys, by)
    if isinstance(before, Agency):
        office = AgencyKeys(who.id, _scalar(folder, "transport"), b"", signs[-1])
        codes, records = epochs.code or before.epoch, epochs.record or before.record_epoch
        return handing_in.agency_entry(office, by, portal=before.portal, epoch=codes, record_epoch=records)
    if isinstance(before, Register):
        return handing_in.register_entry(RegisterKeys(who.id, b"", signs[-1]), by)
    return handing_in.supervisor_entry(SupervisorKeys(who.id, _newest(folder, "seal"), signs[-1]), by)


def _public(entry: Entry | Operator) -> dict[str, object]:
    """Return what an entry says; proofs, serial and vouching are made anew each time and say nothing new."""
    made = ("self", "pop", "release_pop", "layer_pop", "serial", "epochs", "records")
    return {name: value for name, value in _plain(entry).items() if name not in made}


def _plain(entry: Entry | Operator) -> Mapping[str, object]:
    plain = wire.plain(entry)
    assert isinstance(plain, dict)  # noqa: S101  # the plain form of a struct
    return plain


def _newest(folder: Path, name: str) -> bytes:
    return own_keys.held(folder, name)[-1]


def _scalar(folder: Path, name: str) -> Scalar:
    return group.secret_scalar(_newest(folder, name))
