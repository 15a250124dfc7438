"""The calls in which a party plays its role: endorse, keeper_release, receive, check_sender, countersign.

Each takes the members of the README's table and gives what the room's own function gives; stores hold only what the
members say.
"""

from mynumber.codes.convert import endorse
from mynumber.codes.permit import portal, receive, release, request, sender, steps
from mynumber.codes.permit.arrived import arrived
from mynumber.codes.vectors.format import Hex, Part
from mynumber.codes.vectors.stage import Stage
from mynumber.plumbing import canonical
from mynumber.plumbing.canonical import Json


class KnownBundle(Part, frozen=True):
    """Something an operator endorsed before, or the request hash of what it erased."""

    bundle: object = None
    step: object = None
    endorsement: object = None
    erased: Hex = Hex()


class Endorse(Part, frozen=True):
    """Members of `endorse`."""

    op: int
    bundle: object
    now: int
    laws: tuple[object, ...] | None
    rand: Hex
    switched: object
    known: tuple[KnownBundle, ...]


class ReleasedBundle(Part, frozen=True):
    """Something the keeper released before."""

    bundle: object
    release: object


class KeeperRelease(Part, frozen=True):
    """Members of `keeper_release`."""

    bundle: object
    now: int
    rand: Hex
    switched: object
    members: dict[str, tuple[Hex, ...]]
    known: tuple[ReleasedBundle, ...]


class UsedRequest(Part, frozen=True):
    """Something a receiver answered before."""

    request: Hex
    permit: Hex
    answer: str


class Receive(Part, frozen=True):
    """Members of `receive`."""

    bundle: object
    now: int
    me: str
    role: receive.Role
    peer: str
    context: Hex
    laws: tuple[object, ...] | None
    switched: object
    used: tuple[UsedRequest, ...]
    outstanding: tuple[str, ...]


class CheckSender(Part, frozen=True):
    """Members of `check_sender`."""

    message: object
    bundle: object
    now: int
    switched: object


class Session(Part, frozen=True):
    """A portal's session."""

    until: int
    order: object
    signed: Hex | None


class Countersign(Part, frozen=True):
    """Members of `countersign`."""

    message: object
    now: int
    me: str
    switched: object
    session: Session


def play_operator(stage: Stage, given: Endorse) -> endorse.Endorsed:
    """Play an operator."""
    known = dict(_known_bundle(one) for one in given.known)
    return endorse.endorse(
        arrived(given.bundle, released=False),
        me=stage.operator(given.op),
        standing=stage.standing(given.switched),
        laws=stage.laws(given.laws),
        now=given.now,
        rand=given.rand,
        known=known.get,
        extra=_nothing_more,
    )


def play_keeper(stage: Stage, given: KeeperRelease) -> release.Released:
    """Play the keeper."""
    known = dict(_known_release(one) for one in given.known)
    members = {domain: {bytes(tag) for tag in tags} for domain, tags in given.members.items()}
    return release.release(
        arrived(given.bundle, released=False),
        me=stage.keeper(),
        standing=stage.standing(given.switched),
        now=given.now,
        rand=given.rand,
        known=known.get,
        is_member=lambda domain, tag: bytes(tag) in members.get(domain, set()),
    )


def play_receiver(stage: Stage, given: Receive) -> receive.Received | receive.StoredAnswer:
    """Play a provider, an agency or a portal."""
    used = {bytes(one.request): receive.Used(one.permit, one.answer) for one in given.used}
    keys = stage.agency(given.me)
    me = receive.Receiver(given.me, given.role, keys.y, stage.standing(given.switched), stage.laws(given.laws))
    # Acquisition numbers stand as in `acq`, request hashes in hex.
    unhex = bytes.fromhex if given.role == "portal" else canonical.unb64
    return receive.receive(
        arrived(given.bundle, released=given.role != "portal"),
        receive.Brought(given.peer, given.context),
        me=me,
        now=given.now,
        used=used.get,
        outstanding={unhex(text) for text in given.outstanding},
        extra=_nothing_more,
    )


def play_sender(stage: Stage, given: CheckSender) -> sender.Permit:
    """Play a sender to whom a bundle comes back."""
    message = request.open_message(given.message)
    directory = stage.standing(given.switched).named(request.named_directory(message))
    return sender.check_sender(message, given.bundle, now=given.now, directory=directory)


def play_portal(stage: Stage, given: Countersign) -> request.Message:
    """Play a portal that is asked to countersign."""
    said = given.session
    order: Json = canonical.decode(canonical.encode(said.order))
    return portal.countersign(
        given.message,
        me=stage.agency(given.me),
        standing=stage.standing(given.switched),
        now=given.now,
        session=portal.Session(said.until, order, said.signed),
    )


def _known_bundle(one: KnownBundle) -> tuple[bytes, endorse.Known]:
    if one.erased:
        return one.erased, endorse.Known(b"", None)
    bundle = steps.open_bundle(one.bundle, released=False)
    message = request.open_message(bundle.message)
    payloads = steps.payloads_of(bundle.endorsements) or []
    sent = {
        "message": bundle.message,
        "steps": [*bundle.steps, one.step],
        "endorsements": [*bundle.endorsements, one.endorsement],
    }
    kept: Json = canonical.decode(canonical.encode(sent))
    return message.request_hash, endorse.Known(endorse.message_hash(message, payloads), kept)


def _known_release(one: ReleasedBundle) -> tuple[bytes, release.KnownRelease]:
    bundle = steps.open_bundle(one.bundle, released=False)
    permit = steps.permit_hash(steps.payloads_of(bundle.endorsements) or [])
    kept: Json = canonical.decode(canonical.encode(one.release))
    return request.open_message(bundle.message).request_hash, release.KnownRelease(permit, kept)


def _nothing_more(asked: request.Request) -> None:
    """Assessments, rates and blocks are empty in all vectors."""
