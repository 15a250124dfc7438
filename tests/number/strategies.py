"""Strategies for numbers: bodies, valid numbers and the spellings that people use."""

from hypothesis import strategies as st

from mynumber.number.my_number import from_body

DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\uff0d\uff70\u30fc"
BLANKS = " \u00a0\u3000"

bodies = st.integers(min_value=1, max_value=10**11 - 1).map(lambda value: f"{value:011d}")
numbers = bodies.map(lambda body: from_body(body).digits())


@st.composite
def spellings(draw: st.DrawFn) -> tuple[str, str]:
    """A valid number and one of its usual spellings."""
    digits = draw(numbers)
    written = [draw(st.sampled_from([digit, chr(0xFF10 + int(digit))])) for digit in digits]
    separators = [draw(st.sampled_from(["", *DASHES, *BLANKS])) for _ in digits[1:]]
    around = draw(st.sampled_from(["", " ", "\u3000", "\n"]))
    return digits, around + written[0] + "".join(map("".join, zip(separators, written[1:], strict=True))) + around
