"""Tokens are what a plain reading of the rule says, in every spelling and at every place of a text."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mynumber.number.my_number import from_body
from mynumber.scanner.finding.folding import folded
from mynumber.scanner.finding.marks import Marks
from mynumber.scanner.finding.repairs import encoded, scientific, shortened
from mynumber.scanner.finding.tokens import Tokens, passing, tokens_of
from tests.scanner.corpus import SPELLINGS
from tests.scanner.reference import tokens

NUMBER = "123456789018"


def found(text: str) -> set[tuple[int, str, bool]]:
    raw = folded(text)
    return told(tokens_of(Marks(raw)))


def told(tokens: Tokens) -> set[tuple[int, str, bool]]:
    parts = zip(tokens.start.tolist(), tokens.value.tolist(), tokens.passes.tolist(), strict=True)
    return {(start, f"{value:012d}", passes) for start, value, passes in parts}


@given(st.integers(min_value=0, max_value=10**12 - 1))
def test_the_check_digit_is_that_of_the_order(value: int) -> None:
    digits = f"{value:012d}"
    right = value > 0 and from_body(digits[:11]).digits() == digits if digits[:11] != "0" * 11 else False
    assert passing(np.array([value])).tolist() == [right]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_spelling_is_one_token(spelling: str) -> None:
    text = f"x {SPELLINGS[spelling](NUMBER)} y"
    assert found(text) == {(2, NUMBER, True)}


@pytest.mark.parametrize(
    "text",
    [
        "1234-5678-9018-3456",
        "1234 5678 9018 3456",
        "0.123456789018",
        "123456789018-01",
        "1234567890181",
        "2026-11-26 123456",
        "1 2 3 4 5 6 7 8 9 0 1 8 9",
        "1234-5678 9018",
    ],
)
def test_a_longer_or_uneven_chain_is_none(text: str) -> None:
    assert found(text) == set()


@given(st.text("0123456789 -.%a\n", max_size=60))
def test_any_text_reads_as_the_plain_rule_reads_it(text: str) -> None:
    assert found(text) == tokens(text)


@given(
    st.lists(
        st.sampled_from(["1234", "5678", "9018", "123456789018", "1", " ", "-", ".", "%20", "x", "20"]), max_size=30
    )
)
def test_pieces_of_chains_read_as_the_plain_rule_reads_them(pieces: list[str]) -> None:
    text = "".join(pieces)
    assert found(text) == tokens(text)


def test_a_long_vowel_mark_is_a_dash_only_between_digits() -> None:
    assert folded("マイナンバー１２３４ー５６７８ー９０１８") == "マイナンバー1234-5678-9018".encode()


def test_folding_keeps_the_number_of_characters() -> None:
    text = "個人番号：１２３４　５６７８−９０１８、㈱①ー"
    assert len(folded(text).decode()) == len(text)


@pytest.mark.parametrize("word", ["MTIzNDU2Nzg5MDE4", NUMBER.encode().hex(), "GEZDGNBVGY3TQOJQGE4A"])
def test_encoded_digits_are_put_right(word: str) -> None:
    raw = f"token={word};".encode()
    assert [(start, digits) for start, digits, _ in told(encoded(Marks(raw)))] == [(6, NUMBER)]


def test_a_power_of_ten_counts_only_if_nothing_was_lost() -> None:
    for text, digits in (("a,1.23456789018E+11,b", {(2, NUMBER, True)}), ("a,1.2345E+11,b", set())):
        raw = text.encode()
        assert told(scientific(Marks(raw))) == digits


def test_lost_zeros_are_put_back_in_cells_only() -> None:
    number = from_body("00123456789").digits()
    raw = f"{number[2:]},x{number[2:]},{number[1:]}\n".encode()
    ends = np.zeros(256, np.bool_)
    ends[list(b",\n ")] = True
    assert {digits for _, digits, passes in told(shortened(Marks(raw), ends)) if passes} == {number}
