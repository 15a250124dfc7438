"""How the supervisor takes hidden rows in and lets them out again (PROTOCOL.md section 11).

  1. Fetch from the keeper what is hidden.
  2. Open what is new with the seal key; check permit, entry, padding and `undisclosed`. What fails is a finding.
  3. Keep the others as they came, sealed, each with the time at which it is due; a row that is hidden here and that the
     keeper no longer shows is a finding that names it.
  4. Disclose what is due: sign it to the keeper, and note its answer (faults `supervisor.disclosed.before`, `.after`).

A keeper that does not answer is down and is asked again. One whose log answers and that for minutes shows nothing of
what is hidden, or takes nothing back that is due, is a finding: silence hides records as well as deleting them does.

If we crash in 1 to 3, the next round does it again. If we crash in 4 before the note, the same disclosure is sent
again, and the keeper numbers a row once. What a row says is in memory only, while it is checked or disclosed.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final, Literal, TypeAlias

from sqlalchemy import Connection

from mynumber.codes import wire
from mynumber.codes.errors import ProtocolError
from mynumber.codes.records import forms, hidden, rows
from mynumber.codes.records.rows import Row
from mynumber.codes.wire import B32, Blob, EntryIndex
from mynumber.exchange.running.node import Node
from mynumber.exchange.running.own_keys import Own
from mynumber.oversight import store
from mynumber.oversight.config import OversightConfig
from mynumber.oversight.hidden import kept, keys
from mynumber.oversight.hidden.kept import Kept
from mynumber.oversight.store import Finding
from mynumber.plumbing import canonical, faults, logs
from mynumber.plumbing.client import PeerDown

_LOOK_SECONDS: Final = 1.0
_PUT_OFF_SECONDS: Final = 3600
_PATIENCE: Final = 180  # looks: three minutes at least, in which a keeper that begins has long had its directory
_unfetched = logs.OnChange("hidden.unfetched")
_undisclosed = logs.OnChange("hidden.undisclosed")

Silence: TypeAlias = Literal["hidden-unshown", "hidden-untaken"]
_SILENT: Final[dict[Silence, str]] = {
    "hidden-unshown": "its log answers, and it does not show which records are hidden",
    "hidden-untaken": "its log answers, and it does not take back a hidden record that is due",
}


class Shown(wire.Payload, frozen=True):
    """A hidden row as the keeper shows it."""

    permit: B32
    entry: EntryIndex
    sealed: Blob


class _Answer(wire.Payload, frozen=True):
    rows: tuple[Shown, ...]


def name_of(permit: bytes, entry: int) -> str:
    """Return how a row is named in reports."""
    return f"permit {canonical.b64(permit)} entry {entry}"


async def handle(node: Node, settings: OversightConfig, own: Own[bytes]) -> None:
    """Fetch and disclose until cancelled; acts of other processes are seen in the store."""
    fetched = -float(settings.hidden_every_s)
    silent: Counter[Silence] = Counter()
    while True:
        if node.view.standing is not None:
            # One after the other: what was disclosed is no longer shown, and must not look like lost.
            if time.monotonic() - fetched >= settings.hidden_every_s:
                answered = await fetch(node, settings, keys.seals(node.folder))
                fetched = time.monotonic() if answered else fetched
                await hear(node, silent, "hidden-unshown", answered=answered)
            await hear(node, silent, "hidden-untaken", answered=await _disclose_now(node, own))
        await asyncio.sleep(_LOOK_SECONDS)


async def _disclose_now(node: Node, own: Own[bytes]) -> bool:
    """Step 4, but not in the minute in which a new directory reaches the keeper: it may not know our key yet."""
    standing = node.view.required()
    if standing.choose(node.clock.now()) is not standing.current:
        return True
    return await disclose(node, keys.seals(node.folder), own.current)


async def hear(node: Node, silent: Counter[Silence], what: Silence, *, answered: bool) -> None:
    """Note whether the keeper answered; `_PATIENCE` looks in vain, while its log answers, are a finding."""
    keeper = node.view.directory.body.keeper.id
    log = next((log for log in await node.store.read(store.logs) if log.party == keeper and log.up_since), None)
    if answered or log is None:
        del silent[what]
        return
    silent[what] += 1
    if silent[what] == _PATIENCE:
        found = Finding(what, keeper, "hidden records", _SILENT[what], log.note)
        await node.store.write(lambda connection: store.find(connection, [found], node.clock.now()))


async def fetch(node: Node, settings: OversightConfig, seals: Sequence[bytes]) -> bool:
    """Steps 1 to 3; False if the keeper did not answer, or not in the form of an answer."""
    keeper = node.view.directory.body.keeper.id
    try:
        # (1) Fetch.
        shown = wire.read(await node.peers.call(keeper, "hidden", {}), _Answer).rows
    except (PeerDown, ProtocolError) as problem:
        _unfetched.waits(problem.code, peer=keeper)
        return False
    _unfetched.goes_on(peer=keeper)
    known = await node.store.read(kept.known)
    # (2) Open what is new.
    new = [row for row in shown if (bytes(row.permit), row.entry) not in known]
    good, bad = await asyncio.to_thread(_opened, new, seals, settings.hidden_longest_s)
    found = [_bad(keeper, row) for row in bad]
    now = node.clock.now()
    running = rows.fiscal_year(now)

    def keep(connection: Connection) -> None:
        # (3) Keep.
        kept.take(connection, good)
        listed = [(bytes(row.permit), row.entry) for row in shown]
        gone = kept.missing(connection, listed, now=now, oldest=running - kept.KEPT_YEARS + 1)
        store.find(connection, [*found, *(_gone(keeper, row) for row in gone)], now)
        kept.expire(connection, running)

    await node.store.write(keep)
    if good or bad:
        logs.info("hidden.fetched", peer=keeper, count=len(good))
    return True


def _opened(new: Iterable[Shown], seals: Sequence[bytes], longest: int) -> tuple[list[Kept], list[Shown]]:
    good: list[Kept] = []
    bad: list[Shown] = []
    for each in new:
        try:
            _, row = keys.open_row(seals, each.permit, each.entry, each.sealed)
        except ProtocolError:
            bad.append(each)
            continue
        year = rows.fiscal_year(row.issued)
        good.append(Kept(bytes(each.permit), each.entry, year, row.issued, row.issued + longest, bytes(each.sealed)))
    return good, bad


def _bad(keeper: str, row: Shown) -> Finding:
    detail = "a hidden record that does not open as what it is said to be (BAD_ROW)"
    return Finding("hidden-bad-row", keeper, name_of(row.permit, row.entry), detail, bytes(row.sealed))


def _gone(keeper: str, row: Kept) -> Finding:
    detail = "a hidden record that was not disclosed and is no longer shown: it was deleted"
    return Finding("hidden-row-missing", keeper, name_of(row.permit, row.entry), detail, row.sealed or b"")


async def disclose(node: Node, seals: Sequence[bytes], sign: bytes) -> bool:
    """Step 4, for every row that is due; False if the keeper does not answer."""
    due = await node.store.read(lambda connection: kept.due(connection, node.clock.now()))
    for row in due:
        if not await _disclosed(node, row, seals, sign):
            return False
    return True


async def _disclosed(node: Node, row: Kept, seals: Sequence[bytes], sign: bytes) -> bool:
    """Disclose one row; False if the keeper does not answer."""
    keeper, me = node.view.directory.body.keeper.id, node.config.id
    try:
        seed, said = await asyncio.to_thread(opened, row, seals)
    except ProtocolError:
        await _put_off(node, row, _unreadable(me, row))
        return True
    form = forms.sign_form(hidden.disclosure(node.config.network, row.permit, seed, said), (me, sign))
    try:
        await node.peers.call(keeper, "form", form)
    except PeerDown as problem:
        _undisclosed.waits(problem.code, peer=keeper)
        return False
    except ProtocolError as refusal:
        await _put_off(node, row, _refused(keeper, row, refusal.code))
        return True
    await faults.reach("supervisor.disclosed.before")
    await node.store.write(lambda connection: kept.delivered(connection, row, node.clock.now()))
    await faults.reach("supervisor.disclosed.after")
    _undisclosed.goes_on(peer=keeper)
    logs.info("hidden.disclosed", peer=keeper, count=1)
    return True


def _unreadable(me: str, row: Kept) -> Finding:
    detail = "a hidden record that is kept here opens with no seal key of ours"
    return Finding("hidden-row-unreadable", me, name_of(row.permit, row.entry), detail, row.sealed or b"")


def _refused(keeper: str, row: Kept, code: str) -> Finding:
    detail = f"the keeper refuses the disclosure of a record that it showed itself ({code})"
    return Finding("hidden-row-refused", keeper, name_of(row.permit, row.entry), detail, row.sealed or b"")


async def _put_off(node: Node, row: Kept, found: Finding) -> None:
    """Note why a row that is due is not disclosed, and try once more in an hour; the others go on."""
    now = node.clock.now()

    def keep(connection: Connection) -> None:
        store.find(connection, [found], now)
        kept.put_off(connection, row, now + _PUT_OFF_SECONDS)

    await node.store.write(keep)


def opened(row: Kept, seals: Sequence[bytes]) -> tuple[bytes, Row]:
    """Return (seed, row) of a row that is still hidden here."""
    return keys.open_row(seals, row.permit, row.entry, row.sealed or b"")


def summary(connection: Connection, now: int) -> dict[str, int]:
    """Return how many rows are hidden, how many of them are due, and how many were disclosed."""
    found = kept.rows(connection)
    waiting = [row for row in found if row.sealed is not None]
    return {
        "hidden": len(waiting),
        "due": sum(row.due <= now for row in waiting),
        "disclosed": len(found) - len(waiting),
    }
