"""The directory in the ceremony's folder: drafted, committed to by each operator, then signed in their order.

  directory   `draft` from the hand-ins, or from the last directory and what was handed in since: draft.json.
  commit      each operator, in any order: commitments/<operator>.json.
  sign        each operator, in the order of their ids: directory.json, with one signature more.

Version 1 lies in the ceremony's folder itself, a later one in directories/<version>/. A draft that nobody signed is
made anew when somebody hands in late; one that has a signature stays, because an operator signs one payload a version
(PROTOCOL.md section 4). It writes down what it signs before it shows it, in `signed/<version>` of its own folder.

An operator's step reads that operator's keys and nobody else's.
"""

import os
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from mynumber.codes import group, jws, wire
from mynumber.codes.keys import OperatorKeys
from mynumber.codes.parties import directory as directories
from mynumber.codes.parties import drafting, entries, handing_in, succession
from mynumber.codes.parties.directory import SPACING_S, Anchor, Directory
from mynumber.codes.parties.drafting import Desk, Parties
from mynumber.codes.parties.entries import Agency, Body, Keeper, Operator, Register, Supervisor
from mynumber.codes.parties.succession import Changes
from mynumber.exchange import setup
from mynumber.exchange.ceremony import authority, hand_ins, handover
from mynumber.exchange.ceremony.hand_ins import HandIn
from mynumber.exchange.running import own_keys
from mynumber.exchange.view import anchors
from mynumber.exchange.view.anchors import Network
from mynumber.plumbing import canonical, durable, keyfiles
from mynumber.plumbing.canonical import Json
from mynumber.plumbing.errors import Conflict, WrongUse

DIRECTORY = "directory.json"
LEAD_S = 600  # so long before its beginning a directory is drafted, unless the people at the table say otherwise
_DRAFT = "draft.json"
_LATER = "directories"


@dataclass(frozen=True, slots=True)
class History:
    """What an operator's own store knows: the directory it stands on, and every id that was ever listed."""

    last: Directory | None = None
    listed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the newest version has come; `drafted` is None before the first draft.

    `everybody` has to finish where an operator's signing key changes; `undrafted` handed in what it does not list.
    """

    drafted: Body | None
    committed: tuple[str, ...] = ()
    signed: tuple[str, ...] = ()
    everybody: bool = False
    undrafted: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Tell whether every operator has signed."""
        return self.drafted is not None and len(self.signed) == len(self.drafted.operators)


def draft(ceremony: Path, *, now: int, begins: int | None = None, changes: Changes | None = None) -> Body:
    """Draft version 1 from everything that was handed in, or the next version from the last and what changed.

    A later version begins at `begins`, or as early as is lawful and at least LEAD_S from now.
    """
    network = authority.network_of(ceremony)
    handed = hand_ins.read_kept(ceremony, network)
    held, handed_over = progress(ceremony), None
    if held.drafted is None:
        place, drafted = ceremony, drafting.draft(drafting.first_term(network, now), _parties(handed))
    elif held.complete:
        place, before = _next(ceremony, held.drafted.version), held.drafted
        drafted = _successor(ceremony, now, begins, changes, handed)
        vouched = {each.id: each.vouched for each in handed}
        handed_over = handover.of(drafted.version, before, drafted.operators, vouched)
    elif held.drafted.version == 1 or held.signed:
        hint = "go on with `mynumber ceremony commit`, or see `mynumber ceremony status`"
        raise Conflict("DRAFTED", f"directory {held.drafted.version} is drafted already", hint=hint)
    else:
        # Somebody came late and nobody has signed: the draft and the commitments to it are made anew.
        shutil.rmtree(_newest(ceremony))
        return draft(ceremony, now=now, begins=begins, changes=changes)
    place.mkdir(parents=True, exist_ok=True)
    if handed_over is not None:
        handover.write(place, handed_over)
    durable.put(place / _DRAFT, canonical.encode(wire.plain(drafted)))
    return drafted


