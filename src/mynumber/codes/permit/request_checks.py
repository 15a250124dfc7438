"""The checks R1 to R10 of a request, in their order (PROTOCOL.md section 5); whoever receives a message makes them.

  R1  signatures (`authenticate`)       R2  members
  R3  network, directory, overlap (`check_standing`)
  R4  parties and their roles (`check_parties`)
  R5  fresh, at operator 1 only (`check_fresh`)
  R6  epochs and domains (`check_names`)
  R7  the law, at operators and the provider: `law_table`, and what each of them knows besides
  R8  numbers and list hash      R9  points      R10  input proof (`check_list`)

Between R1 and R2 nothing is believed but the signers' keys, which come from the directory that the message names.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from mynumber.codes.errors import ProtocolError
from mynumber.codes.hashing import hash_points
from mynumber.codes.law_table import Question
from mynumber.codes.parties.directory import Directory
from mynumber.codes.parties.standing import Standing
from mynumber.codes.permit import input_proof, layout, request
from mynumber.codes.permit.layout import Pairs, Way
from mynumber.codes.permit.request import MAX_ENTRIES, Enrol, Exchange, Message, Read, Request, SelfRequest

FRESH_S = 300


@dataclass(frozen=True, slots=True)
class Signed:
    """A request behind R1 and R2: who signed what, under which directory."""

    message: Message
    request: Request
    directory: Directory
    signers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Admitted:
    """A request behind R1 to R10: its way, and its columns with every point checked."""

    way: Way
    lists: tuple[Pairs, ...]


def authenticate(message: Message, standing: Standing) -> Signed:
    """R1 and R2, with the signers that the kind requires."""
    kind, asker = request.kind_of(message)
    directory = standing.named(request.named_directory(message))
    register = directory.body.register.id
    required = {"exchange": (asker,), "enrol": (register,)}.get(kind, (register, asker))
    return authenticate_by(message, directory, required)


def authenticate_by(message: Message, directory: Directory, required: Sequence[str]) -> Signed:
    """R1 and R2, with exactly these signers in order."""
    # R1. Signers and signatures.
    request.kind_of(message)
    message.signed.verify([directory.signer(party) for party in required])
    # R2. Members.
    body = request.read_body(message)
    return Signed(message, request.view(message, body), directory, tuple(required))


def check_standing(signed: Signed, standing: Standing, *, now: int, operator: bool) -> None:
    """R3: this network, and a directory that may still be named here."""
    body = signed.request.body
    if body.network != signed.directory.network:
        raise ProtocolError("STALE_DIRECTORY")
    parties = {*signed.signers, *([signed.request.to] if signed.request.to else [])}
    standing.check(body.dir, now=now, created=body.created, parties=parties, operator=operator)


def check_parties(asked: Request, directory: Directory) -> None:
    """R4: everybody named is an agency, asks somebody else, and a portal asks only for citizens."""
    body = asked.body
    named = [domain.agency for domain in body.domains] if isinstance(body, Read) else []
    entries = {party: directory.agency(party) for party in (asked.from_, asked.to, *named) if party}
    if asked.from_ == asked.to:
        raise ProtocolError("SAME_AGENCY")
    if asked.from_ and entries[asked.from_].portal != isinstance(body, SelfRequest | Read):
        raise ProtocolError("ROLE_CONFLICT")
    if asked.to and entries[asked.to].portal:
        raise ProtocolError("ROLE_CONFLICT")


def check_fresh(asked: Request, now: int) -> None:
    """R5, by operator 1 only: later ones are bound by the time it endorsed."""
    if abs(now - asked.created) > FRESH_S:
        raise ProtocolError("NOT_FRESH")


def check_names(asked: Request, directory: Directory) -> Way:
    """R6: the epochs are those in use, every name is listed; return the way that follows."""
    body = asked.body
    if not isinstance(body, Read) and body.to_epoch != directory.agency(body.to).epoch:
        raise ProtocolError("UNKNOWN_EPOCH")
    if isinstance(body, Enrol) and body.record_epoch < directory.agency(body.to).record_epoch:
        raise ProtocolError("UNKNOWN_EPOCH")
    way = layout.way_of(asked, directory)
    if isinstance(body, Read):
        _check_consecutive([(domain.agency, domain.epoch) for domain in body.domains], directory)
    return way


def _check_consecutive(asked: list[tuple[str, int]], directory: Directory) -> None:
    listed = list(directory.domains)
    start = listed.index(asked[0])
    if listed[start : start + len(asked)] != asked:
        raise ProtocolError("BAD_DOMAINS")


def question(asked: Request) -> Question:
    """Return what R7 asks a law table."""
    return Question(
        kind=asked.kind,
        from_=asked.from_,
        to=asked.to,
        procedure=asked.procedure,
        items=asked.items,
        undisclosed=asked.undisclosed,
    )


def check_list(message: Message, way: Way) -> Admitted:
    """R8 to R10: numbers and list hash, points, proof."""
    # R8. Numbers, list hash.
    check_size(message, way.request)
    # R9. Points.
    lists = layout.read_columns(way.request.body, message.list)
    # R10. Proof.
    about = input_proof.statement(way.request.body, message.request_hash, message.list, way.columns)
    input_proof.check(about, lists, message.proof)
    return Admitted(way, lists)


def check_size(message: Message, asked: Request) -> None:
    """R8: the number of entries fits the kind, the list and the acquisition numbers; the list is the one signed."""
    body = asked.body
    most = MAX_ENTRIES if isinstance(body, Exchange | Enrol) else 1
    fits = 1 <= asked.count <= most and len(message.list) == asked.count * layout.entry_bytes(body)
    if not fits or (isinstance(body, Enrol) and len(body.acq) != asked.count):
        raise ProtocolError("BATCH_SIZE")
    if hash_points(message.list) != body.list:
        raise ProtocolError("LIST_HASH")


def admit(signed: Signed, standing: Standing, *, now: int) -> Admitted:
    """R3 to R10 without R5 and R7: keeper and receivers."""
    check_standing(signed, standing, now=now, operator=False)
    check_parties(signed.request, signed.directory)
    way = check_names(signed.request, signed.directory)
    return check_list(signed.message, way)
