"""A list of known numbers makes finds certain, and finds what was made of the numbers: hashes, keyed columns."""

import base64
import hashlib
import json
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mynumber.number.check_digits import my_number_check_digit
from mynumber.plumbing.errors import WrongUse
from mynumber.scanner.converting.conversion import symbols_of
from mynumber.scanner.finds import Find, Unread
from mynumber.scanner.judging import Confidence
from mynumber.scanner.known.roster import Roster
from mynumber.scanner.reading.blocks import SIZE
from mynumber.scanner.scan import roster_of, scan, scan_stream
from tests.scanner.corpus import number
from tests.scanner.test_cli import scan as command
from tests.scanner.test_converting import numbers
from tests.scanner.test_texts import Raw

WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
ALGORITHMS = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha3_256", "blake2s", "blake2b")
ENCODINGS: dict[str, Callable[[bytes], str]] = {
    "hex": bytes.hex,
    "HEX": lambda digest: digest.hex().upper(),
    "base64": lambda digest: base64.b64encode(digest).decode(),
    "base64url": lambda digest: base64.urlsafe_b64encode(digest).decode().rstrip("="),
}
SPELLINGS: dict[str, Callable[[str], str]] = {
    "plain": lambda n: n,
    "hyphens": lambda n: f"{n[:4]}-{n[4:8]}-{n[8:]}",
    "blanks": lambda n: f"{n[:4]} {n[4:8]} {n[8:]}",
    "wide": lambda n: n.translate(WIDE),
    "line": lambda n: f"{n}\n",
    "no zeros": lambda n: n.lstrip("0"),
}
KNOWN = [*numbers(60), "012345678903"]
ROSTER = Roster(int(value) for value in KNOWN)


def hashed(value: str, algorithm: str = "sha256", spelling: str = "plain", encoding: str = "hex") -> str:
    return ENCODINGS[encoding](hashlib.new(algorithm, SPELLINGS[spelling](value).encode()).digest())


def finds(path: Path, roster: Roster | None = ROSTER) -> list[Find]:
    return [one for one in scan([str(path)], roster=roster) if isinstance(one, Find)]


def unread(path: Path, roster: Roster | None = None) -> list[str]:
    return [one.why for one in scan([str(path)], roster=roster) if isinstance(one, Unread)]


@pytest.mark.parametrize("listed", [True, False])
def test_a_lone_number_of_the_roster_is_certain(tmp_path: Path, listed: bool) -> None:
    value = KNOWN[0] if listed else number(random.Random(99))
    (tmp_path / "a.txt").write_text(f"ticket {value} closed", encoding="utf-8")
    (find,) = finds(tmp_path)
    assert find.confidence is (Confidence.CERTAIN if listed else Confidence.POSSIBLE)
    assert (find.reason == "in the roster") is listed


def test_a_number_of_the_roster_is_found_in_a_column_of_others(tmp_path: Path) -> None:
    foreign = [value for value in opaque(300) if value[-1] != str(my_number_check_digit(value[:-1]))]
    values = [*foreign, KNOWN[5]]
    (tmp_path / "a.csv").write_text(column("txn", values), encoding="utf-8")
    certain = [one.digits for one in finds(tmp_path) if one.confidence is Confidence.CERTAIN]
    assert (certain, finds(tmp_path, None)) == ([KNOWN[5]], [])


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_hash_is_found_wherever_it_stands(tmp_path: Path, algorithm: str, encoding: str, spelling: str) -> None:
    values = KNOWN[-12:]
    lines = [f'x {i} "{hashed(value, algorithm, spelling, encoding)}" y' for i, value in enumerate(values)]
    (tmp_path / "a.txt").write_text("記録\n" + "\n".join(lines), encoding="utf-8")
    # Twelve digits in a row within a hash may be a find too, which is possible at most.
    found = [one for one in finds(tmp_path) if one.confidence > Confidence.POSSIBLE]
    assert [one.digits for one in found] == values
    assert {(one.kind, one.confidence) for one in found} == {("converted", Confidence.CERTAIN)}
    assert [one.location.line for one in found] == list(range(2, 14))
    assert found[0].location.column == 6
    assert all(one.reason.startswith(algorithm.replace("_", "-")) for one in found)


@pytest.mark.parametrize("shape", ["ハッシュ{}です", "/user/{}/edit", "id={},", "v_{}", "user{}", "{}_v2", "{}\n"])
def test_what_stands_beside_a_hash_hides_it_not(tmp_path: Path, shape: str) -> None:
    (tmp_path / "a.txt").write_text(shape.format(hashed(KNOWN[0])), encoding="utf-8")
    assert [one.digits for one in finds(tmp_path)] == [KNOWN[0]]


