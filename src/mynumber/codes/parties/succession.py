"""What the next directory says: what the last one says, and what its parties handed in since (section 4).

  - A party keeps its place. The entry it handed in last counts, if its serial is greater; an operator's has none.
  - New offices come behind the old ones, in the order of their ids.
  - A closed office stays and lists no code epoch; its record epochs stay for those who read.
  - A new code epoch stands beside the old one first. The old one is left out when the office itself names the new one.
  - A new record epoch does so too; the old one stays for ever, because rows stand under it.

Nothing is checked here that D8 checks; `admissible` lets the table refuse early what no operator would sign.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from mynumber.codes.errors import ProtocolError
from mynumber.codes.parties import directory_checks, drafting
from mynumber.codes.parties.drafting import Parties
from mynumber.codes.parties.entries import Agency, Body, Entry, Keeper, Operator, Register, Supervisor
from mynumber.plumbing.errors import WrongUse

E = TypeVar("E", Operator, Keeper, Register, Supervisor, Agency)


@dataclass(frozen=True, slots=True)
class Changes:
    """What is to change: entries handed in, offices to close and to open again, offices that get a new epoch.

    `rotated` get one of codes, `refilled` one of records. `keeper` is the id of who takes the keeper's place, if it
    is not the same.
    """

    handed: Sequence[Entry | Operator] = ()
    closed: frozenset[str] = field(default_factory=frozenset)
    reopened: frozenset[str] = field(default_factory=frozenset)
    rotated: frozenset[str] = field(default_factory=frozenset)
    refilled: frozenset[str] = field(default_factory=frozenset)
    keeper: str = ""


def is_closed(agency: Agency) -> bool:
    """Tell whether an office has left: it lists no code epoch and is no portal."""
    return not agency.portal and not agency.epochs


def admissible(network: str, new: Entry | Operator, old: Entry | Operator) -> bool:
    """Tell whether `new` may stand in the place of `old` (D8): same role and organisation, vouched for, later.

    The signing key of an operator is no part of D8, but of everybody's configuration.
    """
    try:
        directory_checks.check_change(network, new, old)
    except ProtocolError:
        return False
    return type(new) is type(old)


def parties(last: Body, changes: Changes) -> Parties:
    """Return everybody in the successor of `last`, or raise WrongUse for what no successor can have."""
    handed = {entry.id: entry for entry in changes.handed}
    _check_offices(last, changes)
    agencies = [_agency(old, handed.get(old.id), changes) for old in last.agencies]
    known = {party for party, _ in last.roles()}
    keeper = _keeper(last.keeper, changes.keeper, handed)
    new = [handed[party] for party in sorted(handed.keys() - known - {keeper.id})]
    if not all(isinstance(entry, Agency) for entry in new):
        strangers = ", ".join(entry.id for entry in new if not isinstance(entry, Agency))
        raise WrongUse(
            "PARTIES",
            f"{strangers}: only offices, portals and a new keeper enter a running network",
            hint="begin a network of its own, or name the new keeper: --keeper",
        )
    return Parties(
        tuple(_newer(old, handed.get(old.id)) for old in last.operators),
        keeper,
        _newer(last.register, handed.get(last.register.id)),
        _newer(last.supervisor, handed.get(last.supervisor.id)),
        (*agencies, *(first_epochs(entry) for entry in new if isinstance(entry, Agency))),
    )


def _keeper(last: Keeper, named: str, handed: dict[str, Entry | Operator]) -> Keeper:
    if named in ("", last.id):
        return _newer(last, handed.get(last.id))
    entry = handed.get(named)
    if not isinstance(entry, Keeper):
        raise WrongUse("NO_SUCH_KEEPER", f"no keeper {named} has handed in", hint="ceremony certificate")
    return entry


def first_epochs(agency: Agency) -> Agency:
    """Return a new office's entry with the epochs it begins with."""
    return drafting.listing(agency, epochs=() if agency.portal else (agency.epoch,), records=(agency.record_epoch,))


