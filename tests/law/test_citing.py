"""References as Japanese lawyers cite them: each that a line gives is cited whole, or stays as it is written."""

import re
from collections.abc import Iterator

import pytest
from click.testing import CliRunner

from mynumber.cli.main import main
from mynumber.law.looking.columns import SHOWN
from mynumber.law.statute import current
from mynumber.law.wording.citing import citation

WORDS = re.compile(r"FAQ Q[0-9-]+|PPC [^、]*|guidance|common sense|practice of municipalities")
"""What is no provision of a law: it is left in its own words."""


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("425AC0000000027 Art.19(8)", "番号法第19条第8号"),
        ("425AC0000000027 Art.19 item 8", "番号法第19条第8号"),
        ("425AC0000000027 Art.9(1)(2)", "番号法第9条第1項・第2項"),
        ("425AC0000000027 Arts 21(2), 22(1)", "番号法第21条第2項・第22条第1項"),
        ("425AC0000000027 Art.16(ii), 18-2(6)(7)", "番号法第16条第2号・第18条の2第6項・第7項"),
        ("425AC0000000027 Arts 48 to 55-3", "番号法第48条から第55条の3まで"),
        ("425AC0000000027 Art.48; Arts 56, 57", "番号法第48条、第56条・第57条"),
        ("425AC0000000027 Appended Table row 2-2", "番号法別表の2の2の項"),
        ("506M60004008009 Art.2 row 107", "利用特定個人情報の提供に関する命令第2条の表の107の項"),
        ("506M60004008009 Art.83 item 3-3 (イ)", "利用特定個人情報の提供に関する命令第83条第3号の3イ"),
        ("426M60020000001 Arts 4(viii)(a), 5", "特定個人情報保護評価に関する規則第4条第8号イ・第5条"),
        (
            "426CO0000000155 Art.12(2); 426M6000000A003 Arts 6-8",
            "番号法施行令第12条第2項、番号法施行規則第6条から第8条まで",
        ),
        ("415AC0000000057 Art.27(2) to (4)", "個人情報保護法第27条第2項から第4項まで"),
        ("FAQ Q5-6; 425AC0000000027 Art.2(9)", "FAQ Q5-6、番号法第2条第9項"),
        ("suppl. Art.32(2)", "番号法附則第32条第2項"),
    ],
)
def test_a_reference_is_cited_as_lawyers_do(reference: str, expected: str) -> None:
    assert citation(reference).ja == expected
    assert citation(reference).en == reference


@pytest.mark.parametrize(
    "reference",
    [
        "999AC0000000001 Art.3",
        "425AC0000000027 Art.19 as amended",
        "425AC0000000027 Art.1, 2 and 3",
        "Art.x",
        "425AC0000000027 Art.16(iiii)",
    ],
)
def test_what_is_not_understood_stays_as_it_is_written(reference: str) -> None:
    assert citation(reference).ja == reference


def references() -> Iterator[str]:
    law = current()
    for table, shown in SHOWN.items():
        for row in law.tables.cells(table):
            yield from shown.references(row)


def test_every_reference_of_the_tables_is_cited_whole() -> None:
    found = {citation(one).ja for one in references()}
    assert len(found) > 3000
    left = {one for one in found if re.search(r"[A-Za-z]", WORDS.sub("", one))}
    assert left == set()


def test_an_answer_in_japanese_cites_in_japanese() -> None:
    told = CliRunner().invoke(main, ["law", "explain", "19(8)", "--lang", "ja"]).stdout
    assert "番号法第19条第8号" in told
    assert "425AC0000000027" not in told
    assert "425AC0000000027 Art.19(8)" in CliRunner().invoke(main, ["law", "explain", "19(8)"]).stdout
