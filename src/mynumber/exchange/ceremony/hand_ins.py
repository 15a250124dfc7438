"""Hand-ins as the ceremony reads them: whose they are, and that their parts belong together.

What is proved inside an entry (possession, `self`) is not looked at here: every operator checks it before it signs
(PROTOCOL.md D7, D8), whoever held the ceremony's folder meanwhile.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from mynumber.codes import wire
from mynumber.codes.errors import ProtocolError
from mynumber.codes.parties import entries, handing_in, succession
from mynumber.codes.parties.entries import Body, Entry, Operator, Role
from mynumber.exchange import setup
from mynumber.exchange.ceremony import handover
from mynumber.pki import nodes
from mynumber.pki.identity import BadCertificate
from mynumber.plumbing import canonical
from mynumber.plumbing.errors import BadInput, Conflict, WrongUse
from mynumber.tlog import checkpoint, note

_PUBLIC = ("entry.json", "node.csr", "url", "vkey", "anchor.json")


class BadHandIn(BadInput):
    """A hand-in is incomplete, or its parts belong to different parties."""

    def __init__(self, party: str, why: str) -> None:
        """Name the party and the part at fault."""
        super().__init__(
            "BAD_HAND_IN", f"the hand-in of {party}: {why}", hint="have the party run `mynumber init` anew"
        )


class Anchor(wire.Payload, frozen=True):
    """What every party is configured with to believe an operator.

    `vouched` is the word of its signing key before, where that one changes (handover.py).
    """

    id: wire.Ident
    sign: wire.B32
    layer: wire.B32
    vouched: wire.B64 = wire.B64()


@dataclass(frozen=True, slots=True)
class HandIn:
    """What one party handed in; `vkey` is empty for a party that keeps no log.

    `vouched` is an operator's word for its next signing key, under the one before.
    """

    role: Role
    entry: Entry | Operator
    csr: bytes
    url: str
    vkey: str
    vouched: bytes = b""

    @property
    def id(self) -> str:
        """Return the party's id."""
        return self.entry.id


class _Files(NamedTuple):
    entry: bytes
    csr: bytes
    url: str
    vkey: str
    anchor: bytes


def read(folder: Path, network: str) -> HandIn:
    """Return a hand-in for this network, or raise BadHandIn."""
    name = folder.parent.name if folder.name == setup.HAND_IN else folder.name
    files = _files(folder, name)
    role, entry = _entry(files.entry, name)
    try:
        asked = nodes.check_csr(files.csr)[:2]
    except BadCertificate as problem:
        raise BadHandIn(name, problem.message) from problem
    if asked != (network, entry.id):
        raise BadHandIn(entry.id, "node.csr asks for another party or network than entry.json")
    if files.vkey and note.parse_vkey(files.vkey).name != checkpoint.log_origin(network, entry.id):
        raise BadHandIn(entry.id, "vkey is of another log")
    if not files.url.startswith("https://"):
        raise BadHandIn(entry.id, "url is not one that others can reach")
    vouched = _check_anchor(entry, files.anchor) if isinstance(entry, Operator) else b""
    return HandIn(role, entry, files.csr, files.url, files.vkey, vouched)


def read_entry(folder: Path) -> Entry | Operator:
    """Return the entry of a hand-in alone, whatever lies beside it."""
    return _entry(_files(folder, folder.parent.name).entry, folder.parent.name)[1]


def _entry(data: bytes, name: str) -> tuple[Role, Entry | Operator]:
    try:
        value = canonical.decode(data)
        role = _role(value)
        return role, handing_in.read_entry(role, value)
    except (canonical.NotCanonical, ProtocolError) as problem:
        raise BadHandIn(name, problem.message) from problem


