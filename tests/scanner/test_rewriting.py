"""What a text writes otherwise is found, and told where it is written."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mynumber.scanner.judging import Confidence
from mynumber.scanner.reading import blocks
from tests.scanner.test_texts import NUMBER, finds

WIDE = NUMBER.translate(str.maketrans("0123456789", "０１２３４５６７８９"))
FOURS = (NUMBER[:4], NUMBER[4:8], NUMBER[8:])
LABEL = json.dumps("個人番号").strip('"')


def entities(text: str) -> str:
    return "".join(f"&#{ord(one)};" for one in text)


# How a number is written, and from where on: what stands before it brings the label.
WRITTEN: dict[str, tuple[str, str]] = {
    "escaped digits": ('{"個人番号": "', json.dumps(WIDE).strip('"')),
    "escaped label": (f'{{"{LABEL}": "', NUMBER),
    "entities": ("<p>個人番号 ", entities(NUMBER)),
    "hexadecimal entities": ("<p>個人番号 ", "".join(f"&#x{ord(one):X};" for one in NUMBER)),
    "entities of full-width digits": ("<p>個人番号 ", entities(WIDE)),
    "label in entities": (f"<p>{entities('個人番号')} ", NUMBER),
    "blanks that do not break": ("<p>個人番号 ", "&nbsp;".join(FOURS)),
    "cells of a row": ("<tr><th>個人番号</th><td>", "</td><td>".join(FOURS)),
    "a cell for each digit": ("<tr><th>個人番号</th><td>", "</td> <td class='x'>".join(NUMBER)),
    "three texts": ('{"mynumber": ["', '", "'.join(FOURS) + '"]'),
    "three numbers": ('{"mynumber": [', f"{', '.join(FOURS)}]"),
    "twelve numbers": ('{"mynumber": [ ', f"{','.join(NUMBER)} ]"),
    "address": ("https://a.test/?%E5%80%8B%E4%BA%BA%E7%95%AA%E5%8F%B7=", NUMBER),
    "full-width digits in an address": (
        "https://a.test/?my_number=",
        "".join(f"%{one:02X}" for one in WIDE.encode()),
    ),
}


@pytest.mark.parametrize("name", WRITTEN)
@pytest.mark.parametrize("codec", ["utf-8", "cp932", "utf-16"])
def test_every_way_of_writing(name: str, codec: str) -> None:
    before, written = WRITTEN[name]
    text = f"{before[0] if before[0] in '<{' else ''}\n {before}{written} x\n"
    (find,) = finds(text.encode(codec))
    assert (find.digits, find.confidence) == (NUMBER, Confidence.LIKELY)
    line = text.split("\n")[find.location.line - 1]
    assert line[find.location.column - 1 :].startswith(written)


@pytest.mark.parametrize("quote", [",", ";", "\t"])
@pytest.mark.parametrize("parts", [FOURS, tuple(NUMBER)])
def test_quoted_cells_are_one_number(quote: str, parts: tuple[str, ...]) -> None:
    row = quote.join(f'"{one}"' for one in ("山田", *parts, "x"))
    head = quote.join(f'"{one}"' for one in ("氏名", "個人番号", *[""] * (len(parts) - 1), "備考"))
    found = finds(f"{head}\n{row}\n{row}\n".encode())
    assert [(one.digits, one.location.line, one.location.column) for one in found] == [
        (NUMBER, 2, 7),
        (NUMBER, 3, 7),
    ]
    assert {one.confidence for one in found} == {Confidence.LIKELY}
    # One part more is no number.
    assert finds(f'{head}\n{row[:-3]}{parts[0]}"\n'.encode()) == []


def test_numbers_that_a_program_wrote_as_floats() -> None:
    rows = "".join(f"山田,{NUMBER}.0,x\n" for _ in range(3))
    found = finds(f"氏名,個人番号,備考\n{rows}".encode())
    assert [(one.digits, one.location.line, one.location.column) for one in found] == [
        (NUMBER, line, 4) for line in (2, 3, 4)
    ]
    assert finds(f"a {NUMBER}.5 b\nc {NUMBER}.05\n".encode()) == []


def test_an_array_over_several_lines_stands_where_it_begins() -> None:
    text = json.dumps({"mynumber": FOURS, "next": NUMBER}, indent=1)
    first, second = finds(text.encode())
    assert (first.digits, first.location.line, first.location.column) == (NUMBER, 2, text.split("\n")[1].index("[") + 1)
    assert (second.location.line, second.location.column) == (7, text.split("\n")[6].index(NUMBER) + 1)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["x", "山", "\n", "&#23665;", "&amp;", "\\u000a", '["1111",\n"2222",\n "3334" ]', "%20", '"\\u5c71"', " "]
        ),
        max_size=200,
    ),
    st.integers(0, 3),
    st.sampled_from(["entities", "escaped digits", "full-width digits in an address"]),
)
def test_places_hold_in_long_texts(filler: list[str], times: int, name: str) -> None:
    before, written = WRITTEN[name]
    unit = "".join(filler) or " "
    text = "<" + unit * (times * blocks.SIZE // len(unit)) + f" {before}{written} " + unit
    (find,) = finds(text.encode())
    assert find.digits == NUMBER
    line = text.split("\n")[find.location.line - 1]
    assert line[find.location.column - 1 :].startswith(written)


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from('\\u&#;%xX019aFfdD"[],. \n<'), max_size=400))
def test_no_text_is_too_strange(text: str) -> None:
    finds(("<" + text).encode())
