"""All calls of vectors/README.md by name: each takes the members as given and returns the result as the file has it."""

from collections.abc import Callable, Mapping

from mynumber.codes import group
from mynumber.codes.parties.directory import Anchor, load_directory
from mynumber.codes.permit.receive import StoredAnswer
from mynumber.codes.vectors import roles, things
from mynumber.codes.vectors.format import Hex, Part, read
from mynumber.codes.vectors.stage import Stage


class _Bytes(Part, frozen=True):
    bytes: Hex


class _LoadDirectory(Part, frozen=True):
    directory: object
    anchors: tuple[tuple[str, Hex], ...]
    now: int
    last: bool
    missed: tuple[object, ...]


class _LoadLaw(Part, frozen=True):
    law: object


def _point(_: Stage, args: object) -> str:
    return group.point(read(args, _Bytes).bytes).hex()


def _scalar(_: Stage, args: object) -> None:
    group.scalar(read(args, _Bytes).bytes)


def _load_directory(stage: Stage, args: object) -> str:
    given = read(args, _LoadDirectory)
    anchors = [Anchor(party, key) for party, key in given.anchors]
    last = stage.directory if given.last else None
    network = stage.world.network
    for missed in given.missed:
        last = load_directory(missed, network=network, anchors=anchors, now=None, last=last)
    return load_directory(given.directory, network=network, anchors=anchors, now=given.now, last=last).hash.hex()


def _load_law(stage: Stage, args: object) -> str:
    return stage.law(read(args, _LoadLaw).law).hash.hex()


def _endorse(stage: Stage, args: object) -> dict[str, object]:
    endorsed = roles.play_operator(stage, read(args, roles.Endorse))
    return {"step": endorsed.step, "endorsement": endorsed.endorsement}


def _keeper_release(stage: Stage, args: object) -> object:
    return roles.play_keeper(stage, read(args, roles.KeeperRelease)).release


def _receive(stage: Stage, args: object) -> dict[str, object]:
    received = roles.play_receiver(stage, read(args, roles.Receive))
    if isinstance(received, StoredAnswer):
        return {"answer": received.answer}
    opened = [[None if value is None else value.hex() for value in leg] for leg in received.opened]
    return {"request": received.request_hash.hex(), "permit": received.permit_hash.hex(), "opened": opened}


def _check_sender(stage: Stage, args: object) -> None:
    roles.play_sender(stage, read(args, roles.CheckSender))


def _countersign(stage: Stage, args: object) -> object:
    return roles.play_portal(stage, read(args, roles.Countersign)).json


CALLS: Mapping[str, Callable[[Stage, object], object]] = {
    "point": _point,
    "scalar": _scalar,
    "load_directory": _load_directory,
    "load_law": _load_law,
    "endorse": _endorse,
    "keeper_release": _keeper_release,
    "receive": _receive,
    "check_sender": _check_sender,
    "countersign": _countersign,
    **things.CALLS,
}
