"""What the keeper takes in besides bundles: outcomes of providers, and rows that are no longer hidden (section 11).

An outcome is kept sealed under its permit, so that only who knows the permit reads it; the same again changes nothing,
another one to the same permit is refused. It may come late, after its provider's signing key has changed: then the key
counts that was listed when the permit was issued. A disclosed row is known again by its HMAC and numbered in its own
series.
"""

import asyncio
import contextlib

from sqlalchemy import Connection

from mynumber.codes import jws as signatures
from mynumber.codes import wire
from mynumber.codes.errors import ProtocolError
from mynumber.codes.records import forms, hidden, rows
from mynumber.codes.records.forms import Disclose, Outcome
from mynumber.exchange.running.node import Node
from mynumber.exchange.view import past
from mynumber.keeper import recording, replicas, store
from mynumber.plumbing import canonical, faults
from mynumber.plumbing.canonical import Json


async def form(node: Node, h: bytes, peer: str, body: Json) -> Json:
    """Take a form that `peer` signed; who has none for the keeper is refused."""
    directory = node.view.directory
    signer, network = directory.signer(peer), node.config.network
    role = directory.role_of(peer)
    if role == "agency":
        outcome = await _outcome(node, peer, body)
        await node.store.write(lambda connection: accept_outcome(connection, outcome, body, peer))
    elif role == "supervisor":
        disclosed = forms.open_form(Disclose, body, signer, network)
        await node.store.write(lambda connection: accept_disclosure(connection, disclosed, h, node.restored))
        await faults.reach("keeper.disclosed.after")
    else:
        raise ProtocolError("WRONG_TYPE")
    return {}


async def _outcome(node: Node, provider: str, jws: Json) -> Outcome:
    """Return the outcome that `provider` signed, now or with a key it had when the permit was issued."""
    signer, network = node.view.directory.signer(provider), node.config.network
    try:
        # Here and now: one signature takes less than the way to a thread.
        return forms.open_form(Outcome, jws, signer, network)
    except ProtocolError as problem:
        if problem.code != "BAD_SIGNATURE":
            raise
        return await asyncio.to_thread(_earlier_outcome, node, provider, jws, problem)


def _earlier_outcome(node: Node, provider: str, jws: Json, refused: ProtocolError) -> Outcome:
    said = wire.read(signatures.parse(jws, Outcome.TYP).value, Outcome)
    for earlier in _signers_then(node, provider, said.permit):
        with contextlib.suppress(ProtocolError):
            return forms.open_form(Outcome, jws, earlier, node.config.network)
    raise refused


def _signers_then(node: Node, provider: str, permit: bytes) -> tuple[tuple[str, bytes], ...]:
    with node.store.reading() as connection:
        found = store.permitted(connection, permit)
        # Whose outcome it cannot be has no old directories read for it.
        if found is None or found.to != provider:
            return ()
        return past.signers(node.schema.papers, connection, provider, found.issued)


def accept_outcome(connection: Connection, outcome: Outcome, jws: Json, provider: str) -> None:
    """Keep the outcome that `provider` signed, if it answers a released permit of its own, entry by entry."""
    permit = store.permitted(connection, outcome.permit)
    if permit is None or permit.kind == "enrol" or permit.to != provider or permit.count != len(outcome.results):
        raise ProtocolError("PERMIT_MISMATCH")
    locator, sealed = hidden.seal_outcome(outcome.permit, jws)
    before = store.outcome(connection, locator)
    if before is None:
        store.put_outcome(connection, locator, year=rows.fiscal_year(permit.issued), sealed=sealed)
        replicas.owe(connection, "outcome", locator)
    elif before != sealed:
        raise ProtocolError("PERMIT_USED")


def accept_disclosure(connection: Connection, disclosed: Disclose, h: bytes, restored: int | None) -> None:
    """Number a hidden row in its series, once; a row that the keeper does not know again is BAD_ROW.

    A crash before the commit leaves the row hidden and the supervisor repeats; after it the repeat changes nothing.
    """
    found = store.hidden_row(connection, disclosed.permit, disclosed.entry)
    if found is None:
        raise ProtocolError("BAD_ROW")
    kept, done = found
    series, row = hidden.accept_disclosed(h, kept.mac, disclosed)
    if not done:
        replicas.require_relearnt(connection, restored)
        recording.number_row(connection, series, row, h=h, year=kept.year)
        store.mark_disclosed(connection, kept.permit, kept.entry)
        faults.point("keeper.disclosed.before")


async def hidden_rows(node: Node, peer: str, body: Json) -> Json:
    """Return every row that is still hidden, to the supervisor alone."""
    wire.members(body)
    if node.view.directory.role_of(peer) != "supervisor":
        raise ProtocolError("PERMIT_MISMATCH")
    kept = await node.store.read(store.hidden)
    return {
        "rows": [
            {"permit": canonical.b64(permit), "entry": entry, "sealed": canonical.b64(sealed)}
            for permit, entry, sealed in kept
        ]
    }
