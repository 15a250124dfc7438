"""How the record keeper releases a code leg: the record first, then the share (PROTOCOL.md section 8, K1 to K7).

  K1  Bundle, request (without R5, R7), kind, every step of both legs, every endorsement.
  K2  A known request gets the stored release for the same permit; otherwise it is refused.
  K3  The permit's time.
  K4  Open the tags; the tags of an exchange must have been enrolled.
  K5  Shares and proof.
  K6  The caller writes request hash, permit hash, members or rows, and the release in one durable transaction.
  K7  Only then it answers with `bundle`.

If the caller crashes before its commit there is no record and no release; after it, K2 gives the same release.
"""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from mynumber.codes.errors import ProtocolError
from mynumber.codes.group import Point
from mynumber.codes.hashing import frame
from mynumber.codes.keys import KeeperKeys
from mynumber.codes.parties.standing import Standing
from mynumber.codes.permit import release_proof, request_checks, steps
from mynumber.codes.permit.arrived import Arrived
from mynumber.codes.permit.layout import Way
from mynumber.codes.permit.request import Request
from mynumber.codes.permit.steps import Bundle, EndorsementBody
from mynumber.plumbing.canonical import Json


@dataclass(frozen=True, slots=True)
class KnownRelease:
    """What the store holds under a request hash."""

    permit_hash: bytes
    release: Json


@dataclass(frozen=True, slots=True)
class Released:
    """The answer to a bundle: new (`fresh`), to be stored before it is sent, or the stored one.

    `domain` is the record name of the tags, one `tags` each per entry (empty where nothing is to be stored); `members`
    are what `enrol` adds to the domain. `bundle` is in code form and carries `release`.
    """

    request: Request
    permit_hash: bytes
    issued: int
    expires: int
    domain: str
    tags: tuple[Point, ...] = field(repr=False)
    members: tuple[bytes, ...] = field(repr=False)
    release: Json
    bundle: Json
    fresh: bool

    @property
    def request_hash(self) -> bytes:
        """Return the request hash, UNIQUE in the store and kept for ever."""
        return self.request.hash


def member(h: bytes, domain: str, tag: Point) -> bytes:
    """Return what the store keeps of a tag enrolled in a domain; it keeps no tag."""
    return hmac.digest(h, frame("member", domain, tag), hashlib.sha256)


def release(
    came: Arrived,
    *,
    me: KeeperKeys,
    standing: Standing,
    now: int,
    rand: bytes,
    known: Callable[[bytes], KnownRelease | None],
    is_member: Callable[[str, Point], bool],
    restored: int | None = None,
) -> Released:
    """Return our release of a full bundle, or raise the name of the first check that failed.

    `known` looks up a request hash, `is_member` a tag in a record domain (by `member`); `now` becomes `stored`; `rand`
    is 32 fresh bytes; `restored` is the time our process started, if its store had been lost or restored.
    """
    # K1. The whole way, both legs.
    bundle, signed = came.bundle, request_checks.authenticate(came.message, standing)
    admitted = request_checks.admit(signed, standing, now=now)
    if signed.request.kind == "read":
        raise ProtocolError("PERMIT_MISMATCH")
    way = admitted.way
    chain = steps.check_chain(bundle, way, admitted.lists, steps=len(way.directory.operators), legs=len(way.legs))
    permit, terms = chain.permit_hash, chain.endorsements[0].body
    # K2. A known request.
    stored = known(signed.request.hash)
    if stored is not None:
        if stored.permit_hash != permit:
            raise ProtocolError("REPLAYED")
        return _released(bundle, way, terms, stored, fresh=False)
    # K3. The permit's time.
    steps.check_alive(terms, now)
    steps.check_not_forgotten(terms, restored)
    # K4. Tags.
    code, tag = chain.legs
    tags = _known_tags(way, release_proof.opened(tag, me.y), is_member)
    # K5. Shares and proof.
    made = release_proof.make(me, way.directory, code, permit=permit, stored=now, rand=rand)
    answer = _released(bundle, way, terms, KnownRelease(permit, made), fresh=True)
    new = tuple(member(me.h, answer.domain, t) for t in tags) if signed.request.kind == "enrol" else ()
    return replace(answer, tags=tags, members=new)


def _known_tags(
    way: Way, opened: tuple[Point | None, ...], is_member: Callable[[str, Point], bool]
) -> tuple[Point, ...]:
    """Return the tags if each is one, and of an enrolled person where an office asks by its own code."""
    domain = way.legs[1].target_name
    tags = tuple(tag for tag in opened if tag is not None)
    if len(tags) != len(opened):
        raise ProtocolError("UNKNOWN_TAG")
    # In `self` the register vouches for the person point, in `enrol` the tag becomes a member.
    if way.request.kind == "exchange" and not all(is_member(domain, tag) for tag in tags):
        raise ProtocolError("UNKNOWN_TAG")
    return tags


def _released(bundle: Bundle, way: Way, terms: EndorsementBody, answer: KnownRelease, *, fresh: bool) -> Released:
    return Released(
        request=way.request,
        permit_hash=answer.permit_hash,
        issued=terms.issued,
        expires=terms.expires,
        domain=way.legs[1].target_name,
        tags=(),
        members=(),
        release=answer.release,
        bundle={
            "message": bundle.message,
            "steps": steps.code_form(bundle.steps),
            "endorsements": list(bundle.endorsements),
            "release": answer.release,
        },
        fresh=fresh,
    )
