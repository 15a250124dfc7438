"""How an operator endorses one request (PROTOCOL.md section 7, O1 to O6).

  O1  A known request gets the stored answer, if it is the same to the last byte; otherwise it is refused.
  O2  The request, R1 to R10; at operator 1 also whether it is fresh and what the law says.
  O3  Every step and endorsement before ours.
  O4  Behind operator 1: the permit's time, and the law by the table that operator 1 named.
  O5  Convert, prove, endorse. The caller writes `Endorsed` in one transaction and only then sends `bundle` on.
  O6  What a restored store may have forgotten is refused (`restored`).

If the caller crashes before its commit nothing happened and the sender repeats; after it, O1 gives the same answer.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from mynumber.codes import jws
from mynumber.codes.convert.step import Converted, convert
from mynumber.codes.errors import ProtocolError
from mynumber.codes.hashing import h
from mynumber.codes.keys import OperatorKeys, signer
from mynumber.codes.law_table import LawTable, LawTables
from mynumber.codes.parties.directory import Directory
from mynumber.codes.parties.standing import Standing
from mynumber.codes.permit import request_checks, steps
from mynumber.codes.permit.arrived import Arrived
from mynumber.codes.permit.layout import Way
from mynumber.codes.permit.request import Message, Request, read_body, view
from mynumber.codes.permit.steps import CLOCKS_S, ISSUE_WINDOW_S, RESTORED_S, Bundle, Chain
from mynumber.codes.wire import B32
from mynumber.plumbing.canonical import Json

Extra: TypeAlias = Callable[[Request], None]


@dataclass(frozen=True, slots=True)
class Known:
    """What the store holds under a request hash; `bundle` (with our step and endorsement) is None once erased."""

    message_hash: bytes
    bundle: Json


@dataclass(frozen=True, slots=True)
class Endorsed:
    """The answer to a bundle: new (`fresh`), to be stored before it is sent, or the stored one.

    `message_hash` covers the whole message and the earlier endorsement payloads; `bundle` is what goes to the next
    operator or to the keeper, our `step` and `endorsement` last in it.
    """

    request: Request
    message_hash: bytes
    step: Json
    endorsement: Json
    bundle: Json
    law: bytes
    issued: int
    expires: int
    fresh: bool

    @property
    def request_hash(self) -> bytes:
        """Return the request hash, UNIQUE in the store."""
        return self.request.hash


@dataclass(frozen=True, slots=True)
class Terms:
    """What an endorsement says besides the step: the law table and the time of the permit."""

    law: bytes
    issued: int
    expires: int


def message_hash(message: Message, payloads: list[bytes]) -> bytes:
    """Return what O1 compares: the whole message as canonical JSON and the earlier endorsement payloads."""
    return h("message", message.text, *payloads)


def endorse(
    came: Arrived,
    *,
    me: OperatorKeys,
    standing: Standing,
    laws: LawTables,
    now: int,
    rand: bytes,
    known: Callable[[bytes], Known | None],
    extra: Extra,
    restored: int | None = None,
) -> Endorsed:
    """Return our endorsement of a bundle, or raise the name of the first check that failed.

    `known` looks up a request hash; `extra` is the rest of R7 (assessments, rate, blocks) and raises LAW_REFUSED;
    `rand` is 32 fresh bytes; `restored` is the time our process started, if its store had been lost or restored.
    """
    bundle, message = came.bundle, came.message
    # O1. A known request.
    stored = known(message.request_hash)
    if stored is not None:
        return _stored_answer(stored, message, bundle)
    # O2. The request; at operator 1 the law too.
    signed = request_checks.authenticate(message, standing)
    position = _position(signed.directory, me)
    request_checks.check_standing(signed, standing, now=now, operator=True)
    request_checks.check_parties(signed.request, signed.directory)
    _check_age(signed.request, position, now, restored)
    way = request_checks.check_names(signed.request, signed.directory)
    terms = _own_terms(signed.request, laws, now, extra) if position == 1 else None
    admitted = request_checks.check_list(message, way)
    # O3. The way before us.
    chain = steps.check_chain(bundle, way, admitted.lists, steps=position - 1, legs=len(way.legs))
    # O4. The law by the table that operator 1 named.
    terms = terms or _named_terms(signed.request, chain, laws, now, extra)
    # O5. Convert, prove, endorse.
    made = convert(way, me, chain, position=position, rand=rand)
    endorsement = _sign(way, me, made, terms, position)
    sent: Json = {
        "message": message.json,
        "steps": [*bundle.steps, made.step],
        "endorsements": [*bundle.endorsements, endorsement],
    }
    compared = message_hash(message, [one.payload for one in chain.endorsements])
    return _endorsed(signed.request, compared, sent, terms, fresh=True)


def _stored_answer(stored: Known, message: Message, bundle: Bundle) -> Endorsed:
    payloads = steps.payloads_of(bundle.endorsements)
    same = payloads is not None and message_hash(message, payloads) == stored.message_hash
    if not same or stored.bundle is None:
        raise ProtocolError("REPLAYED")
    endorsement = steps.open_bundle(stored.bundle, released=False).endorsements[-1]
    body = steps.read_endorsement(endorsement)
    terms = Terms(body.law, body.issued, body.expires)
    return _endorsed(view(message, read_body(message)), stored.message_hash, stored.bundle, terms, fresh=False)


def _endorsed(asked: Request, compared: bytes, sent: Json, terms: Terms, *, fresh: bool) -> Endorsed:
    bundle = steps.open_bundle(sent, released=False)
    return Endorsed(
        request=asked,
        message_hash=compared,
        step=bundle.steps[-1],
        endorsement=bundle.endorsements[-1],
        bundle=sent,
        law=terms.law,
        issued=terms.issued,
        expires=terms.expires,
        fresh=fresh,
    )


def _position(directory: Directory, me: OperatorKeys) -> int:
    if me.id not in directory.operators:
        raise ProtocolError("UNKNOWN_PARTY")
    return directory.operators.index(me.id) + 1


def _check_age(asked: Request, position: int, now: int, restored: int | None) -> None:
    # R5, at operator 1 only.
    if position == 1:
        request_checks.check_fresh(asked, now)
    # O6. What a restored store may have endorsed and forgotten.
    if restored is not None and asked.created < restored + RESTORED_S:
        raise ProtocolError("NOT_FRESH")


def _own_terms(asked: Request, laws: LawTables, now: int, extra: Extra) -> Terms:
    # R7 at operator 1, by its own newest table.
    table = laws.in_force(now)
    _check_law(table, asked, extra)
    return Terms(table.hash, now, now + steps.valid_for(asked.kind))


def _named_terms(asked: Request, chain: Chain, laws: LawTables, now: int, extra: Extra) -> Terms:
    first = chain.endorsements[0].body
    if not first.issued - CLOCKS_S <= now <= first.issued + ISSUE_WINDOW_S:
        raise ProtocolError("PERMIT_EXPIRED")
    _check_law(laws.named(first.law, now), asked, extra)
    return Terms(first.law, first.issued, first.expires)


def _check_law(table: LawTable, asked: Request, extra: Extra) -> None:
    table.check(request_checks.question(asked))
    extra(asked)


def _sign(way: Way, me: OperatorKeys, made: Converted, terms: Terms, position: int) -> Json:
    body = steps.EndorsementBody(
        v=1,
        network=way.directory.network,
        request=B32(way.request.hash),
        op=me.id,
        position=position,
        in_=tuple(map(B32, made.inputs)),
        out=tuple(map(B32, made.outputs)),
        law=B32(terms.law),
        issued=terms.issued,
        expires=terms.expires,
    )
    return jws.sign(body, steps.TYP, [signer(me)])
