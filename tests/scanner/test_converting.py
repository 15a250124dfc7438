"""Columns of regularly converted numbers are found without knowing how; no other kind of number is taken for one."""

import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mynumber.scanner.converting.columns import conversion_of
from mynumber.scanner.converting.conversion import Conversion, symbols_of
from mynumber.scanner.finds import Find
from mynumber.scanner.scan import scan
from tests.scanner.corpus import DECOYS, number

Change = Callable[[str], str]


def numbers(count: int, seed: int = 1) -> list[str]:
    rng = random.Random(seed)
    return [number(rng) for _ in range(count)]


def ordered(seed: int) -> Change:
    order = random.Random(seed).sample(range(12), 12)
    return lambda value: "".join(value[place] for place in order)


def by_one_table(seed: int, letters: str) -> Change:
    table = random.Random(seed).sample(letters, 10)
    return lambda value: "".join(table[int(digit)] for digit in value)


def by_tables(seed: int, letters: str) -> Change:
    rng = random.Random(seed)
    tables = [rng.sample(letters, 10) for _ in range(12)]
    return lambda value: "".join(table[int(digit)] for table, digit in zip(tables, value, strict=True))


def added(seed: int) -> Change:
    constant = random.Random(seed).randrange(10**12)
    return lambda value: f"{(int(value) + constant) % 10**12:012d}"


def foreign(values: list[str], share: float) -> list[str]:
    """Put values of the same symbols, which are no numbers, among others."""
    rng = random.Random(9)
    symbols = sorted(set("".join(values)))
    return [value if rng.random() >= share else "".join(rng.choices(symbols, k=12)) for value in values]


def found(values: list[str]) -> Conversion | None:
    return conversion_of(symbols_of([value.encode() for value in dict.fromkeys(values)]))


