"""What a party shows the supervisor of the records behind its log: each leaf, and whether its record is still there.

The log commits to a record as H(`log-record`, salt, record), so its leaves and commitments say nothing about what they
stand for, and the supervisor learns no more than that a record is held. Promises that a commitment is made anew from
the salt and the record that lie in the store, so that one which was deleted or changed shows. Where log and tables do
not agree, request and permit are named, to ask others for theirs: of a record whose subject (a ruling, a release) was
deleted from the tables, and of a single deleted record whose subject is the only one without a record.

A party that lies about its own store is not found out by this, but by its log, its counts and the others' records.
"""

from typing import TypeAlias

import msgspec
from sqlalchemy import Connection

from mynumber.codes import wire
from mynumber.codes.errors import ProtocolError
from mynumber.exchange.log.journal import Behind
from mynumber.exchange.log.records import Record
from mynumber.exchange.running import routes
from mynumber.exchange.running.node import Node
from mynumber.plumbing import canonical
from mynumber.plumbing.canonical import Json
from mynumber.plumbing.errors import BadInput

PATH = "/log/held"
Named: TypeAlias = tuple[str, str]
"""(request, permit) in base64url; permit or both empty where they are not known."""
_NOBODY: Named = ("", "")
AT_ONCE = 1024
"""How many entries are shown at a time."""


class Span(wire.Payload, frozen=True):
    """Entries from `start` on, up to but without `end`."""

    start: wire.Count
    end: wire.Count


class Shown(wire.Payload, frozen=True):
    """One entry: leaf and commitment in base64url, empty where the party has them no more.

    `request` and `permit` are empty unless the record or what it speaks of is gone, and the party knows which it was.
    """

    leaf: str
    entry: str
    request: str
    permit: str


class Short(wire.Payload, frozen=True):
    """A sort of rows of which another number is there than was counted when they were written."""

    what: wire.Text
    counted: wire.Count
    there: wire.Count


class Answer(wire.Payload, frozen=True):
    """The entries that were asked for; from the first one on, also what does not add up in the party's tables."""

    entries: tuple[Shown, ...]
    short: tuple[Short, ...]


def add_held(node: Node) -> None:
    """Show the supervisor what is held behind the log."""
    described = ("what is held behind the log's leaves, for the supervisor", Span, Answer)
    routes.add_call(node, "held", lambda peer, body: held(node, peer, body), path=PATH, described=described)


async def held(node: Node, peer: str, body: Json) -> Json:
    """Return the entries of a span, to the supervisor alone."""
    if node.view.directory.role_of(peer) != "supervisor":
        raise ProtocolError("PERMIT_MISMATCH")
    span = wire.read(body, Span)
    if not span.start <= span.end <= span.start + AT_ONCE:
        raise ProtocolError("BAD_ENCODING")

    def show(connection: Connection) -> Json:
        entries: list[Json]
        behind = node.journal.behind(connection, span.start, span.end)
        gone = sum(each.entry is None for each in behind)
        alone = _alone(node, connection) if gone == 1 else _NOBODY
        entries = [
            _shown(each, alone if each.record is None else _lost(node, connection, each.record)) for each in behind
        ]
        short = node.short(connection) if span.start == 0 and node.short is not None else ()
        return {"entries": entries, "short": [wire.plain(Short(what=w, counted=c, there=t)) for w, c, t in short]}

    return await node.store.read(show)


def _shown(each: Behind, named: Named) -> Json:
    request, permit = named
    return {
        "leaf": "" if each.leaf is None else canonical.b64(each.leaf),
        "entry": "" if each.entry is None else canonical.b64(each.entry),
        "request": request,
        "permit": permit,
    }


def _lost(node: Node, connection: Connection, text: bytes) -> Named:
    """Name what a record speaks of if that is gone; one that cannot be read was changed, which its leaf shows."""
    try:
        record = msgspec.json.decode(text, type=Record)
        stands = node.stands is None or node.stands(connection, record)
    except (msgspec.MsgspecError, BadInput):
        return _NOBODY
    return _NOBODY if stands else (record.request, record.permit)


def _alone(node: Node, connection: Connection) -> Named:
    """Name what lies in the party's tables without a record in its log, if that is one only."""
    if node.subjects is None:
        return _NOBODY
    recorded = {_request(text) for text in node.journal.records(connection)}
    left = {subject for subject in node.subjects(connection) if canonical.b64(subject[0]) not in recorded}
    if len(left) != 1:
        return _NOBODY
    ((request, permit),) = left
    return canonical.b64(request), canonical.b64(permit)


def _request(text: bytes) -> str:
    try:
        return msgspec.json.decode(text, type=Record).request
    except msgspec.MsgspecError:
        return ""
