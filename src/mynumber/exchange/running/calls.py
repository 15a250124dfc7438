"""The bodies of calls between parties as types, for descriptions: what travels is checked by the rooms, by PROTOCOL.md.

A signed part is a JWS in General JSON; its `payload` is base64url of canonical JSON, whose own schema stands beside it
(`contentSchema`). Types of calls that one room alone has are given by that room (`routes.add_call`).
"""

from typing import Annotated, Any, Final, Literal

import msgspec

from mynumber.codes import errors
from mynumber.codes.permit.release_body import ReleaseBody
from mynumber.codes.permit.request import Enrol, Exchange, SelfRequest
from mynumber.codes.permit.steps import EndorsementBody, StepBody
from mynumber.codes.records import forms
from mynumber.codes.wire import B32, B64, Blob, EntryIndex, Payload

REFUSALS: Final = (
    *sorted(errors.NAMES),
    *("PEER_DOWN", "NOT_READY", "KEYS_CHANGE", "OUR_FAULT", "NO_SUCH_ROUTE", "NO_SUCH_METHOD"),
)
PAYLOAD: Final = "x-payload"
"""In a schema of ours: the name in PAYLOADS of a signed type; `openapi` writes the schema of its payload there."""
PAYLOADS: Final[dict[str, tuple[type, ...]]] = {}


class Signature(Payload, frozen=True):
    """One signature: the protected header with alg, kid and typ, and 64 bytes of Ed25519."""

    protected: Blob
    signature: B64


def signed(name: str, *payloads: type) -> type[msgspec.Struct]:
    """Return the type of a JWS over one of these payloads."""
    PAYLOADS[name] = payloads
    described = msgspec.Meta(extra_json_schema={PAYLOAD: name})
    members: list[tuple[str, Any]] = [("payload", Annotated[Blob, described]), ("signatures", tuple[Signature, ...])]
    return msgspec.defstruct(name, members, bases=(Payload,), frozen=True, kw_only=True)


class Nothing(Payload, frozen=True):
    """An empty object."""


SignedRequest: Any = signed("SignedRequest", Exchange, SelfRequest, Enrol)
SignedEndorsement: Any = signed("SignedEndorsement", EndorsementBody)
SignedRelease: Any = signed("SignedRelease", ReleaseBody)
SignedForm: Any = signed(
    "SignedForm",
    *(forms.Acquired, forms.Unlink, forms.Outcome, forms.Disclose, forms.Rotation),
    *(forms.OperatorCounts, forms.KeeperCounts, forms.OfficeCounts),
)
SignedAnswer: Any = signed("SignedAnswer", forms.Answer)


class Message(Payload, frozen=True):
    """A request with its list of ciphertexts and the proof over it (PROTOCOL.md section 6)."""

    request: SignedRequest
    list: Blob
    proof: Blob


class Unreleased(Payload, frozen=True):
    """A message with the steps and endorsements of the operators so far (PROTOCOL.md section 7)."""

    message: Message
    steps: tuple[StepBody, ...]
    endorsements: tuple[SignedEndorsement, ...]


class Release(Payload, frozen=True):
    """The keeper's shares and their proof (PROTOCOL.md section 8)."""

    jws: SignedRelease
    shares: Blob
    proof: Blob


class Bundle(Unreleased, frozen=True):
    """A whole bundle, with the keeper's release; for a read, with rows in its place."""

    release: Release


class Inquire(Payload, frozen=True):
    """A released bundle and the context that its request hashes."""

    bundle: Bundle
    context: Blob


class Answered(Payload, frozen=True):
    """What a provider answers: signed, and sealed to the asker."""

    answer: SignedAnswer
    sealed: Blob


class HiddenRow(Payload, frozen=True):
    """A row that is hidden from its person for now."""

    permit: B32
    entry: EntryIndex
    sealed: Blob


class Hidden(Payload, frozen=True):
    """Every row that is hidden."""

    rows: tuple[HiddenRow, ...]


class Refusal(Payload, frozen=True, omit_defaults=True):
    """Why not: the name of the check that failed, `row` where the law refused, `party` where one does not answer."""

    error: Literal[REFUSALS]  # type: ignore[valid-type]  # the names are those of PROTOCOL.md section 13
    row: str = ""
    party: str = ""


TYPES: Final[dict[str, tuple[str, Any, Any]]] = {
    "convert": ("Rule on a message, convert it, and bring it back with the keeper's release.", Unreleased, Bundle),
    "release": ("Record a converted message and release it.", Unreleased, Bundle),
    "inquire": ("Answer another office's inquiry.", Inquire, Answered),
    "enrolled": ("Take the codes of an enrolment.", Bundle, signed("SignedAcquired", forms.Acquired)),
    "form": ("Take a signed form.", SignedForm, Nothing),
    "hidden": ("List the hidden rows (supervisor).", Nothing, Hidden),
}
"""Call -> (summary, body, answer)."""
