"""A My Number is valid, one, and never shown by accident."""

import copy
import json
import logging
import pickle

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.exceptions import ValidationError
from stdnum.jp import in_

from mynumber.number.check_digits import my_number_check_digit
from mynumber.number.my_number import MyNumber, from_body, parse
from mynumber.plumbing.errors import BadInput
from tests.number.strategies import bodies, numbers, spellings

VALID = [
    "123456789018",
    "983205673214",
    "999999999996",
    "000000000019",
    "100000000005",
    "090487622710",  # remainder 1
    "258650784550",  # remainder 0
    "259051479541",  # remainder 10
]
WEIGHTS = (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)


def code_of(text: str) -> str:
    with pytest.raises(BadInput) as raised:
        parse(text)
    assert len(text) < 9 or text not in str(raised.value.members())
    return raised.value.code


@pytest.mark.parametrize("digits", VALID)
def test_known_numbers_are_valid(digits: str) -> None:
    assert parse(digits).digits() == digits
    assert from_body(digits[:11]) == parse(digits)


@pytest.mark.parametrize("digits", ["123456789012", "213456789018"])
def test_known_wrong_numbers_are_refused(digits: str) -> None:
    assert code_of(digits) == "NUMBER_CHECK_DIGIT"


def test_zeros_pass_the_formula_and_are_refused() -> None:
    assert my_number_check_digit("0" * 11) == 0
    assert code_of("0" * 12) == "NUMBER_NEVER_ISSUED"
    with pytest.raises(BadInput, match="never issued"):
        from_body("0" * 11)


@given(bodies)
def test_check_digit_agrees_with_the_weights_from_left_to_right(body: str) -> None:
    remainder = sum(int(digit) * weight for digit, weight in zip(body, WEIGHTS, strict=True)) % 11
    assert my_number_check_digit(body) == (0 if remainder <= 1 else 11 - remainder)


@given(st.text("0123456789", min_size=12, max_size=12).filter(lambda text: text != "0" * 12) | numbers)
def test_stdnum_agrees(digits: str) -> None:
    try:
        expected = in_.validate(digits) == digits
    except ValidationError:
        expected = False
    try:
        mine = parse(digits).digits() == digits
    except BadInput:
        mine = False
    assert mine == expected


@given(spellings())
def test_every_usual_spelling_is_one_number(both: tuple[str, str]) -> None:
    digits, spelled = both
    assert parse(spelled) == MyNumber(digits)
    assert hash(parse(spelled)) == hash(MyNumber(digits))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1234--56789018",
        "-123456789018",
        "123456789018-",
        "1234.5678.9018",
        "12345678901x",
        "１２３４５６７８９０１٨",
        "1234 5678\n9018",
        "1.23456789018E11",
        "マイナンバー123456789018",
    ],
)
def test_other_spellings_are_refused(text: str) -> None:
    assert code_of(text) == "NUMBER_CHARACTERS"


@pytest.mark.parametrize("text", ["1", "12345678901", "1234567890180"])
def test_other_lengths_are_refused(text: str) -> None:
    assert code_of(text) == "NUMBER_LENGTH"


@given(st.text())
def test_any_text_is_a_number_or_bad_input(text: str) -> None:
    try:
        number = parse(text)
    except BadInput:
        return
    assert len(number.digits()) == 12


@given(numbers)
def test_no_text_of_a_number_shows_a_digit(digits: str) -> None:
    number = parse(digits)
    shown = [repr(number), str(number), f"{number}", f"{number:>40}", f"{number!r}", f"{number!s}", f"{[number]}"]
    shown += [json.dumps({"n": number}, default=str), "%s %r" % (number, number)]  # noqa: UP031
    assert not [text for text in shown if any(digit in text for digit in "0123456789")]


def test_a_logged_number_is_masked(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("numbers").warning("got %s", parse("123456789018"))
    assert "9018" not in caplog.text
    assert "MyNumber(****" in caplog.text


def test_a_number_leaves_by_digits_alone() -> None:
    number = parse("123456789018")
    with pytest.raises(TypeError):
        pickle.dumps(number)
    with pytest.raises(TypeError):
        json.dumps(number)
    with pytest.raises(TypeError):
        msgspec.json.encode(number)
    with pytest.raises(TypeError):
        vars(number)
    assert copy.deepcopy([number]) == [number]


def test_a_number_does_not_change() -> None:
    number = parse("123456789018")
    with pytest.raises(AttributeError):
        number._digits = "983205673214"
    with pytest.raises(AttributeError):
        del number._digits
    assert number != "123456789018"
