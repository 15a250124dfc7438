"""Twelve digits in a word of hex are no number; beside a letter or two, or where hex spells them, they are."""

import pytest

from tests.scanner.test_texts import NUMBER, finds

GROUPED = "1234-5678-9018"


@pytest.mark.parametrize(
    "text",
    [
        f"sha 3f2a9b{NUMBER}ab04e1d2c3b4a596",
        f"commit a{NUMBER}f0",
        f"at 0x{NUMBER}",
        f"1b4e28ba-2fa1-11d2-883f-{NUMBER}",
        f"3f2a91bc-{GROUPED}-a1b2c3d4e5f6",
    ],
)
def test_digits_in_a_word_of_hex_are_no_find(text: str) -> None:
    assert finds(text.encode()) == []
    assert finds(f"個人番号 {text}".encode()) == []


@pytest.mark.parametrize(
    "text",
    [f"AB{NUMBER}", f"{NUMBER}e", f"x-{NUMBER}", f"b-{GROUPED}-x", f"{NUMBER.encode().hex()}", f"_{NUMBER}", NUMBER],
)
def test_what_is_near_to_hex_is_found(text: str) -> None:
    (find,) = finds(text.encode())
    assert find.digits == NUMBER


def test_both_in_one_text() -> None:
    text = f"a{NUMBER}f0 個人番号 {NUMBER} 1b4e28ba-2fa1-11d2-883f-{NUMBER}"
    assert [one.location.column for one in finds(text.encode())] == [text.index(" 個") + 7]
