"""The directory in the ceremony's folder: drafted once, committed to by each operator, then signed in their order.

  directory   `draft` from the hand-ins: draft.json. Operators stand in the order of their ids.
  commit      each operator, in any order: commitments/<operator>.json.
  sign        each operator, in that order: directory.json, with one signature more.

An operator's step reads that operator's keys and nobody else's. It writes down what it signs before it shows it, in
`signed/<version>` of its own folder, because it may sign one payload a version (PROTOCOL.md section 4).
"""

import os
from pathlib import Path

from mynumber.codes import group, wire
from mynumber.codes.keys import OperatorKeys
from mynumber.codes.parties import drafting, handing_in
from mynumber.codes.parties.drafting import Desk, Parties
from mynumber.codes.parties.entries import Agency, Body, Keeper, Operator, Register, Supervisor
from mynumber.exchange import setup
from mynumber.exchange.ceremony import authority, hand_ins
from mynumber.exchange.ceremony.hand_ins import HandIn
from mynumber.plumbing import canonical, keyfiles
from mynumber.plumbing.canonical import Json
from mynumber.plumbing.errors import Conflict, WrongUse

DIRECTORY = "directory.json"
_DRAFT = "draft.json"


def draft(ceremony: Path, *, now: int) -> Body:
    """Draft version 1 from everything that was handed in."""
    path = ceremony / _DRAFT
    if path.exists():
        raise Conflict("DRAFTED", "the directory is drafted already", hint="go on with `mynumber ceremony commit`")
    network = authority.network_of(ceremony)
    parties = _parties(hand_ins.read_kept(ceremony, network))
    drafted = drafting.draft(drafting.first_term(network, now), parties)
    path.write_bytes(canonical.encode(wire.plain(drafted)))
    return drafted


def commit(ceremony: Path, folder: Path) -> str:
    """Write the commitments of the operator of `folder`; return its id."""
    own = _operator(folder, authority.network_of(ceremony))
    made = drafting.commit(own, _drafted(ceremony), os.urandom(32))
    path = _commitments_of(ceremony, own.id)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(canonical.encode(wire.plain(made)))
    return own.id


def sign(ceremony: Path, folder: Path, *, now: int) -> drafting.Signed:
    """Check the directory as the operator of `folder` and add its signature."""
    network = authority.network_of(ceremony)
    own = _operator(folder, network)
    jws = _directory(ceremony)
    drafted = _drafted(ceremony)
    noted = folder / "signed" / str(drafted.version)
    before = bytes.fromhex(noted.read_text(encoding="ascii")) if noted.exists() else None
    anchors = tuple(handing_in.anchor(operator) for operator in drafted.operators)
    signed = drafting.sign_as_operator(own, jws, Desk(network, anchors, now, signed_before=before))
    if before is None:
        keyfiles.write_secret(noted, signed.hash.hex().encode("ascii"))
    # A crash here leaves a note and no signature: the same payload is signed again, another one is not.
    (ceremony / DIRECTORY).write_bytes(canonical.encode(signed.jws))
    return signed


def _parties(handed: tuple[HandIn, ...]) -> Parties:
    listed = [each.entry for each in handed]
    keepers = [entry for entry in listed if isinstance(entry, Keeper)]
    registers = [entry for entry in listed if isinstance(entry, Register)]
    supervisors = [entry for entry in listed if isinstance(entry, Supervisor)]
    operators = tuple(entry for entry in listed if isinstance(entry, Operator))
    if not operators or (len(keepers), len(registers), len(supervisors)) != (1, 1, 1):
        raise WrongUse(
            "PARTIES",
            "a network has at least one operator, and one keeper, one register and one supervisor",
            hint="hand in who is missing with `mynumber ceremony certificate`",
        )
    agencies = tuple(_first_epochs(entry) for entry in listed if isinstance(entry, Agency))
    return Parties(operators, keepers[0], registers[0], supervisors[0], agencies)


def _first_epochs(agency: Agency) -> Agency:
    return drafting.listing(agency, epochs=() if agency.portal else (agency.epoch,), records=(agency.record_epoch,))


def _operator(folder: Path, network: str) -> OperatorKeys:
    who = setup.who(folder)
    if who.role != "operator" or who.network != network:
        raise WrongUse("NOT_AN_OPERATOR", f"{folder} is no operator of {network}", hint="name an operator's folder")
    secrets = [keyfiles.read_secret(folder / "keys" / f"{name}.key") for name in ("seed", "layer", "sign")]
    return OperatorKeys(who.id, secrets[0], group.secret_scalar(secrets[1]), secrets[2])


def _drafted(ceremony: Path) -> Body:
    return drafting.read_draft(_read(ceremony / _DRAFT, "draft it with `mynumber ceremony directory`"))


def _directory(ceremony: Path) -> Json:
    """Return the directory with the signatures it has, assembled if it has none yet."""
    if (ceremony / DIRECTORY).exists():
        return _read(ceremony / DIRECTORY, "")
    drafted = _drafted(ceremony)
    hint = "every operator runs `mynumber ceremony commit` first"
    paths = [_commitments_of(ceremony, operator.id) for operator in drafted.operators]
    return drafting.assemble(drafted, [drafting.read_commitments(_read(path, hint)) for path in paths])


def _commitments_of(ceremony: Path, operator: str) -> Path:
    return ceremony / "commitments" / f"{operator}.json"


def _read(path: Path, hint: str) -> Json:
    try:
        return canonical.decode(path.read_bytes())
    except OSError as problem:
        raise WrongUse("NOT_YET", f"{path} is not there yet", hint=hint) from problem
