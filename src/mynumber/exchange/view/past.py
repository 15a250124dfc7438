"""With which keys a party signed at a time that is past: those of the directories that we accepted and kept.

A signed statement about a permit may arrive after its signer's key has changed, and it names no directory. What it is
about has a time, though, and the directories that a message of that time may name are the one in force then and the one
before it while that still counted (PROTOCOL.md section 4). Each was verified when it was accepted.
"""

from sqlalchemy import Connection

from mynumber.codes import jws, wire
from mynumber.codes.parties import entries
from mynumber.codes.parties.directory import SPACING_S
from mynumber.codes.parties.entries import Body
from mynumber.exchange.view.papers import Papers
from mynumber.plumbing import canonical

_MOST = 200
"""Directories that are looked at, the newest first: one a month for eight years, and as many again."""
_APART_S = 30  # clocks agree so far


def signers(papers: Papers, connection: Connection, party: str, at: int) -> tuple[tuple[str, bytes], ...]:
    """Return (id, key) for every key that a directory listed for the party which a message of time `at` may name."""
    found: dict[bytes, None] = {}
    later: Body | None = None
    for paper in papers.newest(connection, "directory", _MOST):
        body = body_of(paper)
        counted = later is None or at <= later.not_before + SPACING_S
        if counted and body.not_before <= at + _APART_S:
            found |= {bytes(each.sign): None for each in (*body.operators, *body.entries()) if each.id == party}
        later = body
        if not counted:
            break
    return tuple((party, key) for key in found)


def ever(papers: Papers, connection: Connection, party: str) -> tuple[tuple[str, bytes], ...]:
    """Return (id, key) for every key that the party had in a directory that is kept here, the newest first."""
    kept = map(body_of, papers.newest(connection, "directory", _MOST))
    listed = (each for body in kept for each in (*body.operators, *body.entries()))
    found = {bytes(each.sign): None for each in listed if each.id == party}
    return tuple((party, key) for key in found)


def body_of(paper: bytes) -> Body:
    """Return what a kept directory says; it was verified when it was accepted."""
    return entries.read_body(jws.parse(canonical.decode(paper), entries.TYP, wire.MAX_LARGE_PAYLOAD).value)
