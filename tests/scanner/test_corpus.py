"""On a corpus with a hundred decoys a number: what is labelled or in a passing group is found, and no more.

Templates held out from tuning must come out as well as those that were looked at.
"""

from collections import Counter
from pathlib import Path

import pytest

from mynumber.scanner.finds import Find, Unread
from mynumber.scanner.judging import Confidence
from mynumber.scanner.scan import scan
from tests.scanner.corpus import Planted, generate

Place = tuple[str, int, int]


def found(folder: Path) -> dict[Place, Find]:
    results = list(scan([str(folder)]))
    assert not [one for one in results if isinstance(one, Unread)]
    finds = [one for one in results if isinstance(one, Find)]
    by_place = {(Path(one.path).name, one.location.line, one.location.column): one for one in finds}
    assert len(by_place) == len(finds), "one place was told twice"
    return by_place


def place(planted: Planted) -> Place:
    return planted.path, planted.line, planted.column


@pytest.mark.parametrize("held_out", [False, True])
def test_precision_and_recall(tmp_path: Path, held_out: bool) -> None:
    planted = {place(one): one for one in generate(tmp_path / "c", 2, 7, held_out=held_out, decoys_only=False)}
    finds = found(tmp_path / "c")
    sure = {at for at, one in finds.items() if one.confidence >= Confidence.LIKELY}
    right = {at for at in sure if at in planted and finds[at].digits == planted[at].digits}
    assert len(right) >= 0.98 * len(sure)
    judged = {at for at, one in planted.items() if one.judged}
    assert len(judged) > 200
    assert len(judged & right) >= 0.97 * len(judged)
    by_spelling = Counter(planted[at].spelling for at in judged)
    for spelling, count in by_spelling.items():
        assert sum(planted[at].spelling == spelling for at in judged & right) >= 0.95 * count, spelling
    assert {at for at in planted if at not in finds} == set(), "a lone number is at least possible"


def test_decoys_alone_give_next_to_nothing(tmp_path: Path) -> None:
    generate(tmp_path / "c", 2, 8, held_out=False, decoys_only=True)
    sure = [one for one in found(tmp_path / "c").values() if one.confidence >= Confidence.LIKELY]
    assert sure == []