def differences(last: Body, new: Body) -> list[str]:
    """Say in words what an operator would sign, party by party; its people compare it with what they were told."""
    before: dict[str, Entry | Operator] = {entry.id: entry for entry in (*last.operators, *last.entries())}
    said = []
    for entry in (*new.operators, *new.entries()):
        old = before.get(entry.id)
        said += [f"{entry.id} of {entry.org} is new"] if old is None else _changes_of(entry, old)
    if new.keeper.id != last.keeper.id:
        said.append(f"{new.keeper.id} keeps the records in the place of {last.keeper.id}")
    return said


def _changes_of(entry: Entry | Operator, old: Entry | Operator) -> list[str]:
    said = [
        f"{entry.id} changes its {name if name != 'sign' else 'signing'} key"
        for name in ("sign", "transport", "release", "layer", "seal")
        if getattr(entry, name, None) != getattr(old, name, None)
    ]
    if isinstance(entry, Agency) and isinstance(old, Agency):
        if is_closed(entry) != is_closed(old):
            said.append(f"{entry.id} {'leaves' if is_closed(entry) else 'comes back'}")
        elif entry.epochs.keys() != old.epochs.keys():
            said.append(f"{entry.id} has the code epochs {', '.join(sorted(entry.epochs, key=int))}")
        if entry.epoch != old.epoch:
            said.append(f"{entry.id} uses code epoch {entry.epoch}")
        if entry.records.keys() != old.records.keys():
            said.append(f"{entry.id} has the record epochs {', '.join(sorted(entry.records, key=int))}")
        if entry.record_epoch != old.record_epoch:
            said.append(f"{entry.id} uses record epoch {entry.record_epoch}")
    return said


def _check_offices(last: Body, changes: Changes) -> None:
    offices = {agency.id for agency in last.agencies if not agency.portal}
    named = changes.closed | changes.reopened | changes.rotated | changes.refilled
    if named - offices:
        missing = ", ".join(sorted(named - offices))
        raise WrongUse("NO_SUCH_OFFICE", f"the directory has no office {missing}", hint="correct the id")


def _newer(old: E, handed: Entry | Operator | None) -> E:
    """Return the entry that counts, of the same role; one that was handed in before the last directory is older."""
    if handed is None:
        return old
    if not isinstance(handed, type(old)):
        raise WrongUse(
            "OTHER_ROLE", f"{old.id} handed in an entry of another role", hint="an id never changes its role"
        )
    if isinstance(handed, Operator) or isinstance(old, Operator):
        return handed
    return handed if handed.serial > old.serial else old


def _agency(old: Agency, handed: Entry | Operator | None, changes: Changes) -> Agency:
    entry = _newer(old, handed)
    if old.portal:
        return drafting.listing(entry, epochs=(), records=map(int, old.records))
    epochs = {int(epoch) for epoch in old.epochs}
    if old.id in changes.reopened and is_closed(old):
        epochs = {entry.epoch}
    if old.id in changes.rotated:
        if len(epochs) != 1:
            raise WrongUse("UNDER_WAY", f"{old.id} has {len(epochs)} code epochs", hint="one change at a time")
        epochs.add(max(epochs) + 1)
    if old.id in changes.closed:
        epochs = set()
    kept = [epoch for epoch in epochs if epoch >= entry.epoch]
    return drafting.listing(entry, epochs=kept, records=_records(old, changes))


def _records(old: Agency, changes: Changes) -> set[int]:
    records = {int(epoch) for epoch in old.records}
    if old.id in changes.refilled:
        newest = max(records)
        if newest > old.record_epoch:
            hint = "`mynumber join rotate records` once it is filled"
            raise WrongUse("UNDER_WAY", f"{old.id} is to fill record epoch {newest} first", hint=hint)
        records.add(newest + 1)
    return records
