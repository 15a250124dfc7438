"""How a receiver believes nobody and opens its codes (PROTOCOL.md section 9, F1 to F7).

Provider (`exchange`, `self`), agency (`enrol`) and portal (`read`) check the same chain from the sender's proof to the
keeper's release:

  F1   bundle members, R1, R2             F2   kind, role, peer, context
  F2a  a known request: the stored answer for the same permit, otherwise refused
  F3   R3 to R10, every step and endorsement; the provider asks the law again
  F4   the permit's time                  F5   the release (not for portals)
  F6   what was outstanding here          F7   the caller's one atomic insert, together with what is opened

If the caller crashes before its insert nothing happened and the bundle comes again; after it, F2a answers.
"""

from collections.abc import Callable, Container
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from mynumber.codes.errors import ProtocolError
from mynumber.codes.group import Point, Points, Scalar
from mynumber.codes.hashing import h
from mynumber.codes.law_table import LawTables
from mynumber.codes.parties.standing import Standing
from mynumber.codes.permit import release_proof, request_checks, steps
from mynumber.codes.permit.arrived import Arrived
from mynumber.codes.permit.layout import Way
from mynumber.codes.permit.request import Enrol, Exchange, Request, SelfRequest
from mynumber.codes.permit.request_checks import Signed
from mynumber.codes.permit.steps import Bundle, Chain
from mynumber.plumbing.canonical import Json

Role: TypeAlias = Literal["provider", "agency", "portal"]
_KINDS: dict[Role, tuple[str, ...]] = {"provider": ("exchange", "self"), "agency": ("enrol",), "portal": ("read",)}


@dataclass(frozen=True, slots=True)
class Receiver:
    """Who receives: id, role, transport secret y, directories, law tables (the provider's; others need none)."""

    id: str
    role: Role
    y: Scalar = field(repr=False)
    standing: Standing
    laws: LawTables


@dataclass(frozen=True, slots=True)
class Brought:
    """How a bundle came: the TLS client (empty for a portal, which made the call itself) and the context bytes."""

    peer: str = ""
    context: bytes = b""


@dataclass(frozen=True, slots=True)
class Used:
    """What the store holds under a request hash."""

    permit_hash: bytes
    answer: Json


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """F2a: the same permit came again; the answer given then is the answer."""

    request_hash: bytes
    answer: Json


@dataclass(frozen=True, slots=True)
class Received:
    """A bundle behind F6. `opened` has a value per entry for each leg, None for no such code."""

    request: Request
    permit_hash: bytes
    law: bytes
    issued: int
    expires: int
    opened: tuple[tuple[Point | None, ...], ...] = field(repr=False)

    @property
    def request_hash(self) -> bytes:
        """Return the request hash."""
        return self.request.hash


def receive(
    came: Arrived,
    brought: Brought,
    *,
    me: Receiver,
    now: int,
    used: Callable[[bytes], Used | None],
    outstanding: Container[bytes],
    extra: Callable[[Request], None],
    restored: int | None = None,
) -> Received | StoredAnswer:
    """Return what a bundle opens to, or the answer it got before, or raise the name of the first check that failed.

    `used` looks up a request hash. `outstanding`: an agency's open acquisition numbers, a portal's unanswered request
    hashes of this session, nothing for a provider. `extra` is a provider's own part of R7 (assessments, blocks) and
    raises LAW_REFUSED. `restored` is the time our process started, if its store had been lost or restored.
    """
    portal = me.role == "portal"
    # F1. R1, R2; the members have been read.
    bundle, signed = came.bundle, request_checks.authenticate(came.message, me.standing)
    # F2. Meant for me, brought by the right one, with its context.
    _check_meant(signed, brought, me)
    # F2a. A known request.
    known = used(signed.request.hash)
    if known is not None and not portal:
        return _stored_answer(known, signed, bundle)
    # F3. The request, the way, the law.
    admitted = request_checks.admit(signed, me.standing, now=now)
    way = admitted.way
    legs = len(way.legs) if portal else 1
    chain = steps.check_chain(bundle, way, admitted.lists, steps=len(way.directory.operators), legs=legs)
    terms = chain.endorsements[0].body
    if me.role == "provider":
        me.laws.named(terms.law, terms.issued).check(request_checks.question(signed.request))
        extra(signed.request)
    # F4. The permit's time.
    steps.check_alive(terms, now)
    steps.check_not_forgotten(terms, restored)
    # F5. The release.
    shares = None if portal else _check_release(bundle, way, chain)
    # F6. Asked for.
    _check_outstanding(signed.request, me.role, outstanding)
    opened = tuple(release_proof.opened(leg, me.y, shares) for leg in chain.legs)
    return Received(signed.request, chain.permit_hash, terms.law, terms.issued, terms.expires, opened)


def _check_meant(signed: Signed, brought: Brought, me: Receiver) -> None:
    body = signed.request.body
    if body.kind not in _KINDS[me.role] or me.id != (
        signed.request.from_ if me.role == "portal" else signed.request.to
    ):
        raise ProtocolError("PERMIT_MISMATCH")
    peers = {"provider": signed.request.from_, "agency": signed.directory.body.register.id}
    if me.role in peers and brought.peer != peers[me.role]:
        raise ProtocolError("PERMIT_MISMATCH")
    if isinstance(body, Exchange | SelfRequest) and h("context", brought.context) != body.context:
        raise ProtocolError("PERMIT_MISMATCH")


def _stored_answer(known: Used, signed: Signed, bundle: Bundle) -> StoredAnswer:
    payloads = steps.payloads_of(bundle.endorsements)
    if payloads is None or steps.permit_hash(payloads) != known.permit_hash:
        raise ProtocolError("PERMIT_USED")
    return StoredAnswer(signed.request.hash, known.answer)


def _check_release(bundle: Bundle, way: Way, chain: Chain) -> Points:
    permit, count = chain.permit_hash, way.request.count
    release = release_proof.open_release(bundle.release, way.directory, permit=permit, count=count)
    return release_proof.check_shares(release, way.directory, chain.legs[0])


def _check_outstanding(asked: Request, role: Role, outstanding: Container[bytes]) -> None:
    if isinstance(asked.body, Enrol) and not all(number in outstanding for number in asked.body.acq):
        raise ProtocolError("ACQUISITION_UNKNOWN")
    if role == "portal" and asked.hash not in outstanding:
        raise ProtocolError("PERMIT_MISMATCH")
