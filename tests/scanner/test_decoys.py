"""Megabytes of numbers that are no My Numbers give next to no find that is sure, and a real one among them is found."""

from collections import Counter
from pathlib import Path

from mynumber.scanner.finds import Find, Unread
from mynumber.scanner.judging import Confidence
from mynumber.scanner.scan import scan
from mynumber.world.bench.decoys import write

_SIZE = 64_000_000
NUMBER = "123456789018"


def test_decoys_alone_are_told_as_possible_at_most(tmp_path: Path) -> None:
    write(tmp_path / "decoys", _SIZE)
    (tmp_path / "decoys" / "planted.txt").write_text(f"個人番号 {NUMBER}\n", encoding="utf-8")
    finds = list(scan([str(tmp_path)], jobs=2))
    assert not [one for one in finds if isinstance(one, Unread)]
    sure = [one for one in finds if isinstance(one, Find) and one.confidence >= Confidence.LIKELY]
    assert [Path(one.path).name for one in sure] == ["planted.txt"]
    # One in ten passes: of the millions that are there hardly any is told.
    assert Counter(one.kind for one in finds if isinstance(one, Find))["my_number"] < _SIZE / 40_000
