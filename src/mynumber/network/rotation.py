"""An operator's part in an office's change of code epochs (PROTOCOL.md section 12).

  1. While the directory lists a new epoch beside the one an office uses, compute the delta from one to the other.
  2. Send it to that office alone, over mutual TLS, until it answers; it is written down and logged nowhere.
  3. Send it again from time to time as long as it is due: the office's store may have come back from a backup that
     was made before its codes were carried over. An office that has carried them answers at once.

If we crash, the next start sends it again.
"""

import asyncio
from collections.abc import Iterator

from mynumber.codes.errors import ProtocolError
from mynumber.codes.keys import OperatorKeys, signer
from mynumber.codes.parties.directory import Directory
from mynumber.codes.records import forms
from mynumber.codes.records.forms import Rotation
from mynumber.codes.wire import B32
from mynumber.exchange.running.node import Node
from mynumber.exchange.running.own_keys import Own
from mynumber.plumbing import logs
from mynumber.plumbing.canonical import Json
from mynumber.plumbing.client import PeerDown

_LOOK_SECONDS = 2.0
_AGAIN_SECONDS = 30.0


def due(directory: Directory) -> Iterator[tuple[str, int, int]]:
    """Return (office, old epoch, new epoch) for every office whose codes are to be carried over."""
    for agency in directory.body.agencies:
        epochs = sorted(map(int, agency.epochs))
        if len(epochs) > 1 and agency.epoch == epochs[0]:
            yield agency.id, epochs[0], epochs[1]


def form(keys: OperatorKeys, network: str, agency: str, *, old: int, new: int) -> Json:
    """(1) Return the signed delta; a secret for this agency alone."""
    delta = keys.delta(network, agency, old=old, new=new)
    return forms.sign_form(
        Rotation(v=1, network=network, agency=agency, old=old, new=new, delta=B32(delta)), signer(keys)
    )


async def deliver(node: Node, own: Own[OperatorKeys]) -> None:
    """(2), (3) Send every delta that is due until its office has answered, and now and then again, until cancelled."""
    told: dict[tuple[str, int, int], float] = {}
    while True:
        now = asyncio.get_running_loop().time()
        for change in _due_now(node):
            if change in told and now < told[change] + _AGAIN_SECONDS:
                continue
            if await _send(node, own.current, change):
                if change not in told:
                    logs.info("rotation.told", peer=change[0])
                told[change] = now
        await asyncio.sleep(_LOOK_SECONDS)


def _due_now(node: Node) -> list[tuple[str, int, int]]:
    standing = node.view.standing
    return [] if standing is None else list(due(standing.current))


async def _send(node: Node, keys: OperatorKeys, change: tuple[str, int, int]) -> bool:
    agency, old, new = change
    try:
        await node.peers.call(agency, "form", form(keys, node.config.network, agency, old=old, new=new))
    except (PeerDown, ProtocolError) as problem:
        logs.info("rotation.waits", peer=agency, code=problem.code)
        return False
    return True
