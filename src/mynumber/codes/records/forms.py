"""The signed statements between two parties (PROTOCOL.md sections 10 to 12, FLOWS section 6), one type each.

A form is opened only as what it says it is, signed by the one party that may say it, and for this network. Forms that
carry a secret or personal data show nothing in a repr.
"""

import json
from typing import Annotated, ClassVar, Literal, TypeAlias, TypeVar

import msgspec

from mynumber.codes import jws as signatures
from mynumber.codes import wire
from mynumber.codes.errors import ProtocolError
from mynumber.codes.law_table import Kind
from mynumber.codes.wire import B16, B32, Blob, Count, EntryIndex, Epoch, Ident, One, Payload, Text
from mynumber.plumbing import canonical
from mynumber.plumbing.canonical import Json

Month: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"\A[0-9]{4}-(0[1-9]|1[0-2])\Z")]
EntryResult: TypeAlias = Literal["ok", "not-available"]
Acknowledgement: TypeAlias = Literal["stored", "refused"]

_PER_ENTRY = msgspec.Meta(min_length=1, max_length=4096)
_MAX_BASIC = 8192  # characters of the member


class Form(Payload, frozen=True):
    """What every form has; `TYP` is the media type in its protected header."""

    TYP: ClassVar[str]

    v: One
    network: Ident


class Acquired(Form, frozen=True):
    """An agency to the register: what became of each code of an enrolment."""

    TYP = "mnc-acquired+json"

    permit: B32
    results: Annotated[tuple[Acknowledgement, ...], _PER_ENTRY]


class Unlink(Form, frozen=True):
    """An agency to the register: a code was linked to the wrong person and is erased."""

    TYP = "mnc-unlink+json"

    agency: Ident
    acq: B16
    reason: Text


class Outcome(Form, frozen=True):
    """A provider to the keeper: when it answered, and each entry's class."""

    TYP = "mnc-outcome+json"

    permit: B32
    provided: Count
    results: Annotated[tuple[EntryResult, ...], _PER_ENTRY]


class Answer(Form, frozen=True):
    """A provider to the asker: the hash of the sealed answer to this permit."""

    TYP = "mnc-answer+json"

    permit: B32
    sealed: B32


class Acquire(Form, frozen=True):
    """An asker to the provider: the four basic data of one entry, so that it can acquire a code (Order 26(2)(3))."""

    TYP = "mnc-acquire+json"

    permit: B32
    entry: EntryIndex
    basic: Blob

    def __repr__(self) -> str:
        return "Acquire(...)"


class Disclose(Form, frozen=True):
    """The supervisor to the keeper: a hidden row that is no longer hidden, with the seed of its series."""

    TYP = "mnc-disclose+json"

    permit: B32
    entry: EntryIndex
    seed: B32
    row: Blob

    def __repr__(self) -> str:
        return "Disclose(...)"


class Rotation(Form, frozen=True):
    """An operator to an agency: its part of the way from one code epoch to another. Secret for this agency alone."""

    TYP = "mnc-rotation+json"

    agency: Ident
    old: Epoch
    new: Epoch
    delta: B32

    def __repr__(self) -> str:
        return "Rotation(...)"


class Endorsed(Payload, frozen=True):
    """Entries an operator endorsed for one agency and kind."""

    agency: Ident
    kind: Kind
    endorsed: Count


class OperatorCounts(Form, frozen=True):
    """An operator to the supervisor: entries endorsed in a month."""

    TYP = "mnc-counts+json"

    month: Month
    counts: tuple[Endorsed, ...]


class Released(Payload, frozen=True):
    """Entries the keeper released or refused, and the rows it wrote, for one agency and kind."""

    agency: Ident
    kind: Kind
    released: Count
    refused: Count
    rows: Count
    hidden: Count


class KeeperCounts(Form, frozen=True):
    """The keeper to the supervisor: entries released and rows written in a month."""

    TYP = "mnc-counts+json"

    month: Month
    counts: tuple[Released, ...]


class Recorded(Payload, frozen=True, rename={"from_": "from"}):
    """Entries an office recorded as asker or answered as provider."""

    from_: Ident
    to: Ident
    kind: Kind
    recorded: Count
    answered: Count


class OfficeCounts(Form, frozen=True):
    """An office to the supervisor: what it recorded and answered in a month (FLOWS section 6)."""

    TYP = "mnc-office-counts+json"

    month: Month
    counts: tuple[Recorded, ...]


KINDS: tuple[type[Form], ...] = (
    Acquired,
    Unlink,
    Outcome,
    Answer,
    Acquire,
    Disclose,
    Rotation,
    OperatorCounts,
    KeeperCounts,
    OfficeCounts,
)

F = TypeVar("F", bound=Form)


def open_form(kind: type[F], jws: object, signer: tuple[str, bytes], network: str) -> F:
    """Return the form of this kind that `signer` (id, key) signed for `network`, or raise.

    WRONG_TYPE, SIGNATURE_SET, BAD_SIGNATURE, BAD_ENCODING; another network is PERMIT_MISMATCH.
    """
    return _read(kind, signatures.open_signed(jws, kind.TYP, [signer]), network)


def open_named(typ: str, jws: object, signer: tuple[str, bytes], network: str) -> Form:
    """Return the form of media type `typ`: of the two sorts of counts the one whose members it has."""
    kinds = [kind for kind in KINDS if typ == kind.TYP]
    if not kinds:
        raise ProtocolError("WRONG_TYPE")
    parsed = signatures.open_signed(jws, typ, [signer])
    for kind in kinds[:-1]:
        try:
            return _read(kind, parsed, network)
        except ProtocolError as problem:
            if problem.code != "BAD_ENCODING":
                raise
    return _read(kinds[-1], parsed, network)


def sign_form(form: Form, signer: tuple[str, bytes]) -> Json:
    """Return the JWS of a form; `signer` is (id, Ed25519 secret)."""
    return signatures.sign(form, form.TYP, [signer])


def _read(kind: type[F], parsed: signatures.Parsed, network: str) -> F:
    form = wire.read(parsed.value, kind)
    if isinstance(form, Acquire):
        _check_basic(form.basic)
    if form.network != network:
        raise ProtocolError("PERMIT_MISMATCH")
    return form


def _check_basic(data: bytes) -> None:
    """Refuse what is not UTF-8 JSON or too long, without looking at what it says."""
    if len(canonical.b64(data)) > _MAX_BASIC:
        raise ProtocolError("BAD_ENCODING")
    try:
        json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError):
        # The cause would show the text, which is personal.
        raise ProtocolError("BAD_ENCODING") from None
