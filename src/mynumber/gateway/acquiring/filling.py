"""How an office fills a new record epoch (PROTOCOL.md section 12): everybody is enrolled once more, newcomers in both.

  1. A directory lists the new record epoch beside the one that the office uses.
  2. For everybody of whom a code is here, an acquisition number for the new epoch, beside the one before. Number and
     data come from the vault; the register, the operators and the keeper do what they do for any number. The code that
     comes is the same, and the keeper learns the tag.
  3. Who comes meanwhile gets a code under the epoch in use, and then is one of those in 2.
  4. Once nobody is left the office may name the new epoch (`mynumber join rotate records`).

If we crash in 2, the next round finds who has no number yet.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, insert, select

from mynumber.acquisition.office import ACQ_SIZE
from mynumber.codes.parties.entries import Agency
from mynumber.gateway.store import ACQUISITIONS, FILLINGS, OPEN

# The register holds that the office has this person in this record epoch: that is what was to be reached.
_FILLED = ("stored", "already-acquired")
AT_ONCE: Final = 256
"""Persons in one step, so that inquiries are not held up."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of one person: since when a code is here, on which ground, and what came of the new epoch."""

    person: str
    ground: str = ""
    since: int = -1
    open: bool = False
    filled: bool = False
    tried: int = -1


def to_fill(agency: Agency) -> int | None:
    """Return the record epoch that is listed beside the one in use, None if there is none."""
    newest = max(map(int, agency.records))
    return newest if newest > agency.record_epoch and agency.epochs else None


def due(connection: Connection, epoch: int) -> list[str]:
    """(2) Return everybody who has a code and no number for this epoch yet; it takes long where many are known."""
    return [each.person for each in _known(connection, epoch) if _is_due(each)]


def fill(connection: Connection, persons: Sequence[str], epoch: int, now: int) -> int:
    """(2) Give a number to those of AT_ONCE persons who are still due; return how many."""
    numbers = [(os.urandom(ACQ_SIZE), each) for each in _known(connection, epoch, persons) if _is_due(each)]
    if numbers:
        same = {"lost": 0, "state": "waiting", "at": now}
        rows = [{"acq": acq, "person": each.person, "ground": each.ground, **same} for acq, each in numbers]
        connection.execute(insert(ACQUISITIONS), rows)
        connection.execute(insert(FILLINGS), [{"acq": acq, "record_epoch": epoch} for acq, _ in numbers])
    return len(numbers)


def unfilled(connection: Connection, epoch: int) -> list[str]:
    """(4) Return whose code is here while the keeper does not know the person in this epoch yet."""
    return [each.person for each in _known(connection, epoch) if each.since >= 0 and not each.filled]


def _is_due(known: _Known) -> bool:
    # What was not matched or refused is tried again once the person was handed in anew, with data that are right.
    return known.since >= 0 and not known.open and not known.filled and known.tried <= known.since


def _known(connection: Connection, epoch: int, persons: Sequence[str] | None = None) -> list[_Known]:
    columns = ACQUISITIONS.c
    query = select(columns.person, columns.ground, columns.state, columns.at, FILLINGS.c.record_epoch)
    if persons is not None:
        query = query.where(columns.person.in_(persons))
    rows = connection.execute(query.outerjoin(FILLINGS, FILLINGS.c.acq == columns.acq).order_by(columns.at))
    found: dict[str, _Known] = {}
    for row in rows:
        before = found.get(row.person, _Known(row.person))
        is_open, of_epoch = before.open or row.state in OPEN, row.record_epoch == epoch
        filled, tried = before.filled, before.tried
        ground, since = before.ground, before.since
        if of_epoch:
            filled, tried = filled or row.state in _FILLED, row.at + 1
        elif row.state == "stored":
            ground, since = row.ground, row.at
        found[row.person] = _Known(row.person, ground, since, is_open, filled, tried)
    return list(found.values())
