"""Every text gets a kind and a reason."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.exceptions import ValidationError
from stdnum.jp import cn

from mynumber.number.check_digits import corporate_check_digit
from mynumber.number.kinds import Finding, inspect


@pytest.mark.parametrize(
    ("text", "kind", "reason"),
    [
        ("1234-5678-9018", "my_number", "ok"),
        ("123456789012", "my_number", "check_digit"),
        ("000000000000", "my_number", "never_issued"),
        ("7000012050002", "corporate_number", "ok"),
        ("７０００ ０１２０ ５０００ ２", "corporate_number", "ok"),
        ("8000012050002", "corporate_number", "check_digit"),
        ("0000000000000", "corporate_number", "check_digit"),
        ("12345678901", "unknown", "length"),
        ("hello", "unknown", "characters"),
    ],
)
def test_kind_and_reason(text: str, kind: str, reason: str) -> None:
    found = inspect(text)
    assert (found.kind, found.reason, found.valid) == (kind, reason, reason == "ok")


@given(st.text("0123456789", min_size=12, max_size=12), st.sampled_from("123456789") | st.none())
def test_stdnum_agrees_on_corporate_numbers(base: str, first: str | None) -> None:
    digits = (first or str(corporate_check_digit(base))) + base
    try:
        expected = cn.validate(digits) == digits
    except ValidationError:
        expected = False
    assert inspect(digits) == Finding("corporate_number", "ok" if expected else "check_digit")


@given(st.text())
def test_inspect_never_raises(text: str) -> None:
    inspect(text)
