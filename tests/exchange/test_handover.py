"""What lies beside a draft is of this draft, also where an earlier attempt at it ended in the middle."""

from pathlib import Path

import msgspec
import pytest

from mynumber.codes import jws, wire
from mynumber.codes.parties.entries import Body
from mynumber.exchange.ceremony import handover
from mynumber.exchange.ceremony.handover import Handover, Handovers
from mynumber.exchange.view.anchors import Network, OperatorAnchor
from mynumber.plumbing.errors import Conflict
from tests.codes.ceremony import Town

BEFORE, NEXT = bytes(32), bytes([1]) * 32


def trusted() -> Network:
    operator = OperatorAnchor(id="op-1", org="org-1", sign=wire.B32(jws.public_key(BEFORE)), url="https://op-1")
    return Network(network="demo", operators=(operator,))


def test_a_change_of_an_attempt_that_was_given_up_is_not_believed(tmp_path: Path) -> None:
    key = jws.public_key(NEXT)
    word = wire.B64(handover.vouch("demo", "op-1", key, BEFORE))
    handover.write(tmp_path, Handovers(2, (Handover("op-1", wire.B32(key), word),)))
    assert handover.believed(trusted(), [(2, tmp_path)]).operators[0].sign == key
    # Before the draft itself was written the operator took its hand-in back.
    handover.write(tmp_path, Handovers(2, ()))
    assert handover.believed(trusted(), [(2, tmp_path)]) == trusted()


@pytest.mark.parametrize(
    ("word", "party"),
    [
        (b"", "op-1"),
        (handover.vouch("demo", "op-1", jws.public_key(NEXT), NEXT), "op-1"),
        (handover.vouch("demo", "op-2", jws.public_key(NEXT), BEFORE), "op-1"),
        (handover.vouch("other", "op-1", jws.public_key(NEXT), BEFORE), "op-1"),
        (handover.vouch("demo", "op-1", jws.public_key(BEFORE), BEFORE), "op-1"),
        (b"no signature", "op-1"),
        (handover.vouch("demo", "op-9", jws.public_key(NEXT), BEFORE), "op-9"),
    ],
    ids=["none", "of-itself", "for-another", "in-another-network", "for-another-key", "noise", "of-nobody-before"],
)
def test_a_key_without_the_word_of_the_one_before_is_no_draft(word: bytes, party: str) -> None:
    last, new = told(jws.public_key(BEFORE)), told(jws.public_key(NEXT), party)
    with pytest.raises(Conflict, match="another signing key") as refused:
        handover.of(2, last, new.operators, {party: word})
    assert (refused.value.code, "join rotate sign" in refused.value.hint) == ("NEW_ANCHOR", True)
    genuine = handover.vouch("demo", "op-1", jws.public_key(NEXT), BEFORE)
    made = handover.of(2, last, told(jws.public_key(NEXT)).operators, {"op-1": genuine})
    assert [(each.id, bytes(each.sign)) for each in made.operators] == [("op-1", jws.public_key(NEXT))]
    assert handover.of(2, last, last.operators, {}).operators == ()


def told(sign: bytes, party: str = "op-1") -> Body:
    """Return what a directory of network `demo` says if its only operator has this key."""
    body = Town.of().first().body
    operator = msgspec.structs.replace(body.operators[0], id=party, sign=wire.B32(sign))
    return msgspec.structs.replace(body, network="demo", operators=(operator,))
