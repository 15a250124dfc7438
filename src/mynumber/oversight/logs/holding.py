"""Whether every party still holds the records behind its log; one that is gone is named by its place in the log.

  1. Take the leaves of a log that are new, and verify that they make the root of the checkpoint verified last
     (`watching.py`); keep them. A leaf that is kept stays what it is, whatever the party shows later.
  2. Go round the whole log, some entries at a time: the party makes each commitment anew from salt and record, and it
     must be the one behind the leaf.
  3. What does not agree is looked for in the whole log, because it may only have moved; a leaf that is nowhere any more
     stands for a record that was deleted or changed. Each is a finding of its own, with the leaf as evidence.

Rows of the keeper stand in no record of a log, because only a tag finds them; it says of each fiscal year how many are
there and how many were written, so that a deleted one is missed, though nobody can say which.

A leaf says nothing about what it stands for. Where a party's log and its tables do not agree, it names request and
permit itself. A party that does not answer is no finding: it is down, and is asked again. One whose
log answers and that shows nothing of what is behind it for minutes is one.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from mynumber.codes import wire
from mynumber.codes.errors import ProtocolError
from mynumber.exchange.running import held
from mynumber.exchange.running.held import Answer, Short, Shown
from mynumber.exchange.running.node import Node
from mynumber.oversight import store
from mynumber.oversight.logs import leaves
from mynumber.oversight.store import Finding, Log
from mynumber.plumbing import canonical, logs
from mynumber.plumbing.canonical import Json
from mynumber.plumbing.client import PeerDown
from mynumber.tlog import tree
from mynumber.tlog.tree import Frontier, TreeHead

EACH_SECONDS: Final = 5.0
_MOST_NAMED: Final = 100
_PATIENCE: Final = 60  # rounds: five minutes, in which a party that begins has long had its directory

Kind: TypeAlias = Literal["record-missing", "record-changed", "record-lost"]


@dataclass(frozen=True, slots=True)
class Gone:
    """A record that a party's log commits to and that the party has no more, or not as it was.

    `request` and `permit` are known only from the party itself, where its log and its tables do not agree.
    """

    kind: Kind
    party: str
    index: int
    leaf: bytes
    request: str = ""
    permit: str = ""

    def finding(self) -> Finding:
        """Return it as what is kept for ever."""
        leaf = canonical.b64(self.leaf)
        of = f" (request {self.request}, permit {self.permit or 'not given'})" if self.request else ""
        said = {
            "record-missing": f"leaf {leaf}: the log commits to this record and {self.party} holds it no more{of}",
            "record-changed": f"leaf {leaf}: {self.party} shows another record than the one its log commits to",
            "record-lost": f"leaf {leaf}: what this record speaks of is no more in the tables of {self.party}{of}",
        }
        evidence = canonical.encode(self.members())
        return Finding(self.kind, self.party, f"log index {self.index}", said[self.kind], evidence)

    def members(self) -> dict[str, str | int]:
        """Return it as plain members."""
        return {
            "kind": self.kind,
            "party": self.party,
            "index": self.index,
            "leaf": canonical.b64(self.leaf),
            "request": self.request,
            "permit": self.permit,
        }


def grown(edge: Frontier, new: Iterable[bytes]) -> Frontier:
    """Return the edge of a tree that grew by these leaves (their hashes, not the entries)."""
    hashes, size = list(edge.hashes), edge.size
    for leaf in new:
        current, index = leaf, size
        while index & 1:
            current, index = tree.node_hash(hashes.pop(), current), index >> 1
        hashes.append(current)
        size += 1
    return Frontier(size, tuple(hashes))


async def hold(node: Node) -> None:
    """Look at what every party holds, until cancelled."""
    places: dict[str, int] = {}
    unshown: Counter[str] = Counter()
    while True:
        up = [log for log in await node.store.read(store.logs) if log.up_since]
        await asyncio.gather(*(look_patiently(node, log, places, unshown) for log in up))
        await asyncio.sleep(EACH_SECONDS)


async def look_patiently(node: Node, log: Log, places: dict[str, int], unshown: Counter[str]) -> None:
    """Look once at one log; `unshown` counts for how many rounds a party whose log answers has shown nothing of it."""
    try:
        await look(node, log, places)
    except PeerDown:
        unshown[log.party] += 1
        if unshown[log.party] == _PATIENCE:
            detail = "its log answers, and it does not show that it holds the records behind it"
            await _find(node, [Finding("records-unshown", log.party, "its log", detail, log.note)])
    else:
        del unshown[log.party]


async def look(node: Node, log: Log, places: dict[str, int]) -> None:
    """Look once at one log; `places` says where to go on in each. PeerDown if the party does not answer."""
    # (1) New leaves.
    known = await _take(node, log)
    # (2) Some of the old ones, round and round.
    start = places.get(log.party, 0)
    start = 0 if start >= known else start
    end = min(start + held.AT_ONCE, known)
    if start == end:
        return
    mine = await node.store.read(lambda connection: leaves.span(connection, log.party, start, end))
    answer = await _ask(node, log.party, start, end)
    await _find(node, [_short(log.party, each) for each in answer.short])
    shown = answer.entries
    if _agree(mine, shown):
        places[log.party] = end
        return
    # (3) Something is gone, or has moved.
    gone = await asyncio.to_thread(_gone, log.party, start, mine, shown, await _everywhere(node, log.party, known))
    await _report(node, log.party, gone)
    places[log.party] = end


async def _take(node: Node, log: Log) -> int:
    """Take the new leaves if they verify; return how many are kept."""
    edge = await node.store.read(lambda connection: leaves.edge(connection, log.party))
    if edge.size >= log.size:
        return edge.size
    new: list[bytes] = []
    for start in range(edge.size, log.size, held.AT_ONCE):
        shown = await _ask(node, log.party, start, min(start + held.AT_ONCE, log.size))
        new += [_bytes(each.leaf) or _made(each) for each in shown.entries]
    grew = await asyncio.to_thread(grown, edge, new)
    if grew.head() != TreeHead(log.size, log.root):
        detail = f"the leaves that it shows do not make the root of its {log.size} entries"
        await _find(node, [Finding("log-leaves-false", log.party, f"after {edge.size} entries", detail, log.note)])
        return edge.size
    await node.store.write(lambda connection: leaves.put(connection, log.party, edge.size, new, grew))
    return grew.size


async def _ask(node: Node, party: str, start: int, end: int) -> Answer:
    body: Json = {"start": start, "end": end}
    try:
        answer = wire.read(await node.peers.post(party, held.PATH, body), Answer)
    except ProtocolError as problem:
        raise PeerDown(party, "it does not show what it holds") from problem
    if len(answer.entries) != end - start:
        raise PeerDown(party, "it shows another number of entries than was asked for")
    return answer


def _short(party: str, each: Short) -> Finding:
    kind = "rows-missing" if each.there < each.counted else "rows-beyond"
    detail = f"{each.counted} were counted when they were written, {each.there} are there"
    return Finding(kind, party, each.what, detail)


async def _everywhere(node: Node, party: str, known: int) -> frozenset[bytes]:
    """Return the leaf of every record that the party holds anywhere in its log."""
    found: set[bytes] = set()
    for start in range(0, known, held.AT_ONCE):
        answer = await _ask(node, party, start, min(start + held.AT_ONCE, known))
        found |= {_made(each) for each in answer.entries}
    return frozenset(found)


def _made(shown: Shown) -> bytes:
    """Return the leaf of the record that the party holds there, nothing if it holds none."""
    entry = _bytes(shown.entry)
    return tree.leaf_hash(entry) if entry else b""


def _bytes(text: str) -> bytes:
    try:
        return wire.blob(text, 32) if text else b""
    except ProtocolError:
        return b""


def _text(text: str) -> str:
    """Return a hash that the other side wrote, nothing if it is none."""
    return text if _bytes(text) else ""


def _agree(mine: Sequence[bytes], shown: Sequence[Shown]) -> bool:
    return all(_made(each) == leaf and not each.request for leaf, each in zip(mine, shown, strict=True))


def _gone(
    party: str, start: int, mine: Sequence[bytes], shown: Sequence[Shown], everywhere: frozenset[bytes]
) -> list[Gone]:
    found = []
    for index, (leaf, each) in enumerate(zip(mine, shown, strict=True), start):
        if leaf not in everywhere:
            kind: Kind = "record-changed" if each.entry and _bytes(each.leaf) == leaf else "record-missing"
        elif _made(each) == leaf and each.request:
            kind = "record-lost"
        else:
            continue
        named = _text(each.request), _text(each.permit)
        # What is shown at a place where another record moved to is not about the one that is gone.
        found.append(Gone(kind, party, index, leaf, *(named if kind == "record-lost" or not each.entry else ("", ""))))
    return found


async def _report(node: Node, party: str, gone: Sequence[Gone]) -> None:
    findings = [each.finding() for each in gone[:_MOST_NAMED]]
    if len(gone) > _MOST_NAMED:
        more = f"log index {gone[_MOST_NAMED].index} to {gone[-1].index}"
        findings.append(Finding("record-missing", party, more, f"{len(gone) - _MOST_NAMED} more records"))
    await _find(node, findings)


async def _find(node: Node, findings: Sequence[Finding]) -> None:
    if findings:
        await node.store.write(lambda connection: store.find(connection, findings, node.clock.now()))
        logs.info("record.missing", party=findings[0].party, count=len(findings))


def named(findings: Iterable[Finding]) -> list[Json]:
    """Return what findings say about single records: kind, party, index, leaf, and request and permit if known."""
    kinds = ("record-missing", "record-changed", "record-lost")
    return [canonical.decode(each.evidence) for each in findings if each.kind in kinds and each.evidence]
