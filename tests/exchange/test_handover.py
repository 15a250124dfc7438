"""What lies beside a draft is of this draft, also where an earlier attempt at it ended in the middle."""

from pathlib import Path

from mynumber.codes import jws, wire
from mynumber.exchange.ceremony import handover
from mynumber.exchange.ceremony.handover import Handover, Handovers
from mynumber.exchange.view.anchors import Network, OperatorAnchor

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
