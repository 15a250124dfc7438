"""Words on the wire have names in both languages, and a refusal has its article."""

import pytest

from mynumber.law.statute import InfoId, RowNo
from mynumber.law.wire import information_name, procedure_name, refusal_text, relations_of, row_of, wire_procedure
from tests.law.source import ITEMS, PLAIN, PROCEDURES, RELATIONS


@pytest.mark.parametrize("row", list(PROCEDURES))
def test_every_row_has_a_wire_name_and_comes_back(row: str) -> None:
    wire = wire_procedure(RowNo(row))
    assert wire == f"link-{row}"
    assert row_of(wire) == row
    assert procedure_name(wire).ja != wire
    assert procedure_name(wire).en != wire


@pytest.mark.parametrize("procedure", ["link-999", "link-", "107", "local-1", "self-information", ""])
def test_other_texts_are_no_row(procedure: str) -> None:
    assert row_of(procedure) is None
    assert procedure_name(procedure).en or not procedure


def test_names_of_items() -> None:
    assert information_name("pension").ja == "年金給付関係情報"
    assert information_name("local_tax/child").en == "Local tax information (Child)"
    assert information_name("something").en == "something"
    assert len({information_name(f"{item}/{whose}").ja for item in ITEMS for whose in RELATIONS}) == 76 * 27


def test_relations_of_a_row_and_item() -> None:
    assert relations_of(RowNo("107"), InfoId("pension")) == ("recipient",)
    assert set(relations_of(RowNo("106"), InfoId("local_tax"))) == PLAIN.relations("106", "local_tax")
    assert relations_of(RowNo("87"), InfoId("pension")) == ()
    assert relations_of(RowNo("107"), InfoId("local_tax")) == ()


@pytest.mark.parametrize(
    ("procedure", "article"),
    [
        ("link-107", "506M60004008009 Art.2 row 107; 425AC0000000027 Arts 19(8), 21(2)"),
        ("link-999", "425AC0000000027 Arts 19(8), 21(2)"),
        ("local-1", "425AC0000000027 Art.19(9)"),
        ("self-information", "425AC0000000027 suppl. Art.6(3)"),
        ("", "425AC0000000027 Arts 19(8), 21(2)"),
    ],
)
def test_a_refusal_has_article_sentence_and_hint(procedure: str, article: str) -> None:
    text = refusal_text("LAW_REFUSED", procedure)
    assert text is not None
    assert text.article == article
    assert all((text.sentence.ja, text.sentence.en, text.hint.ja, text.hint.en))
    assert procedure in text.sentence.en


def test_other_errors_are_none_of_the_law() -> None:
    assert refusal_text("BAD_SIGNATURE", "link-107") is None
