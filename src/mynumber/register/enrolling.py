"""The pure steps of an enrolment (PROTOCOL.md section 10): the message, what comes back, what the office answers.

The message names one office and holds the persons' points, encrypted for this office and for the keeper. Nothing in it
tells a person: the root is random, the point is hidden under every layer, and the order is random.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from mynumber.codes.errors import ProtocolError
from mynumber.codes.hashing import h2g
from mynumber.codes.keys import RegisterKeys, signer
from mynumber.codes.parties.directory import Directory
from mynumber.codes.parties.standing import Standing
from mynumber.codes.permit import request, sender
from mynumber.codes.permit.request import Enrol, Message
from mynumber.codes.permit.sender import Encryption, Permit
from mynumber.codes.records import forms
from mynumber.codes.records.forms import Acknowledgement, Acquired
from mynumber.codes.wire import B16, B32
from mynumber.plumbing.canonical import Json

Keys: TypeAlias = Callable[[Directory], RegisterKeys]
"""The register's keys as a directory lists them."""


@dataclass(frozen=True, slots=True)
class Applicant:
    """An accepted acquisition number and the root of the person it stands for."""

    acq: bytes
    root: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Target:
    """For whom the codes are: an office and one of its record epochs."""

    agency: str
    record_epoch: int


@dataclass(frozen=True, slots=True)
class Chance:
    """Fresh bytes of the operating system for one message: 16 for its id, 32 for each of the other two."""

    id: bytes
    enc: bytes = field(repr=False)
    proof: bytes = field(repr=False)


def build(
    applicants: Sequence[Applicant],
    target: Target,
    *,
    keys: RegisterKeys,
    directory: Directory,
    now: int,
    chance: Chance,
) -> Message:
    """Return the signed message for applicants who stand in random order; `directory` is the one a sender names now."""
    epoch = directory.agency(target.agency).epoch
    if epoch == 0:
        raise ProtocolError("UNKNOWN_EPOCH")
    body = Enrol(
        v=1,
        network=directory.network,
        dir=B32(directory.hash),
        id=B16(chance.id),
        count=len(applicants),
        created=now,
        list=request.NO_LIST,
        kind="enrol",
        to=target.agency,
        to_epoch=epoch,
        record_epoch=target.record_epoch,
        acq=tuple(B16(applicant.acq) for applicant in applicants),
    )
    points = [h2g("person", applicant.root) for applicant in applicants]
    by = Encryption(keys.secret, chance.enc, chance.proof)
    return sender.build(body, points, by, signers=[signer(keys)], directory=directory)


def numbers(message: Message) -> tuple[bytes, ...]:
    """Return the acquisition numbers of a message of ours, in its order."""
    body = request.read_body(message)
    assert isinstance(body, Enrol)  # noqa: S101  # we built no other kind
    return tuple(bytes(acq) for acq in body.acq)


def check(message: Message, bundle: Json, *, standing: Standing, now: int) -> Permit:
    """Check what came back for our message, with the directory that it names, before it is kept or handed on."""
    return sender.check_sender(message, bundle, now=now, directory=standing.named(request.named_directory(message)))


def acknowledged(
    answer: Json, *, agency: str, permit: bytes, count: int, directory: Directory
) -> list[Acknowledgement]:
    """Return the office's result an entry, in order; another permit or number of results is PERMIT_MISMATCH."""
    form = forms.open_form(Acquired, answer, directory.signer(agency), directory.network)
    if form.permit != permit or len(form.results) != count:
        raise ProtocolError("PERMIT_MISMATCH")
    return list(form.results)
