"""Columns of regularly converted numbers are found without knowing how; no other kind of number is taken for one."""

import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mynumber.scanner.converting.families import by_family, by_offset, digits_of
from mynumber.scanner.converting.structure import is_converted, symbols_of
from mynumber.scanner.finds import Find
from mynumber.scanner.scan import scan
from tests.scanner.corpus import DECOYS, number


def numbers(count: int, seed: int = 1) -> list[str]:
    rng = random.Random(seed)
    return [number(rng) for _ in range(count)]


def substituted(values: list[str], seed: int) -> list[str]:
    """Put the digits in a secret order and replace them by secret letters, place by place."""
    rng = random.Random(seed)
    order = rng.sample(range(12), 12)
    letters = [rng.sample("ABCDEFGHIJ", 10) for _ in range(12)]
    return ["".join(letters[j][int(value[order[j]])] for j in range(12)) for value in values]


def as_bytes(values: list[str]) -> list[bytes]:
    return [value.encode() for value in values]


@pytest.mark.parametrize("seed", range(10))
def test_any_order_and_any_table_is_found(seed: int) -> None:
    assert is_converted(symbols_of(as_bytes(substituted(numbers(400, seed), seed))))


def test_a_few_foreign_values_do_not_hide_it() -> None:
    values = substituted(numbers(600), 3)
    rng = random.Random(1)
    for at in rng.sample(range(600), 9):
        values[at] = "".join(rng.choice("ABCDEFGHIJ") for _ in range(12))
    assert is_converted(symbols_of(as_bytes(values)))


@pytest.mark.parametrize("kind", DECOYS)
def test_other_kinds_of_numbers_are_none(kind: str) -> None:
    for seed in range(5):
        rng = random.Random(seed)
        values = [DECOYS[kind](rng) for _ in range(500)]
        found = np.array([int(value) for value in values], np.int64)
        assert not is_converted(symbols_of(as_bytes(values)))
        assert by_family(found) is None


def test_too_few_values_prove_nothing() -> None:
    assert not is_converted(symbols_of(as_bytes(substituted(numbers(149), 1))))


FAMILIES: dict[str, Callable[[str], str]] = {
    "reverse": lambda n: n[::-1],
    "rotated by 5": lambda n: n[5:] + n[:5],
    "neighbouring": lambda n: "".join(n[j + 1] + n[j] for j in range(0, 12, 2)),
    "complement": lambda n: "".join(str(9 - int(d)) for d in n),
    "shifted by 3": lambda n: "".join(str((int(d) + 3) % 10) for d in n),
}


@pytest.mark.parametrize("name", FAMILIES)
def test_a_family_is_named_and_turned_back(name: str) -> None:
    plain = numbers(100)
    converted = np.array([int(FAMILIES[name](value)) for value in plain], np.int64)
    conversion = by_family(converted)
    assert conversion is not None
    assert conversion.back is not None
    assert [f"{value:012d}" for value in conversion.back(converted)] == plain


@pytest.mark.parametrize("offset", [1, -1, 77_777, -1_234_567])
def test_a_constant_is_found_and_taken_back(offset: int) -> None:
    plain = np.array([int(value) for value in numbers(200)], np.int64)
    conversion = by_offset((plain + offset) % 10**12)
    assert conversion is not None
    assert conversion.back is not None
    assert conversion.back((plain + offset) % 10**12).tolist() == plain.tolist()


def test_random_numbers_have_no_constant() -> None:
    rng = random.Random(2)
    assert by_offset(np.array([rng.randrange(10**12) for _ in range(400)], np.int64)) is None


def test_digits_are_those_of_the_value() -> None:
    assert digits_of(np.array([123456789018])).tolist() == [[1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 8]]


@pytest.mark.parametrize("how", ["reverse", "letters"])
def test_a_column_of_a_file_is_one_find(tmp_path: Path, how: str) -> None:
    plain = numbers(400)
    codes = [value[::-1] for value in plain] if how == "reverse" else substituted(plain, 7)
    rows = "".join(
        f"{position},{code},{DECOYS['取引'](random.Random(position))}\n" for position, code in enumerate(codes)
    )
    (tmp_path / "a.csv").write_text(f"id,code,txn\n{rows}", encoding="utf-8")
    (find,) = [one for one in scan([str(tmp_path)]) if isinstance(one, Find) and one.kind == "converted"]
    assert (find.location.line, find.location.column, find.count) == (2, 3, 400)
    assert find.digits == (plain[0] if how == "reverse" else "")