def progress(ceremony: Path) -> Progress:
    """Say how far the newest version has come."""
    place = _newest(ceremony)
    if not (place / _DRAFT).exists():
        return Progress(None)
    drafted = _drafted(ceremony)
    committed = tuple(each.id for each in drafted.operators if _commitments_of(place, each.id).exists())
    everybody, undrafted = (place / handover.FILE).exists(), _undrafted(ceremony, drafted)
    return Progress(drafted, committed, _signers(place), everybody, undrafted)


def believed(ceremony: Path, trusted: Network) -> Network:
    """Return whom a party believes for all versions drafted so far, if it believes `trusted` now."""
    return handover.believed(trusted, ((_draft_in(place).version, place) for place in _places(ceremony)))


def first(ceremony: Path) -> Body:
    """Return the first version as it was drafted: the operators of before any change."""
    return _draft_in(ceremony)


def signed_directory(ceremony: Path, trusted: tuple[Anchor, ...], *, now: int) -> Directory:
    """Return the newest directory that every operator signed, behind D1 to D8; one that begins later is taken too."""
    place = _newest(ceremony)
    hint = "every operator runs `mynumber ceremony sign` first"
    missing = [each.id for each in _drafted(ceremony).operators[len(_signers(place)) :]]
    if missing:
        said = f"the directory is not signed yet by {', '.join(missing)}"
        raise WrongUse("NOT_YET", said, hint=hint)
    value, network = _read(place / DIRECTORY, hint), authority.network_of(ceremony)
    begun = now >= _drafted(ceremony).not_before
    return directories.load_directory(value, network=network, anchors=trusted, now=now if begun else None, last=None)


def commit(ceremony: Path, folder: Path) -> str:
    """Write the commitments of the operator of `folder`; return its id."""
    drafted = _drafted(ceremony)
    own = _operator(folder, authority.network_of(ceremony), drafted)
    made = drafting.commit(own, drafted, os.urandom(32))
    path = _commitments_of(_newest(ceremony), own.id)
    path.parent.mkdir(exist_ok=True)
    durable.put(path, canonical.encode(wire.plain(made)))
    return own.id


def sign(ceremony: Path, folder: Path, *, now: int, history: History | None = None) -> drafting.Signed:
    """Check the directory as the operator of `folder` and add its signature."""
    history = history or History()
    network, drafted, place = authority.network_of(ceremony), _drafted(ceremony), _newest(ceremony)
    own = _operator(folder, network, drafted)
    value = _directory(place, drafted)
    noted = folder / "signed" / str(drafted.version)
    before = bytes.fromhex(noted.read_text(encoding="ascii")) if noted.exists() else None
    desk = Desk(
        network,
        _anchors(ceremony, folder, drafted, history),
        None if drafted.not_before > now else now,
        last=history.last,
        ever_listed=history.listed,
        signed_before=before,
    )
    signed = drafting.sign_as_operator(own, value, desk)
    if before is None:
        keyfiles.write_secret(noted, signed.hash.hex().encode("ascii"))
    # A crash here leaves a note and no signature: the same payload is signed again, another one is not.
    durable.put(place / DIRECTORY, canonical.encode(signed.jws))
    return signed


def changes_to_sign(ceremony: Path, history: History) -> list[str]:
    """Say in words what an operator is about to sign, compared with the directory it stands on."""
    return [] if history.last is None else succession.differences(history.last.body, _drafted(ceremony))


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
    agencies = tuple(succession.first_epochs(entry) for entry in listed if isinstance(entry, Agency))
    return Parties(operators, keepers[0], registers[0], supervisors[0], agencies)


def _successor(
    ceremony: Path, now: int, begins: int | None, changes: Changes | None, handed: tuple[HandIn, ...]
) -> Body:
    before = _drafted(ceremony)
    trusted = tuple(handing_in.anchor(operator) for operator in before.operators)
    last = directories.load_directory(
        _read(_newest(ceremony) / DIRECTORY, ""), network=before.network, anchors=trusted, now=None, last=None
    )
    earliest = max(last.body.not_before + SPACING_S, now + LEAD_S)
    term = drafting.next_term(last, earliest if begins is None else begins)
    former = _former(ceremony, before)
    entered = replace(changes or Changes(), handed=[each.entry for each in handed if each.id not in former])
    return drafting.draft(term, succession.parties(last.body, entered))


