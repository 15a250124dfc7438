"""A reference covers what it says and nothing else."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from mynumber.law.references import ACT, Provision, among, parse
from tests.law.source import LAW, table
from tools.build_law import REFERENCES

ORDER = "506M60004008009"


@pytest.mark.parametrize(
    ("wanted", "held"),
    [
        (f"{ORDER} Art.2 row 107", f"{ORDER} Art.2 table row 107 provider 2"),
        (f"{ORDER} Art.2 row 123-2", f"{ORDER} Art.2 table row 123-2 provider 1"),
        (f"{ORDER} Art.83", f"{ORDER} Art.83 item 3-3 (イ)"),
        (f"{ACT} Art.28(6)", f"{ACT} Art.28"),
        (f"{ACT} Art.28", f"{ACT} Art.28(6)"),
        (f"{ACT} Arts 21(2), 22(1)", f"{ACT} Arts 21, 22"),
        ("Art.15", f"{ACT} Art.15"),
        ("Arts 56, 57", f"{ACT} Art.48; Arts 56, 57"),
        (f"{ACT} Art.50", f"{ACT} Arts 48 to 55-3"),
        (f"{ACT} Art.52-3", f"{ACT} Arts 48 to 55-3"),
        (f"{ACT} Arts 49 to 52", f"{ACT} Arts 48 to 55-3"),
        (f"{ACT} Art.21-2", f"{ACT} Art.21-2(2) to (4)"),
        (f"{ACT} Art.18-2(7)", f"{ACT} Art.16(ii), 18-2(6)(7)"),
        (f"{ACT} Appended Table row 2-2", f"{ACT} Appended Table row 2-2"),
        ("427M60020000005 Art.4", "427M60020000005 Arts 4(viii)(a), 5"),
        ("428M60020000006", "428M60020000005 Arts 2, 3; 428M60020000006"),
        ("FAQ Q5-8", "common sense; FAQ Q5-8"),
        ("PPC Q&A 9-3", "PPC Q&A 9-3"),
    ],
)
def test_among(wanted: str, held: str) -> None:
    assert among(wanted, ["426CO0000000155 Art.99", held])


@pytest.mark.parametrize(
    ("wanted", "held"),
    [
        (f"{ORDER} Art.2 row 107", f"{ORDER} Art.2 row 106"),
        (f"{ORDER} Art.2 row 123-2", f"{ORDER} Art.2 row 123"),
        (f"{ORDER} Art.2 row 123", f"{ORDER} Art.2 row 123-2"),
        (f"{ORDER} Art.2 row 107", f"{ORDER} Art.107"),
        (f"{ORDER} Art.107", f"{ORDER} Art.2 row 107"),
        (f"{ACT} Appended Table row 9", f"{ORDER} Art.2 row 9"),
        (f"{ACT} Art.2", "415AC0000000057 Art.2"),
        (f"{ACT} Arts 21(2), 23", f"{ACT} Arts 21, 22"),
        (f"{ACT} Art.21-2", f"{ACT} Art.21"),
        (f"{ACT} Art.56", f"{ACT} Arts 48 to 55-3"),
        (f"{ACT} Art.55-4", f"{ACT} Arts 48 to 55-3"),
        (f"{ACT} Arts 49 to 56", f"{ACT} Arts 48 to 55-3"),
        ("426M6000000A003 Art.7", "426M6000000A003 Arts 6-8"),
        ("FAQ Q5-8", "FAQ Q5-9"),
        ("PPC Q&A", "PPC Q&A 9-3"),
        (ACT, f"{ACT} Art.9"),
        ("Arts 9, and so on", f"{ACT} Art.9"),
        ("row -", "row 1"),
    ],
)
def test_not_among(wanted: str, held: str) -> None:
    assert not among(wanted, [held])


def test_no_reference_of_the_data_is_left_as_words_but_those_without_a_law() -> None:
    cases = yaml.load((LAW / "cases.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)["cases"]
    cells = [reference for case in cases for reference in case["because"]]
    tables = [name for name in REFERENCES if name != "seed_faq"]
    cells += [row[column] for name in tables for row in table(name) for column in REFERENCES[name]]
    words = {provision.kind for cell in cells for provision in parse(cell) if not provision.law}
    assert {word.split(" ")[0] for word in words} == {"FAQ", "PPC", "common", "practice"}


@given(st.text() | st.text("Arts. row;,()-0123 to"))
def test_any_text_is_a_reference_to_something(text: str) -> None:
    assert parse(text)
    assert among(text, [text])


@given(st.tuples(st.integers(1, 60), st.integers(0, 4)), st.tuples(st.integers(1, 60), st.integers(0, 4)))
def test_a_range_holds_what_lies_between(one: tuple[int, int], other: tuple[int, int]) -> None:
    first, last = sorted([one, other])
    names = [str(article) if not branch else f"{article}-{branch}" for article, branch in (first, last)]
    assert among(f"Art.{names[0]}", [f"Arts {names[0]} to {names[1]}"])
    assert among(f"Art.{names[1]}", [f"Arts {names[0]} to {names[1]}"])
    assert among(f"Arts {names[0]}, {names[1]}", [f"Arts {names[0]} to {names[1]}"])
    assert (first == last) == among(f"Arts {names[0]} to {names[1]}", [f"Art.{names[0]}"])


def test_a_provision_of_rows_is_none_of_articles() -> None:
    assert parse(f"{ORDER} Art.2 row 7") == (Provision(ORDER, "Art.2 row", (7,), (7,)),)
    assert parse("Art.7") == (Provision(ACT, "Art.", (7,), (7,)),)
