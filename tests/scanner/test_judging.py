"""How sure a find is follows from its group and its label, and a lone number is never more than possible."""

import pytest

from mynumber.scanner.finding.tokens import Spelling
from mynumber.scanner.judging import Confidence, Group, judge, repaired
from mynumber.scanner.labels import Label, nearest

NUMBER, OTHER = nearest("個人番号"), nearest("注文")


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_lone_number_is_possible(count: int) -> None:
    assert judge(Group(count, count, None), 1)[0] is Confidence.POSSIBLE


@pytest.mark.parametrize(
    ("tokens", "passing", "label", "sure"),
    [
        (98, 98, None, Confidence.CERTAIN),
        (100, 97, None, Confidence.CERTAIN),
        (7, 7, None, Confidence.LIKELY),
        (1, 1, NUMBER, Confidence.LIKELY),
        (5, 5, NUMBER, Confidence.CERTAIN),
        (1, 1, OTHER, Confidence.POSSIBLE),
        (7, 7, OTHER, Confidence.POSSIBLE),
        (1000, 100, None, Confidence.NONE),
        (1000, 100, OTHER, Confidence.NONE),
        (100, 50, None, Confidence.POSSIBLE),
    ],
)
def test_groups(tokens: int, passing: int, label: Label | None, sure: Confidence) -> None:
    assert judge(Group(tokens, passing, label), 10)[0] is sure


def test_of_many_groups_one_may_pass_by_chance() -> None:
    assert judge(Group(6, 6, None), 1)[0] is Confidence.LIKELY
    assert judge(Group(6, 6, None), 100_000)[0] is Confidence.POSSIBLE


def test_a_shortened_number_is_believed_only_among_others() -> None:
    assert repaired(Confidence.CERTAIN, "", Spelling.SHORTENED)[0] is Confidence.LIKELY
    assert repaired(Confidence.POSSIBLE, "", Spelling.SHORTENED)[0] is Confidence.NONE


@pytest.mark.parametrize(
    ("left", "word"),
    [
        ("個人番号：", "個人番号"),
        ("電話 03、マイナンバー ", "マイナンバー"),
        ("マイナンバーの注文番号 ", "注文"),
        ("マイナンバーカード番号 ", "マイナンバーカード番号"),
        ('"my_number": "', "my number"),
        ("MyNumber=", "my number"),
        ("border ", None),
        ("order-no: ", "order no"),
        ("ﾏｲﾅﾝﾊﾞｰ", "ﾏｲﾅﾝﾊﾞｰ"),
    ],
)
def test_the_nearest_label_wins(left: str, word: str | None) -> None:
    label = nearest(left)
    assert (label.word if label else None) == word


def test_a_label_before_another_number_may_have_meant_that_one() -> None:
    label = nearest("個人番号 123456789018、")
    assert label is not None
    assert label.taken
    assert judge(Group(1, 1, label), 1)[0] is Confidence.POSSIBLE
