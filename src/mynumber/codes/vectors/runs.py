"""Whole passages that must come out byte for byte (vectors/README.md, `runs`, 1 to 6), each with its own stores."""

from msgspec.structs import replace

from mynumber.codes import wire
from mynumber.codes.group import Point
from mynumber.codes.permit import request, steps
from mynumber.codes.permit.receive import StoredAnswer
from mynumber.codes.permit.sender import Encryption, build
from mynumber.codes.vectors import roles
from mynumber.codes.vectors.format import Hex, Run
from mynumber.codes.vectors.roles import CheckSender, Endorse, KeeperRelease, KnownBundle, Receive, ReleasedBundle
from mynumber.codes.vectors.stage import Stage
from mynumber.codes.vectors.verdict import Mismatch, same
from mynumber.plumbing import canonical
from mynumber.plumbing.canonical import Json

_OPERATOR_AGAIN_S = 200
_KEEPER_AGAIN_S = 30
_LATER_S = 9
_OTHER_RAND = Hex(32)


def check_run(stage: Stage, run: Run) -> None:
    """Play a run; raise at the first thing that comes out otherwise."""
    # (1) Message.
    message = _build(stage, run)
    same(run.message, message.json, "message")
    same(run.request_hash, message.request_hash, "request_hash")
    # (2) Operators.
    bundle: Json = {"message": message.json, "steps": [], "endorsements": []}
    for index in range(stage.world.n):
        bundle = _endorse(stage, run, index, bundle)
    # (3) Permit hash.
    payloads = steps.payloads_of(steps.open_bundle(bundle, released=False).endorsements) or []
    same(run.permit_hash, steps.permit_hash(payloads), "permit_hash")
    # (4) Keeper.
    if run.release is not None:
        bundle = _release(stage, run, bundle)
    # (5) Receiver.
    _receive(stage, run, bundle)
    # (6) Sender.
    checked = CheckSender(message=run.message, bundle=bundle, now=run.issued + _LATER_S, switched=False)
    permit = roles.play_sender(stage, checked)
    same((run.permit_hash, run.issued, run.expires), (permit.hash, permit.issued, permit.expires), "sender")


def _build(stage: Stage, run: Run) -> request.Message:
    members = {**run.members, "list": canonical.b64(request.NO_LIST)}
    body: request.Body = wire.read(members, request.KINDS[run.kind])
    by = Encryption(run.secret, run.rand_enc, run.rand_input)
    values = [Point(value) for value in run.values]
    return build(body, values, by, signers=stage.signers(run.signers), directory=stage.directory)


def _endorse(stage: Stage, run: Run, index: int, bundle: Json) -> Json:
    step, endorsement = run.steps[index], run.endorsements[index]
    asked = Endorse(
        op=index, bundle=bundle, now=run.issued, laws=None, rand=run.rand_steps[index], switched=False, known=()
    )
    made = roles.play_operator(stage, asked)
    same((step, endorsement), (made.step, made.endorsement), f"operator {index + 1}")
    same((run.issued, run.expires, True), (made.issued, made.expires, made.fresh), f"times of operator {index + 1}")
    # The same again is answered from the store, whatever `rand` is.
    stored = KnownBundle(bundle=bundle, step=step, endorsement=endorsement)
    later = run.issued + _OPERATOR_AGAIN_S
    again = roles.play_operator(stage, replace(asked, now=later, rand=_OTHER_RAND, known=(stored,)))
    same((step, endorsement, False), (again.step, again.endorsement, again.fresh), f"operator {index + 1} again")
    same(made.bundle, again.bundle, f"what operator {index + 1} sends on again")
    return made.bundle


def _release(stage: Stage, run: Run, bundle: Json) -> Json:
    asked = KeeperRelease(
        bundle=bundle, now=run.stored, rand=run.rand_release, switched=False, members=run.enrolled, known=()
    )
    made = roles.play_keeper(stage, asked)
    same(run.release, made.release, "release")
    same(run.tags, made.tags, "tags")
    # The same again is answered from the store.
    stored = ReleasedBundle(bundle=bundle, release=run.release)
    later = run.stored + _KEEPER_AGAIN_S
    again = roles.play_keeper(stage, replace(asked, now=later, rand=_OTHER_RAND, known=(stored,)))
    same((run.release, False), (again.release, again.fresh), "release again")
    same(made.bundle, again.bundle, "code form again")
    return made.bundle


def _receive(stage: Stage, run: Run, bundle: Json) -> None:
    final = steps.open_bundle(bundle, released=run.release is not None)
    same(list(run.final_steps), list(final.steps), "final_steps")
    asked = Receive(
        bundle=bundle,
        now=run.issued + _LATER_S,
        me=run.me,
        role=run.role,
        peer=run.peer,
        context=run.context,
        laws=None,
        switched=False,
        used=(),
        outstanding=run.outstanding,
    )
    received = roles.play_receiver(stage, asked)
    if isinstance(received, StoredAnswer):
        raise Mismatch("what the bundle opens to", "a stored answer")
    same((run.request_hash, run.permit_hash), (received.request_hash, received.permit_hash), "hashes at the receiver")
    same(run.opened, received.opened, "opened")