@pytest.mark.parametrize("letters", [24, 31, 32, 40, 50])
@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
def test_a_column_of_digests_that_were_cut_off_is_found(tmp_path: Path, letters: int, algorithm: str) -> None:
    digests = [hashed(value, algorithm, "hyphens")[:letters] for value in KNOWN]
    (tmp_path / "a.csv").write_text(column("ref", digests), encoding="utf-8")
    found = [one.digits for one in finds(tmp_path) if one.confidence is Confidence.CERTAIN]
    assert found == KNOWN
    assert [one for one in finds(tmp_path, Roster([123456789018])) if one.confidence is Confidence.CERTAIN] == []


def test_hashes_of_other_numbers_are_none(tmp_path: Path) -> None:
    foreign = numbers(50, seed=77)
    (tmp_path / "a.txt").write_text("\n".join(hashed(value) for value in foreign), encoding="utf-8")
    assert finds(tmp_path) == []
    assert len(finds(tmp_path, Roster(int(value) for value in foreign))) == 50


def test_a_single_hash_of_a_number_outside_the_first_sample_is_found(tmp_path: Path) -> None:
    rng = random.Random(5)
    many = [number(rng) for _ in range(9000)]
    (tmp_path / "a.txt").write_text(hashed(sorted(many)[4321]), encoding="utf-8")
    assert [one.digits for one in finds(tmp_path, Roster(map(int, many)))] == [sorted(many)[4321]]


@pytest.mark.parametrize("how", ["xor", "constant"])
def test_a_column_made_with_one_key(tmp_path: Path, how: str) -> None:
    key = 0x2F_AB12_3456 if how == "xor" else 734_912_345_678
    made = [int(value) ^ key if how == "xor" else (int(value) + key) % 10**12 for value in KNOWN]
    rows = "".join(f"{position},{value:012d}\n" for position, value in enumerate(made) if value < 10**12)
    (tmp_path / "a.csv").write_text(f"id,code\n{rows}", encoding="utf-8")
    (find,) = [one for one in finds(tmp_path) if one.kind == "converted"]
    first = next(value for value, one in zip(KNOWN, made, strict=True) if one < 10**12)
    assert (find.digits, find.location.line) == (first, 2)
    assert ("XOR" in find.reason) is (how == "xor")
    assert [one for one in finds(tmp_path, None) if one.kind == "converted"] == []


@pytest.mark.parametrize("how", ["left out", "reversed", "shifted"])
def test_of_a_few_values_the_roster_tells_how_they_were_made(tmp_path: Path, how: str) -> None:
    change: dict[str, Callable[[str], str]] = {
        "left out": lambda value: value[:11],
        "reversed": lambda value: value[::-1],
        "shifted": lambda value: "".join(str((int(digit) + 4) % 10) for digit in value),
    }
    made = [change[how](value) for value in KNOWN[:12]]
    (tmp_path / "a.csv").write_text(column("code", [*made, "9" * len(made[0])]), encoding="utf-8")
    (find,) = [one for one in finds(tmp_path) if one.kind == "converted"]
    assert (find.digits, find.location.line) == (KNOWN[0], 2)
    assert how in find.reason or how == "reversed"
    assert [one for one in finds(tmp_path, None) if one.kind == "converted"] == []


def test_foreign_values_hide_no_key(tmp_path: Path) -> None:
    made = [f"{(int(value) + 734_912_345_678) % 10**12:012d}" for value in KNOWN]
    mixed = [one for pair in zip(opaque(60), made, strict=False) for one in pair]
    (tmp_path / "a.csv").write_text(column("code", mixed), encoding="utf-8")
    (find,) = [one for one in finds(tmp_path) if one.kind == "converted"]
    assert (find.digits, find.location.line) == (KNOWN[0], 3)


def test_random_columns_have_no_key() -> None:
    rng = random.Random(3)
    values = [b"%012d" % rng.randrange(10**12) for _ in range(300)]
    assert ROSTER.conversion_of(symbols_of(values)) is None
    assert ROSTER.holds(np.array([int(KNOWN[3]), 1])).tolist() == [True, False]


@pytest.mark.parametrize("form", ["list", "csv", "short"])
def test_a_roster_is_any_file_with_numbers(tmp_path: Path, form: str) -> None:
    values = KNOWN[:3] if form == "short" else KNOWN
    texts = {"csv": "氏名,個人番号,取引\n" + "".join(f"佐藤,{v},{999900000000 + i}\n" for i, v in enumerate(values))}
    (tmp_path / "roster").write_text(texts.get(form, "\n".join(values)), encoding="utf-8")
    assert roster_of(str(tmp_path / "roster")).values.tolist() == sorted(int(value) for value in values)


def test_a_roster_without_numbers_is_refused(tmp_path: Path) -> None:
    (tmp_path / "roster").write_text("nothing", encoding="utf-8")
    with pytest.raises(WrongUse):
        roster_of(str(tmp_path / "roster"))


