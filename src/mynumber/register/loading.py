"""Loading persons from a file (docs/spec/register.md): every person gets a number once, however often the file is read.

  1. Read the whole file and check every line: nothing is issued from a file with a mistake in it.
  2. Register the persons in batches, one transaction each.
  3. Write the numbers in the order of the file beside the place where they belong, then put them there in one move.

If we crash in 2, the batches before are registered and the same file goes on behind them, because a registered person
keeps the number; in 3, the part that was written is written anew.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TextIO

import msgspec

from mynumber.acquisition import basic
from mynumber.number.my_number import MyNumber
from mynumber.plumbing.database import Store
from mynumber.plumbing.errors import BadInput, WrongUse
from mynumber.register import residents
from mynumber.register.residents import Person
from mynumber.register.store import Seals

BATCH = 500
_MAX_LINE = 16 * 1024
_MEMBERS = Person.__struct_fields__


@dataclass(frozen=True, slots=True)
class Loaded:
    """How many persons the file has and for how many of them a number was issued just now."""

    persons: int
    issued: int


def load(store: Store, seals: Seals, file: Path, *, out: Path | None, progress: Callable[[int, int], None]) -> Loaded:
    """Load a file; `progress` is told (done, all) after each batch. The numbers go to `out`, readable by its owner."""
    # (1) Check every line.
    total = _check(seals, file)
    done = issued = 0
    with _numbers_file(out) as target:
        for persons in _batches(file):
            # (2) Register, one transaction a batch.
            with store.writing() as connection:
                registered = residents.register(connection, seals, persons)
            # (3) Write.
            _write(target, registered.numbers)
            done, issued = done + len(persons), issued + registered.issued
            progress(done, total)
    return Loaded(done, issued)


def _check(seals: Seals, file: Path) -> int:
    """Return the number of lines, or raise BadInput that names the first bad one and repeats nothing of it."""
    seen: set[bytes] = set()
    for number, person in enumerate(_lines(file), start=1):
        index = seals.person.index(basic.identity(person))
        if index in seen:
            hint = "take one of the two out; two persons differ in name, birth, sex or address"
            raise BadInput("DUPLICATE_PERSON", f"line {number} has a person who stood in the file before", hint=hint)
        seen.add(index)
    return len(seen)


def _batches(file: Path) -> Iterator[list[Person]]:
    lines = _lines(file)
    while batch := list(islice(lines, BATCH)):
        yield batch


def _lines(file: Path) -> Iterator[Person]:
    try:
        with file.open("rb") as source:
            number = 0
            while line := source.readline(_MAX_LINE):
                number += 1
                yield _person(line, number)
    except OSError as problem:
        raise WrongUse("NO_FILE", f"cannot read {file}", hint="name a file of JSON lines") from problem


def _person(line: bytes, number: int) -> Person:
    try:
        return msgspec.json.decode(line, type=Person)
    except (msgspec.MsgspecError, UnicodeDecodeError) as problem:
        # The problem's text may show a value; only the name of a member of ours is taken from it.
        member = next((name for name in _MEMBERS if f"$.{name}`" in str(problem)), "")
    where = f"`{member}` in line {number}" if member else f"line {number}"
    raise BadInput("BAD_LINE", f"{where} is not as docs/spec/register.md describes", hint="correct the file")


@contextmanager
def _numbers_file(out: Path | None) -> Iterator[TextIO | None]:
    if out is None:
        yield None
        return
    part = out.with_name(out.name + ".part")
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    except OSError as problem:
        raise WrongUse("NO_FILE", f"cannot write {part}", hint="name a file in a folder of yours") from problem
    with os.fdopen(descriptor, "w", encoding="ascii") as target:
        os.fchmod(descriptor, 0o600)  # an older part may have been made by another
        yield target
        target.flush()
        os.fsync(descriptor)
    part.replace(out)


def _write(target: TextIO | None, numbers: Sequence[MyNumber]) -> None:
    if target is not None:
        target.writelines(f"{number.digits()}\n" for number in numbers)
