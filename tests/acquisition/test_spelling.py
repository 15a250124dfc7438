"""Spellings: what is folded, what must stay different, and that folding twice changes nothing."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mynumber.acquisition import spelling
from mynumber.acquisition.spelling import fold

SAME = [
    ("花房 咲", "花房　咲"),  # blanks of any width
    ("花房咲", "花房 咲"),
    ("花房\u200b咲", "花房咲"),  # a blank without width
    ("ＡＮＮ　ＬＥＥ", "Ann Lee"),  # width and case
    ("ﾊﾅﾌﾞｻ", "ハナブサ"),  # half-width kana
    ("さくら", "サクラ"),
    ("ショウコ", "シヨウコ"),  # systems without small kana
    ("霞ヶ関", "霞ケ関"),
    ("葛\U000e0100城", "葛城"),  # variation selectors of two registries
    ("辻\ufe00", "辻"),
    ("髙槻", "高槻"),
    ("磯﨑", "磯崎"),
    ("𠮷岡", "吉岡"),
    ("神田", "\ufa19田"),  # a compatibility ideograph
    ("灯見本町8丁目13番5号", "灯見本町８丁目１３番５号"),
    ("灯見本町8-13-5", "灯見本町８－１３‐５"),
    ("灯見本町8ー13", "灯見本町8-13"),  # the long-vowel mark between digits is a dash
    ("コーポ", "コ－ポ"),  # a dash behind a kana is a long-vowel mark
]
DIFFERENT = [
    ("一番町", "1番町"),  # a numeral in a place name is no block
    ("8丁目13番5号", "8-13-5"),
    ("渡邉", "渡辺"),
    ("渡邊", "渡邉"),
    ("斎藤", "斉藤"),
    ("シヨ", "シユ"),
    ("カ", "ガ"),
    ("コーポ", "コポ"),
    ("花房咲", "花房 咲子"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_spellings_of_one_text_are_equal(one: str, other: str) -> None:
    assert one != other
    assert fold(one) == fold(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_what_is_not_spelling_stays_different(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@given(st.text())
@example("ア--")
@example("1ー-2")
@example("\u1e9e\u0130")
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(), st.text(), st.sampled_from([" ", "\u3000", "\u00a0", "\u200b", "\ufe01", "\U000e0105"]))
def test_a_blank_or_selector_changes_nothing_between_signs_that_do_not_compose(
    before: str, after: str, blank: str
) -> None:
    before, after = before + "咲", "花" + after
    assert fold(before + blank + after) == fold(before + after)


def test_a_folded_sign_is_one_that_older_systems_could_not_write() -> None:
    """The table's promise: left a sign outside JIS X 0208, right one inside it."""
    for left, right in spelling._VARIANTS.items():
        with pytest.raises(UnicodeEncodeError):
            chr(left).encode("iso2022_jp")
        chr(right if isinstance(right, int) else ord(right)).encode("iso2022_jp")
