"""A text gives the same finds however it is cut, encoded and named, at the right line and column."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mynumber.scanner.finds import Find, Unread
from mynumber.scanner.judging import Confidence
from mynumber.scanner.reading import blocks
from mynumber.scanner.reading.encodings import encoding_of
from mynumber.scanner.scan import scan_stream

NUMBER = "123456789018"
CODECS = ["utf-8", "utf-8-sig", "cp932", "euc_jp", "iso2022_jp", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]


class Raw(io.RawIOBase):
    """A stream over bytes that gives at most so many at a time."""

    def __init__(self, content: bytes, most: int = 1 << 20) -> None:
        super().__init__()
        self._content, self._most = io.BytesIO(content), most

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._content.read(min(len(buffer), self._most))
        buffer[: len(data)] = data
        return len(data)


def finds(content: bytes) -> list[Find]:
    results = list(scan_stream("x", Raw(content), len(content)))
    assert not [one for one in results if isinstance(one, Unread)]
    return [one for one in results if isinstance(one, Find)]


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize(
    "text", ["一行目\n担当：山田\nこの個人番号：１２３４５６７８９０１８です\n", f"名前\nこれはmy number {NUMBER}\n"]
)
def test_every_encoding_gives_the_same_place(codec: str, text: str) -> None:
    (find,) = finds(text.encode(codec))
    line = text.split("\n").index(next(one for one in text.split("\n") if "my number" in one or "個人番号" in one))
    column = text.split("\n")[line].index("１" if "１" in text else "1") + 1
    assert (find.location.line, find.location.column) == (line + 1, column)
    assert (find.digits, find.confidence) == (NUMBER, Confidence.LIKELY)


def test_the_systems_own_encoding_decides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C")
    assert encoding_of("個人番号は次のとおり".encode("cp932")) == "cp932"


@settings(max_examples=30, deadline=None)
@given(st.integers(min_value=1, max_value=4000), st.booleans(), st.randoms(use_true_random=False))
def test_no_number_is_lost_or_told_twice_where_blocks_meet(before: int, line_ends: bool, random: object) -> None:
    filler = ("x" * 30 + ("\n" if line_ends else " ")) * (blocks.SIZE // 31 - 40)
    text = filler + "y" * (before % 1500) + f" 個人番号 {NUMBER} " + filler
    found = finds(text.encode())
    assert [one.digits for one in found] == [NUMBER]
    place = text.index(NUMBER)
    assert found[0].location.line == text.count("\n", 0, place) + 1
    assert found[0].location.column == place - (text.rfind("\n", 0, place) + 1) + 1


def test_quotes_keep_columns_together() -> None:
    rows = "".join(f'"山田,\n太郎{number}",{NUMBER[:-1]}{number},x\n' for number in range(10))
    (find,) = finds(("氏名,個人番号,備考\n" + rows).encode())
    assert find.reason.endswith("label 個人番号")


def test_a_constant_says_nothing_however_often_it_stands_there() -> None:
    (kinds,) = {one.confidence for one in finds("".join(f"id {NUMBER} {n}\n" for n in range(300)).encode())}
    assert kinds is Confidence.POSSIBLE


def test_a_list_with_a_header_is_one_column() -> None:
    import random  # noqa: PLC0415

    from tests.scanner.corpus import number  # noqa: PLC0415

    rng = random.Random(1)
    found = finds(("マイナンバー\n" + "".join(f"{number(rng)}\n" for _ in range(200))).encode())
    assert len(found) == 200
    assert {one.confidence for one in found} == {Confidence.CERTAIN}


def test_three_columns_of_four_digits_are_one_number() -> None:
    rows = "".join(f"山田{n},1234,5678,9018\n" for n in range(3))
    assert {one.digits for one in finds(("氏名,個人番号,,\n" + rows).encode())} == {NUMBER}


@pytest.mark.parametrize("end", ["", "\n"])
def test_a_converted_column_is_one_find_of_all_its_values(end: str) -> None:
    import random  # noqa: PLC0415

    from tests.scanner.corpus import number  # noqa: PLC0415

    # Of these values more pass by chance than usual: alone they would be possible.
    rng = random.Random(1)
    moved = [f"{(int(number(rng)) + 777) % 10**12:012d}" for _ in range(1000)]
    (find,) = finds(("id\n" + "\n".join(moved) + end).encode())
    assert (find.kind, find.count) == ("converted", 1000)
