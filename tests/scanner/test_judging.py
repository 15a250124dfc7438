"""How sure a find is follows from its group and its label, and a lone number is never more than possible."""

import pytest

from mynumber.scanner.finding.tokens import Spelling
from mynumber.scanner.judging import Confidence, Group, judge, repaired
from mynumber.scanner.labels import Label, behind, nearest

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


@pytest.mark.parametrize(
    ("left", "word"),
    [
        ("employeeMyNumber: ", "my number"),
        ("dummyNumber = ", "dummy number"),
        ("個人番号 予約番号：", None),
        ("個人番号 契約コード ", None),
        ("個人番号　番号：", "個人番号"),
        ("my_number, branch_code ", None),
        ("マイナンバーNo.", "マイナンバー"),
        ("my_number_id: ", "my number"),
        ("個人番号又は法人番号　", "個人番号又は法人番号"),
        ("<my_number>一</my_number> <a>", None),
        ("個人番号カード番号：", "個人番号カード番号"),
        ("マイナンバー（12桁）\n　", "マイナンバー"),
        ("控え 987654321093\n個人番号\n", "個人番号"),
        ("マイナンバーをお送りします。\n\n", "マイナンバー"),
        ("マイナンバーは以下の通りです。\n", "マイナンバー"),
        ('"my_number": {\n  "value": "', "my number"),
        ("マイナンバー登録完了\n", None),
        ("マイナンバー：未提出\n控え ", None),
        ("マイナンバーは後日お送りします。\n", None),
        ("注文はマイナンバーではなく ", "マイナンバーではな"),
    ],
)
def test_a_label_reaches_as_far_as_it_means(left: str, word: str | None) -> None:
    label = nearest(left)
    assert (label.word if label else None) == word


@pytest.mark.parametrize(
    ("left", "right", "word"),
    [
        ("", " はマイナンバーです", "マイナンバー"),
        ("", "（マイナンバー）", "マイナンバー"),
        ("佐藤 ", "が私の個人番号です。", "個人番号"),
        ("", " <- my number", "my number"),
        ("マイナンバー 123456789018、妻は", "（マイナンバー）", "マイナンバー"),
        ("追跡 123456789012（マイナンバーカード在中）\n", " はマイナンバーです", "マイナンバー"),
        ("", "はマイナンバーではありません", None),
        ("", "（マイナンバーカード在中）", None),
        ("", "、個人番号は未提出", None),
        ("", " マイナンバー：", None),
        ("送り状番号 ", "（マイナンバー）", None),
        ("予約番号 ", "（マイナンバー）", None),
        ("", " は注文番号です。マイナンバーです", None),
    ],
)
def test_a_label_behind_a_number(left: str, right: str, word: str | None) -> None:
    label = behind(left, right)
    assert (label.word if label else None) == word


def test_a_label_behind_a_number_says_nothing_of_the_next_line() -> None:
    label = nearest("123456789018 <- マイナンバー\n控え ")
    assert label is not None
    assert label.taken