def _undrafted(ceremony: Path, drafted: Body) -> tuple[str, ...]:
    """Return who handed in what the draft does not list."""
    handed, former = hand_ins.read_kept(ceremony, drafted.network), _former(ceremony, drafted)
    return tuple(each.id for each in handed if each.id not in former and not hand_ins.is_listed(drafted, each))


def _former(ceremony: Path, drafted: Body) -> frozenset[str]:
    """Return the keepers of before: they have handed in too, and do not come back."""
    return frozenset(_draft_in(place).keeper.id for place in _places(ceremony)) - {drafted.keeper.id}


def _operator(folder: Path, network: str, drafted: Body) -> OperatorKeys:
    who = setup.who(folder)
    if who.role != "operator" or who.network != network:
        raise WrongUse("NOT_AN_OPERATOR", f"{folder} is no operator of {network}", hint="name an operator's folder")
    listed = next((each for each in drafted.operators if each.id == who.id), None)
    if listed is None:
        raise WrongUse("NOT_AN_OPERATOR", f"{who.id} is no operator of this directory", hint="name another folder")
    seed = keyfiles.read_secret(folder / "keys" / "seed.key")
    layers, signs = own_keys.held(folder, "layer"), own_keys.held(folder, "sign")
    # While a key changes an operator holds two; which one it signs with is said by the draft. D8 compares.
    layer = next((each for each in layers if bytes(group.base(group.secret_scalar(each))) == listed.layer), layers[0])
    sign = next((each for each in signs if jws.public_key(each) == listed.sign), signs[0])
    return OperatorKeys(who.id, seed, group.secret_scalar(layer), sign)


def _anchors(ceremony: Path, folder: Path, drafted: Body, history: History) -> tuple[Anchor, ...]:
    """Return whom this operator believes: before it takes part in a network, the operators it meets at the table."""
    if history.last is None:
        return tuple(handing_in.anchor(operator) for operator in drafted.operators)
    return believed(ceremony, anchors.load(folder)).believed(drafted.version)


def _next(ceremony: Path, version: int) -> Path:
    return ceremony / _LATER / str(version + 1)


def _places(ceremony: Path) -> list[Path]:
    """Return where the drafted versions lie, oldest first."""
    later = ceremony / _LATER
    drafted = [path for path in later.iterdir() if (path / _DRAFT).exists()] if later.is_dir() else []
    return [ceremony, *sorted(drafted, key=lambda path: int(path.name))]


def _newest(ceremony: Path) -> Path:
    """Return where the newest version lies."""
    return _places(ceremony)[-1]


def _drafted(ceremony: Path) -> Body:
    return _draft_in(_newest(ceremony))


def _draft_in(place: Path) -> Body:
    return drafting.read_draft(_read(place / _DRAFT, "draft it with `mynumber ceremony directory`"))


def _directory(place: Path, drafted: Body) -> Json:
    """Return the directory with the signatures it has, assembled if it has none yet."""
    if (place / DIRECTORY).exists():
        return _read(place / DIRECTORY, "")
    hint = "every operator runs `mynumber ceremony commit` first"
    paths = [_commitments_of(place, operator.id) for operator in drafted.operators]
    return drafting.assemble(drafted, [drafting.read_commitments(_read(path, hint)) for path in paths])


def _signers(place: Path) -> tuple[str, ...]:
    if not (place / DIRECTORY).exists():
        return ()
    parsed = jws.parse(_read(place / DIRECTORY, ""), entries.TYP, wire.MAX_LARGE_PAYLOAD)
    return tuple(signature.kid for signature in parsed.signatures)


def _commitments_of(place: Path, operator: str) -> Path:
    return place / "commitments" / f"{operator}.json"


def _read(path: Path, hint: str) -> Json:
    try:
        return canonical.decode(path.read_bytes())
    except OSError as problem:
        raise WrongUse("NOT_YET", f"{path} is not there yet", hint=hint) from problem
