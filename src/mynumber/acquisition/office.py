"""The office's side of an acquisition, as pure steps around its vault and its store.

  1. Give every vault row an acquisition number of its own and keep it beside the row's reference (`number_rows`).
  2. Send the batches to the register (`batches`) and match its results (`match`).
  3. The register brings a bundle later; the office checks and opens it (PROTOCOL.md section 9).
  4. Sort what was opened: each code to its own file, or refused for a person to look at (`sort_codes`).
  5. Store codes and answer in one transaction, then answer the register with `results`.

If the office crashes before 5 the bundle comes again; a batch that was sent twice has its effect once.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from mynumber.acquisition.basic import Basic
from mynumber.acquisition.messages import MAX_ENTRIES, Entry, Request, Result, read_answer
from mynumber.codes.group import Point
from mynumber.codes.records.forms import Acknowledgement
from mynumber.number.my_number import MyNumber
from mynumber.plumbing.canonical import Json
from mynumber.plumbing.errors import WrongUse

ACQ_SIZE = 16


@dataclass(frozen=True, slots=True)
class VaultRow:
    """What an office's vault holds about a person; `ref` is the office's own reference."""

    ref: str
    number: MyNumber
    basic: Basic = field(repr=False)


@dataclass(frozen=True, slots=True)
class Kept:
    """A code for the file `ref`; a file that lost its code gets the same one again."""

    acq: bytes
    ref: str
    code: Point = field(repr=False)


@dataclass(frozen=True, slots=True)
class NotKept:
    """No code for the file `ref`.

    DUPLICATE_CODE: the office holds this code under the file `other` (mostly a family member's number stood in one of
    the two). IDENTITY_POINT: the bundle opens to no code.
    """

    acq: bytes
    ref: str
    error: Literal["DUPLICATE_CODE", "IDENTITY_POINT"]
    other: str = ""


Receipt: TypeAlias = Kept | NotKept


def number_rows(rows: Sequence[VaultRow], rand: bytes) -> dict[bytes, VaultRow]:
    """Return acquisition number -> row; `rand` are 16 fresh bytes of the operating system a row."""
    if len(rand) != ACQ_SIZE * len(rows):
        raise WrongUse("BAD_RANDOMNESS", f"an acquisition number takes {ACQ_SIZE} random bytes")
    return {rand[i * ACQ_SIZE : (i + 1) * ACQ_SIZE]: row for i, row in enumerate(rows)}


def batches(rows: Mapping[bytes, VaultRow], *, ground: str, record_epoch: int, lost: bool = False) -> Iterator[Request]:
    """Yield the rows as requests of at most 64 entries.

    `record_epoch` is that of the office's entry in the directory, or a newer one listed there that is being filled.
    """
    entries = [Entry(acq, row.number, row.basic) for acq, row in rows.items()]
    for start in range(0, len(entries), MAX_ENTRIES):
        yield Request(ground, record_epoch, lost, tuple(entries[start : start + MAX_ENTRIES]))


def match(request: Request, answer: Json) -> dict[bytes, Result]:
    """Return acquisition number -> result of the register's answer, or raise BAD_ENCODING."""
    results = read_answer(answer, len(request.entries))
    return {entry.acq: result for entry, result in zip(request.entries, results, strict=True)}


def sort_codes(
    opened: Sequence[tuple[bytes, Point | None]],
    refs: Mapping[bytes, str],
    holder: Callable[[Point], str | None],
) -> tuple[Receipt, ...]:
    """Return what becomes of each (acquisition number, code) of a bundle, in its order.

    `refs` are the open numbers; `holder` tells under which file the office holds a code already.
    """
    receipts: list[Receipt] = []
    here: dict[bytes, str] = {}
    for acq, code in opened:
        ref = refs[acq]
        if code is None:
            receipts.append(NotKept(acq, ref, "IDENTITY_POINT"))
            continue
        other = here.setdefault(code, holder(code) or ref)
        receipts.append(Kept(acq, ref, code) if other == ref else NotKept(acq, ref, "DUPLICATE_CODE", other))
    return tuple(receipts)


def results(receipts: Sequence[Receipt]) -> tuple[Acknowledgement, ...]:
    """Return the results of `mnc-acquired+json`, one an entry in order."""
    return tuple("stored" if isinstance(receipt, Kept) else "refused" for receipt in receipts)
