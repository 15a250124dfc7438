"""How the supervisor follows the logs of operators, keeper and offices: they grow, and never take anything back.

  1. Fetch a log's checkpoint and verify it under the key that was handed in at the boot.
  2. Compare it with the last one verified: never smaller, never another root at the same size.
  3. If it grew, fetch the consistency proof and verify that the old log is its beginning.
  4. Keep it as the last one verified.

What fails in 1 to 3 is a finding, kept for ever with the note that proves it; the last verified checkpoint stays.
A log that does not answer is no finding: it is down, and is asked again.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

import msgspec

from mynumber.exchange.running.node import Node
from mynumber.oversight import store
from mynumber.oversight.store import Finding, Log
from mynumber.plumbing import canonical, logs
from mynumber.plumbing.client import PeerDown
from mynumber.plumbing.errors import BadInput, Refused, WrongUse
from mynumber.tlog import checkpoint, note, proofs
from mynumber.tlog.note import NoteKey
from mynumber.tlog.tree import TreeHead

FILE: Final = "logs.json"
EACH_SECONDS: Final = 2.0
# A log that shows a larger checkpoint and gives no proof for so many rounds withholds it.
_PATIENCE: Final = 5


class Suspect(Refused):
    """A log does not behave like one; `kind` names what it did."""

    def __init__(self, kind: str, detail: str) -> None:
        """Say what was seen, in numbers and names of logs only."""
        super().__init__("SUSPECT_LOG", detail, hint="keep the evidence; ask the party")
        self.kind = kind


def keys_of(folder: Path, network: str) -> dict[str, NoteKey]:
    """Return the verifier keys that the ceremony handed in, by party; each must be of that party's own log."""
    path = folder / FILE
    try:
        texts = msgspec.json.decode(path.read_bytes(), type=dict[str, str])
        keys = {party: note.parse_vkey(text) for party, text in texts.items()}
        named = {party: checkpoint.log_origin(network, party) for party in keys}
    except (OSError, msgspec.MsgspecError, BadInput) as problem:
        raise WrongUse(
            "NO_LOGS", f"{path} is missing or malformed", hint="take part in the ceremony first"
        ) from problem
    if named != {party: key.name for party, key in keys.items()}:
        raise WrongUse("NO_LOGS", f"{path} gives a party the key of another log", hint="repeat the ceremony")
    return keys


def checked(last: Log | None, data: bytes, key: NoteKey) -> TreeHead:
    """Steps 1 and 2: return the tree head of a checkpoint, or raise Suspect."""
    # (1) Signed by this log's own key.
    try:
        head = checkpoint.open_checkpoint(data, key).head
    except (note.BadNote, note.UnverifiedNote) as problem:
        raise Suspect("log-unsigned", f"its checkpoint does not verify: {problem.message}") from problem
    # (2) Not behind what it showed before, and not beside it.
    if last is not None and head.size < last.size:
        raise Suspect("log-shrunk", f"it showed {last.size} entries and now shows {head.size}")
    if last is not None and head.size == last.size and head.root != last.root:
        raise Suspect("log-forked", f"it shows two different logs of {head.size} entries")
    return head


def check_growth(last: Log, head: TreeHead, proof: bytes) -> None:
    """Step 3: verify that the log at `head` begins with the last one verified, or raise Suspect."""
    try:
        hashes = msgspec.json.decode(proof, type=dict[str, list[str]])["hashes"]
        listed = [canonical.unb64(text) for text in hashes]
        proofs.verify_consistency(TreeHead(last.size, last.root), head, listed)
    except (msgspec.MsgspecError, KeyError, BadInput) as problem:
        detail = f"its {head.size} entries do not begin with the {last.size} it showed before"
        raise Suspect("log-forked", detail) from problem


async def watch(node: Node) -> None:
    """Follow every log until cancelled; the keys are read again in each round, so that a new party is followed too."""
    without_proof: Counter[str] = Counter()
    while True:
        keys = await asyncio.to_thread(keys_of, node.folder, node.config.network)
        await look(node, keys, without_proof)
        await asyncio.sleep(EACH_SECONDS)


async def look(node: Node, keys: Mapping[str, NoteKey], without_proof: Counter[str]) -> None:
    """Look at every log once; `without_proof` counts for how many rounds a party has owed a proof."""
    known = {log.party: log for log in await node.store.read(store.logs)}
    rounds = (_look(node, key, known.get(party), party, without_proof) for party, key in keys.items())
    await asyncio.gather(*rounds)


async def _look(node: Node, key: NoteKey, last: Log | None, party: str, without_proof: Counter[str]) -> None:
    """One round for one log."""
    data = await _fetch(node, party, "/log/checkpoint")
    if data is None:
        if last is not None and last.up_since:
            await _keep(node, replace(last, up_since=0))
        return
    try:
        head = checked(last, data, key)
        proved = last is None or await _proved(node, last, head, without_proof)
    except Suspect as found:
        await _report(node, party, found, last, data)
        return
    # (4) Verified.
    now = node.clock.now()
    if last is None:
        await _keep(node, Log(party, key.name, head.size, head.root, data, now, now))
    elif proved and head.size > last.size:
        up_since = last.up_since or now
        await _keep(node, Log(party, key.name, head.size, head.root, data, now, up_since))
    elif not last.up_since:
        await _keep(node, replace(last, up_since=now))


async def _proved(node: Node, last: Log, head: TreeHead, without_proof: Counter[str]) -> bool:
    """Step 3: verify the growth; False while the proof does not come, which is borne for some rounds only."""
    if last.size in (head.size, 0):
        return True
    proof = await _fetch(node, last.party, f"/log/consistency?old={last.size}&new={head.size}")
    if proof is not None:
        check_growth(last, head, proof)
        del without_proof[last.party]
        return True
    without_proof[last.party] += 1
    if without_proof[last.party] >= _PATIENCE:
        raise Suspect("log-unproved", f"it gives no proof from {last.size} to {head.size} entries")
    return False


async def _fetch(node: Node, party: str, path: str) -> bytes | None:
    try:
        return await node.peers.fetch(party, path)
    except PeerDown:
        return None


async def _keep(node: Node, seen: Log) -> None:
    await node.store.write(lambda connection: store.put_log(connection, seen))


async def _report(node: Node, party: str, found: Suspect, last: Log | None, evidence: bytes) -> None:
    # One finding for what the log did behind this checkpoint, however often it is seen.
    subject = f"after {0 if last is None else last.size} entries"
    finding = Finding(found.kind, party, subject, found.message, evidence)
    await node.store.write(lambda connection: store.find(connection, [finding], node.clock.now()))
    logs.trouble("log.suspect", found, party=party, kind=found.kind)