SECRET: dict[str, Callable[[int], Change]] = {
    "order": ordered,
    "digits": lambda seed: by_one_table(seed, "0123456789"),
    "letters": lambda seed: by_one_table(seed, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    "constant": added,
}


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("how", SECRET)
@pytest.mark.parametrize("share", [0, 0.2])
def test_one_secret_is_found_though_a_fifth_is_foreign(how: str, seed: int, share: float) -> None:
    plain = numbers(900, seed)
    conversion = found(foreign([SECRET[how](seed)(value) for value in plain], share))
    assert conversion is not None
    assert (conversion.back is None) is (how == "order")


@pytest.mark.parametrize("how", ["digits", "letters", "constant"])
def test_what_is_found_is_turned_back(how: str) -> None:
    plain = numbers(700, 11)
    changed = [SECRET[how](11)(value) for value in plain]
    conversion = found(changed)
    assert conversion is not None
    assert conversion.back is not None
    symbols = symbols_of([value.encode() for value in (*changed, "not-a-number")])
    assert [f"{value:012d}" for value in conversion.back(symbols).tolist()] == [*plain, "0" * 12]


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("letters", ["0123456789", "ABCDEFGHIJ"])
def test_any_order_and_any_table_is_found(seed: int, letters: str) -> None:
    order, tables = ordered(seed), by_tables(seed, letters)
    changed = [tables(order(value)) for value in numbers(600, seed)]
    assert found(changed) is not None
    assert found(foreign(changed, 0.01)) is not None


@pytest.mark.parametrize("kind", DECOYS)
def test_other_kinds_of_numbers_are_none(kind: str) -> None:
    for seed in range(5):
        rng = random.Random(seed)
        assert found([DECOYS[kind](rng) for _ in range(500)]) is None


def test_too_few_values_prove_nothing() -> None:
    changed = [ordered(1)(value) for value in numbers(300)]
    assert found(changed[:149]) is None
    assert found(changed) is not None


FAMILIES: dict[str, Change] = {
    "reverse": lambda n: n[::-1],
    "rotated by 5": lambda n: n[5:] + n[:5],
    "neighbouring": lambda n: "".join(n[j + 1] + n[j] for j in range(0, 12, 2)),
    "groups of four stand": lambda n: n[8:] + n[4:8] + n[:4],
    "complement to nine": lambda n: "".join(str(9 - int(d)) for d in n),
    "shifted by 3": lambda n: "".join(str((int(d) + 3) % 10) for d in n),
    "reverse order and each digit is shifted by 7": lambda n: "".join(str((int(d) + 7) % 10) for d in n[::-1]),
}


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("count", [25, 200])
def test_a_family_is_named_and_turned_back(name: str, count: int) -> None:
    plain = numbers(count)
    changed = [FAMILIES[name](value) for value in plain]
    conversion = found(changed)
    assert conversion is not None
    assert conversion.back is not None
    assert name in conversion.name
    assert [f"{value:012d}" for value in conversion.back(symbols_of([one.encode() for one in changed]))] == plain


@pytest.mark.parametrize("constant", [1, -1, 77_777, -1_234_567])
def test_of_a_few_values_a_small_constant_is_found(constant: int) -> None:
    conversion = found([f"{(int(value) + constant) % 10**12:012d}" for value in numbers(200)])
    assert conversion is not None
    assert f"({constant:+d})" in conversion.name


def with_check(rng: random.Random, right: Callable[[str], int]) -> str:
    body = f"{rng.randrange(10**11):011d}"
    return body + str(right(body))


def luhn(body: str) -> int:
    doubled = (sum(divmod(2 * int(d), 10)) if at % 2 == 0 else int(d) for at, d in enumerate(body))
    return -sum(doubled) % 10


def weighted(*weights: int) -> Callable[[str], int]:
    return lambda body: -sum(int(d) * w for d, w in zip(body, weights, strict=True)) % 11 % 10


OTHERS: dict[str, Callable[[random.Random], str]] = {
    "random": lambda rng: f"{rng.randrange(10**12):012d}",
    "letters": lambda rng: "".join(rng.choices("ABCDEFGHIJ", k=12)),
    "hex": lambda rng: f"{rng.randrange(16**12):012x}",
    "Luhn": lambda rng: with_check(rng, luhn),
    "modulo 11, weights of books": lambda rng: with_check(rng, weighted(*range(12, 1, -1))),
    "modulo 11, other weights": lambda rng: with_check(rng, weighted(3, 7, 1, 9, 10, 2, 4, 6, 8, 5, 3)),
    "modulo 10, weights 3 and 1": lambda rng: with_check(
        rng, lambda body: -sum(int(d) * (3, 1)[at % 2] for at, d in enumerate(body)) % 10
    ),
    "modulo 97": lambda rng: next(f"{body:010d}{98 - body * 100 % 97:02d}" for body in [rng.randrange(10**10)]),
    "serial": lambda rng: f"{400_000_000_000 + rng.randrange(10**6):012d}",
    "milliseconds": lambda rng: f"{rng.randrange(16 * 10**10, 18 * 10**10)}",
    "telephone": lambda rng: f"00{rng.choice((90, 80, 70))}{rng.randrange(10**8):08d}",
    "sorted": lambda rng: f"{rng.randrange(10**12):012d}",
}


def test_of_thousands_of_columns_of_random_numbers_none_is_called_converted() -> None:
    chance = np.random.default_rng(4)
    for count, columns in ((1000, 1500), (600, 500), (300, 10), (150, 10), (30, 300)):
        for _ in range(columns):
            values = [b"%012d" % value for value in chance.integers(0, 10**12, count)]
            assert conversion_of(symbols_of(values)) is None


@pytest.mark.parametrize("kind", OTHERS)
def test_other_numbers_with_a_check_digit_or_none_are_not_called_converted(kind: str) -> None:
    for seed in range(12):
        rng = random.Random(seed)
        values = [OTHERS[kind](rng) for _ in range((30, 160, 300, 1000)[seed % 4])]
        assert found(sorted(values) if kind == "sorted" else values) is None, seed


def test_a_kind_of_number_with_our_weights_in_another_order_cannot_be_told_from_ours() -> None:
    rng = random.Random(1)
    assert found([with_check(rng, weighted(2, 3, 4, 5, 6, 7, 2, 3, 4, 5, 6)) for _ in range(600)]) is not None


def rows(header: str, values: list[str]) -> str:
    return f"id,{header},txn\n" + "".join(
        f"{at},{value},{DECOYS['取引'](random.Random(at))}\n" for at, value in enumerate(values)
    )


def told(path: Path) -> list[Find]:
    return [one for one in scan([str(path)]) if isinstance(one, Find) and one.kind == "converted"]


@pytest.mark.parametrize("how", ["reverse", "letters"])
def test_a_column_of_a_file_is_one_find(tmp_path: Path, how: str) -> None:
    plain = numbers(400)
    codes = [value[::-1] for value in plain]
    if how == "letters":
        codes = [by_tables(7, "ABCDEFGHIJ")(ordered(7)(value)) for value in plain]
    (tmp_path / "a.csv").write_text(rows("code", codes), encoding="utf-8")
    (find,) = told(tmp_path)
    assert (find.location.line, find.location.column, find.count) == (2, 3, 400)
    assert find.digits == (plain[0] if how == "reverse" else "")


@pytest.mark.parametrize("shape", ["{}-{}-{}", "{} {} {}", "{}{}{}"])
@pytest.mark.parametrize("stripped", [False, True])
def test_groups_and_lost_zeros_do_not_hide_it(tmp_path: Path, shape: str, stripped: bool) -> None:
    plain = numbers(400)
    turned = [value[::-1] for value in plain]
    shown = [shape.format(value[:4], value[4:8], value[8:]) for value in turned]
    (tmp_path / "a.csv").write_text(
        rows("code", [one.lstrip("0") if stripped and "{}{}" in shape else one for one in shown]), encoding="utf-8"
    )
    (find,) = told(tmp_path)
    assert find.digits == plain[0]


def test_headers_blanks_doubles_and_other_words_do_not_hide_it(tmp_path: Path) -> None:
    plain = numbers(300)
    codes = [ordered(5)(value) for value in plain]
    rng = random.Random(2)
    for at in rng.sample(range(300), 60):
        codes[at] = rng.choice(("", "n/a", "unregistered", "不明", "000000000000", "code_of_them", codes[0]))
    (tmp_path / "a.csv").write_text(rows("code", codes), encoding="utf-8")
    (find,) = told(tmp_path)
    assert "another order" in find.reason


def test_two_columns_side_by_side_are_two_finds(tmp_path: Path) -> None:
    lines = [f"{value[::-1]},{by_one_table(3, 'QWERTYUIOP')(value)}" for value in numbers(400)]
    (tmp_path / "a.csv").write_text("\n".join(("one,other", *lines)), encoding="utf-8")
    assert [one.location.column for one in sorted(told(tmp_path), key=lambda one: one.location.column)] == [1, 14]
    assert {one.digits for one in told(tmp_path)} == {numbers(400)[0]}
