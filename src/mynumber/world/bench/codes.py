"""`bench codes`: every step of a run against its own multiplications, in one thread and without any way or store.

  1. Build the message.           2. Each operator: check what came, convert, prove, endorse.
  3. The keeper: check the whole way, open the tags, make the shares.
  4. The provider: check everything again, open its codes.      5. The asker: check what came back.

Each round makes a new run, because a repeat would be answered from a store; the price of the group is taken in between.
"""

import os
import time
from collections.abc import Callable
from typing import TypeVar

from mynumber.codes import hashing
from mynumber.codes.names import record_name
from mynumber.codes.permit import request, sender
from mynumber.codes.permit.request import Exchange, Message
from mynumber.codes.permit.sender import Encryption
from mynumber.codes.vectors import roles
from mynumber.codes.vectors.format import Hex
from mynumber.codes.vectors.roles import CheckSender, Endorse, KeeperRelease, Receive
from mynumber.codes.wire import B16, B32
from mynumber.plumbing.canonical import Json
from mynumber.plumbing.clock import Clock
from mynumber.world.bench import scalars
from mynumber.world.bench.figures import Report, Row, middle
from mynumber.world.bench.network import ASKER, ITEM, NETWORK, PROCEDURE, PROVIDER, Played, played

T = TypeVar("T")

BATCH = 64
_CONTEXT = b"a bench has no context"
_NEEDED = {1: scalars.SINGLE, BATCH: scalars.BATCH}
_STEPS = {
    "the message built": "asker",
    "operator-1 checks and converts": "operator-1",
    "operator-2 checks and converts": "operator-2",
    "the keeper checks and releases": "keeper",
    "the provider checks and opens": "provider",
    "the asker checks what came back": "",
}


class _Watch:
    """Processor seconds of this thread, step by step."""

    def __init__(self) -> None:
        self.took: list[float] = []

    def of(self, step: Callable[[], T]) -> T:
        begun = time.thread_time()
        result = step()
        self.took.append(time.thread_time() - begun)
        return result


def bench(rounds: int, progress: Callable[[str], None]) -> Report:
    """Measure runs of one entry and of a batch; every figure is the median over the rounds."""
    now = Clock().now()
    rows: list[Row] = []
    for count, needed in _NEEDED.items():
        network = played(count, now)
        _run(network, now)
        took, prices = [], []
        for number in range(rounds):
            progress(f"{count} entries, round {number + 1} of {rounds}")
            took.append(_run(network, now))
            prices.append(scalars.measure())
        named = "one entry" if count == 1 else f"batches of {count}"
        floors = {
            role: middle(1000 * multiplications.seconds(price) for price in prices)
            for role, multiplications in needed.items()
        }
        for place, (what, role) in enumerate(_STEPS.items()):
            value = middle(1000 * each[place] / count for each in took)
            peer = "its multiplications" if role else ""
            rows.append(Row(f"{what}, {named}", value, "ms/entry", peer, floors.get(role)))
        whole = middle(count / sum(each) for each in took)
        rows.append(Row(f"whole runs, {named}", whole, "entries/s", "the multiplications", 1000 / sum(floors.values())))
    return Report(tuple(rows))


def _run(network: Played, now: int) -> list[float]:
    watch, stage = _Watch(), network.stage
    message = watch.of(lambda: _message(network, now))
    bundle: Json = {"message": message.json, "steps": [], "endorsements": []}
    for index in range(stage.world.n):
        asked = Endorse(op=index, bundle=bundle, now=now, laws=None, rand=Hex(os.urandom(32)), switched=False, known=())
        bundle = watch.of(lambda asked=asked: roles.play_operator(stage, asked).bundle)  # type: ignore[misc]
    members = {record_name(ASKER, 1): network.tags}
    release = KeeperRelease(bundle=bundle, now=now, rand=Hex(os.urandom(32)), switched=False, members=members, known=())
    final = watch.of(lambda: roles.play_keeper(stage, release).bundle)
    received = Receive(
        bundle=final,
        now=now,
        me=PROVIDER,
        role="provider",
        peer=ASKER,
        context=Hex(_CONTEXT),
        laws=None,
        switched=False,
        used=(),
        outstanding=(),
    )
    watch.of(lambda: roles.play_receiver(stage, received))
    came_back = CheckSender(message=message.json, bundle=final, now=now, switched=False)
    watch.of(lambda: roles.play_sender(stage, came_back))
    return watch.took


def _message(network: Played, now: int) -> Message:
    directory = network.stage.directory
    body = Exchange(
        v=1,
        network=NETWORK,
        dir=B32(directory.hash),
        id=B16(os.urandom(16)),
        kind="exchange",
        count=len(network.codes),
        created=now,
        list=request.NO_LIST,
        from_=ASKER,
        to=PROVIDER,
        from_epoch=1,
        to_epoch=1,
        procedure=PROCEDURE,
        items=(ITEM,),
        reply_key=B32(os.urandom(32)),
        context=B32(hashing.h("context", _CONTEXT)),
        undisclosed="",
    )
    keys = network.stage.agency(ASKER)
    by = Encryption(keys.y, os.urandom(32), os.urandom(32))
    return sender.build(body, network.codes, by, signers=[(keys.id, keys.sign)], directory=directory)