def test_the_command_takes_a_roster_and_hands_it_to_all_processes(tmp_path: Path) -> None:
    (tmp_path / "roster").write_text("\n".join(KNOWN), encoding="utf-8")
    (tmp_path / "in").mkdir()
    for position in range(3):
        (tmp_path / "in" / f"{position}.txt").write_text(f"x {hashed(KNOWN[position])}", encoding="utf-8")
    told = command(str(tmp_path / "in"), "--roster", str(tmp_path / "roster"), "--jobs", "2", "--format", "json")
    *found, summary = [json.loads(line) for line in told.stdout.splitlines()]
    assert {one["kind"] for one in found} == {"converted"}
    assert summary["persons"] == 3
    assert not any(value.encode() in told.stdout for value in KNOWN)


def column(header: str, values: list[str]) -> str:
    return f"id,{header},note\n" + "".join(f"{position},{value},ok\n" for position, value in enumerate(values))


def opaque(count: int, letters: str = "0123456789", length: int = 12) -> list[str]:
    rng = random.Random(8)
    return ["".join(rng.choice(letters) for _ in range(length)) for _ in range(count)]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (opaque(400), "no regular conversion explains them"),
        (opaque(400, "ABCDEFGHIJ"), "no regular conversion explains them"),
        (opaque(40, "ABCDEFGHIJ"), "not enough values to test for conversion"),
        (opaque(40), "not enough values to test for conversion"),
        (opaque(3, "0123456789ABCDEF"), "not enough values to test for conversion"),
        (opaque(5, "0123456789abcdef", 64), "a keyed hash or a token cannot be told without its key"),
    ],
)
@pytest.mark.parametrize("header", ["個人番号", "my_number"])
def test_labelled_values_that_nothing_explains_are_told(
    tmp_path: Path, values: list[str], said: str, header: str
) -> None:
    (tmp_path / "a.csv").write_text(column(header, values), encoding="utf-8")
    (why,) = unread(tmp_path)
    assert said in why
    assert "(2:3)" in why
    (tmp_path / "a.csv").write_text(column("code", values), encoding="utf-8")
    assert unread(tmp_path) == []


def test_long_numbers_beside_a_label_are_no_hashes(tmp_path: Path) -> None:
    lines = [f"個人番号カードの交付申請書 {value}" for value in opaque(30, length=23)]
    (tmp_path / "a.txt").write_text("\n".join(lines), encoding="utf-8")
    assert unread(tmp_path) == []
    lines = [f"個人番号 {value}" for value in opaque(30, "0123456789abcdef", 24)]
    (tmp_path / "a.txt").write_text("\n".join(lines), encoding="utf-8")
    assert len(unread(tmp_path)) == 1


def test_names_in_programs_are_no_labelled_values(tmp_path: Path) -> None:
    names = (
        "check_digits",
        "registration",
        "is_my_number",
        "test_a_long_name_of_some_thing1",
        "ClassOfSomeLongNames123",
    )
    (tmp_path / "a.py").write_text("\n".join(f"from mynumber.{name} import {name}" for name in names), encoding="utf-8")
    assert unread(tmp_path) == []


def test_labelled_values_in_json_lines_are_told(tmp_path: Path) -> None:
    lines = [json.dumps({"id": i, "my_number": value, "n": "x"}) for i, value in enumerate(opaque(20, "abcdef0123"))]
    (tmp_path / "a.jsonl").write_text("\n".join(lines), encoding="utf-8")
    assert len(unread(tmp_path)) == 1


def test_what_is_explained_is_not_told_as_unread(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(column("個人番号", [hashed(value) for value in KNOWN]), encoding="utf-8")
    (tmp_path / "b.csv").write_text(column("個人番号", KNOWN), encoding="utf-8")
    (tmp_path / "c.csv").write_text(column("個人番号", [value[::-1] for value in numbers(300)]), encoding="utf-8")
    (tmp_path / "d.txt").write_text(
        "My Number registration form, 個人番号 の届出書類、個人番号 123456789012", encoding="utf-8"
    )
    assert unread(tmp_path, ROSTER) == []
    assert len(unread(tmp_path, Roster([123456789018]))) == 1


@pytest.mark.parametrize("filler", [". ", '"x",', "あ、 "])
@pytest.mark.parametrize("what", [KNOWN[0], hashed(KNOWN[0])])
def test_nothing_is_torn_where_a_line_without_end_is_cut(filler: str, what: str) -> None:
    wide = len(filler.encode())
    for before in range((SIZE - 420) // wide, (SIZE - 170) // wide, 2):
        content = f"{filler * before} {what} {filler * 2000}".encode()
        results = list(scan_stream("x", Raw(content), len(content), ROSTER))
        assert [one.digits for one in results if isinstance(one, Find)] == [KNOWN[0]], before
