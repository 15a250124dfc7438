"""Files full of twelve-digit numbers that are no My Numbers; promises that one is right only where chance made it so.

The kinds are those that lie about in real files: driving licences, parcels, articles, minutes, serials, transactions.
"""

from collections.abc import Callable, Iterator, Mapping
from itertools import count
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Digits = NDArray[np.int64]
Chance = np.random.Generator

_LENGTH = 12
_ROWS_OF_A_BLOCK = 4000
_SIZES = (20_000, 200_000, 2_000_000, 20_000_000)


def _digits(values: Digits, length: int = _LENGTH) -> Digits:
    return values[:, None] // 10 ** np.arange(length - 1, -1, -1) % 10


def _licences(chance: Chance, rows: int) -> Digits:
    """Prefecture, year, serial, a check digit of their own, and how often they were lost."""
    body = _digits(chance.integers(10, 98, rows) * 10**8 + chance.integers(60 * 10**6, 10**8, rows), 10)
    check = (11 - body @ np.array((5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11) % 11 % 10
    return np.concatenate((body, check[:, None], chance.integers(0, 3, (rows, 1))), axis=1)


def _parcels(chance: Chance, rows: int) -> Digits:
    body = chance.integers(0, 10**11, rows)
    return _digits(body * 10 + body % 7)


def _articles(chance: Chance, rows: int) -> Digits:
    body = _digits(chance.integers(0, 10**11, rows), _LENGTH - 1)
    check = -(body @ np.array((3, 1) * 5 + (3,))) % 10
    return np.concatenate((body, check[:, None]), axis=1)


def _minutes(chance: Chance, rows: int) -> Digits:
    day = chance.integers(2010, 2027, rows) * 10**4 + chance.integers(1, 13, rows) * 100 + chance.integers(1, 29, rows)
    return _digits(day * 10**4 + chance.integers(0, 24, rows) * 100 + chance.integers(0, 60, rows))


def _serials(chance: Chance, rows: int) -> Digits:
    return _digits(7 * 10**11 + int(chance.integers(0, 10**10)) + np.cumsum(chance.integers(1, 4, rows)))


def _transactions(chance: Chance, rows: int) -> Digits:
    return _digits(chance.integers(0, 10**12, rows))


DECOYS: Mapping[str, Callable[[Chance, int], Digits]] = {
    "licence": _licences,
    "parcel": _parcels,
    "article": _articles,
    "minute": _minutes,
    "serial": _serials,
    "transaction": _transactions,
}
# What stands in a row, with the places of its numbers.
_TEMPLATES = (
    '{{"licence_no": "{licence}", "parcel": "{parcel}", "stamp": "{minute}", "txn": "{transaction}"}}\n',
    "INFO licence_no={licence} parcel={parcel} upc={article} stamp={minute} serial={serial} ok\n",
    "INSERT INTO t VALUES ('{parcel}', '{article}', '{transaction}', '{serial}', '{licence}');\n",
    "<row><a>{licence}</a><tracking>{parcel}</tracking><b>{minute}</b></row>\n",
    "送り状{parcel}、取引{transaction}、受付{minute}。\n",
    "{licence},{parcel},{article},{minute},{serial},{transaction},counter\n",
    "{minute} {transaction} request passed on to the counter, ticket {serial}\n",
)


def write(folder: Path, size: int, seed: int = 1) -> int:
    """Write files of about so many bytes into a folder, and return how many bytes they have."""
    chance = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    written = 0
    for number in count():
        if written >= size:
            return written
        wanted = min(_SIZES[number % len(_SIZES)], max(size - written, 1))
        file = folder / f"{number:05d}.txt"
        write_file(file, wanted, chance, number)
        written += file.stat().st_size
    return written


def write_file(file: Path, size: int, chance: Chance, kind: int = 0) -> None:
    """Write one file of about so many bytes; `kind` says what its rows look like."""
    with file.open("wb") as out:
        out.writelines(_blocks(chance, _TEMPLATES[kind % len(_TEMPLATES)], size))


def _blocks(chance: Chance, template: str, size: int) -> Iterator[bytes]:
    places = dict.fromkeys(DECOYS, "\0" * _LENGTH)
    row = np.frombuffer(template.format_map(places).encode(), np.uint8)
    kinds = [kind for kind in template.replace("{", "}").split("}") if kind in DECOYS]
    starts = np.flatnonzero((row == 0) & (np.concatenate(([1], row[:-1])) != 0))
    left = size
    while left > 0:
        rows = min(_ROWS_OF_A_BLOCK, left // len(row) + 1)
        text = np.tile(row, (rows, 1))
        for kind, start in zip(kinds, starts.tolist(), strict=True):
            text[:, start : start + _LENGTH] = DECOYS[kind](chance, rows) + ord("0")
        left -= text.size
        yield text.tobytes()