def keep(folder: Path, ceremony: Path, network: str) -> HandIn:
    """Copy a hand-in into the ceremony's folder, in place of an older one of the same party.

    Conflict if that id handed in something else before that this one does not follow.
    """
    found = read(folder, network)
    kept = _kept(ceremony) / found.id
    if kept.exists():
        before = read(kept, network)
        if before == found:
            return found
        _check_follows(found, before, network)
    copy = ceremony / f"{setup.HAND_IN}.new"
    shutil.rmtree(copy, ignore_errors=True)
    copy.mkdir(parents=True)
    for name in _PUBLIC:
        if (folder / name).exists():
            shutil.copyfile(folder / name, copy / name)
    # A crash behind this leaves no hand-in of this party, before it the one of before; the step is repeated.
    shutil.rmtree(kept, ignore_errors=True)
    kept.parent.mkdir(exist_ok=True)
    copy.rename(kept)
    return found


def _check_follows(new: HandIn, before: HandIn, network: str) -> None:
    """The same entry with another certificate or address, or a later one that its party vouches for with both keys."""
    same = new.entry == before.entry or succession.admissible(network, new.entry, before.entry)
    if isinstance(new.entry, Operator) and new.entry.sign != before.entry.sign:
        same = same and _vouched(network, new, bytes(before.entry.sign))
    if not same or new.vkey != before.vkey:
        hint = "a change is made with `mynumber join rotate`; who lost its signing key comes back under another id"
        raise Conflict("HANDED_IN", f"{new.id} has handed in before, and this does not follow", hint=hint)


def _vouched(network: str, new: HandIn, previous: bytes) -> bool:
    try:
        handover.check(network, new.id, bytes(new.entry.sign), vouched=new.vouched, previous=previous)
    except ProtocolError:
        return False
    return True


def read_kept(ceremony: Path, network: str) -> tuple[HandIn, ...]:
    """Return everything that was handed in, in the order of ids."""
    folders = sorted(_kept(ceremony).iterdir()) if _kept(ceremony).is_dir() else []
    if not folders:
        raise WrongUse("NO_HAND_INS", "nothing was handed in", hint="begin with `mynumber ceremony certificate`")
    return tuple(read(folder, network) for folder in folders)


def is_listed(body: Body, own: HandIn) -> bool:
    """Tell whether a directory has this entry; epochs and records of an agency are the operators' part."""
    if isinstance(own.entry, Operator):
        return own.entry in body.operators
    listed = {entry.id: entry for entry in body.entries()}.get(own.id)
    return listed is not None and entries.own_members(listed) == entries.own_members(own.entry)


def _kept(ceremony: Path) -> Path:
    return ceremony / setup.HAND_IN


def _files(folder: Path, name: str) -> _Files:
    def text(part: str) -> str:
        return (folder / part).read_text(encoding="ascii").strip() if (folder / part).exists() else ""

    try:
        anchor = (folder / "anchor.json").read_bytes() if (folder / "anchor.json").exists() else b""
        entry, csr = (folder / "entry.json").read_bytes(), (folder / "node.csr").read_bytes()
        return _Files(entry, csr, text("url"), text("vkey"), anchor)
    except (OSError, UnicodeDecodeError) as problem:
        raise BadHandIn(name, "a part of it is missing or cannot be read") from problem


def _role(value: object) -> Role:
    """Return whose entry this is; no two roles have the same members."""
    for role, kind in handing_in.KINDS.items():
        if isinstance(value, dict) and set(value) == set(kind.__struct_fields__):
            return role
    raise ProtocolError("BAD_ENCODING", "entry.json is no entry of a directory")


def _check_anchor(entry: entries.Operator, data: bytes) -> bytes:
    """Return what the anchor holds beside the entry: the word of the signing key before, if there is one."""
    try:
        anchor = wire.read(wire.parse(data), Anchor)
    except ProtocolError as problem:
        raise BadHandIn(entry.id, "anchor.json is missing or malformed") from problem
    if (anchor.id, anchor.sign, anchor.layer) != (entry.id, entry.sign, entry.layer):
        raise BadHandIn(entry.id, "anchor.json and entry.json name different keys")
    return bytes(anchor.vouched)
