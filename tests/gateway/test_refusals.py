"""An officer gets a sentence and a next action for every name that can come over the wire."""

import pytest

from mynumber.codes.errors import NAMES
from mynumber.exchange.running.clocks import Off
from mynumber.exchange.view.state import Block
from mynumber.gateway.asking import refusals
from mynumber.gateway.asking.refusals import explain, in_language

BLOCK = Block(party="city-a", procedure="", item="", article="425AC0000000027 Art.28(6)", reason="no assessment")


@pytest.mark.parametrize("code", sorted(NAMES))
def test_every_name_has_a_sentence_and_a_next_action(code: str) -> None:
    told = explain(code, "link-107")
    assert told["code"] == code
    assert len(told["message"].split()) > 4
    assert len(told["hint"].split()) > 1
    assert ("article" in told) is (code == "LAW_REFUSED")


@pytest.mark.parametrize("code", ["NOT_FRESH", "PERMIT_EXPIRED"])
def test_what_came_too_late_is_asked_again(code: str) -> None:
    assert explain(code, "link-107")["hint"] == "ask again"


def test_the_law_names_its_row_and_the_procedure() -> None:
    told = explain("LAW_REFUSED", "link-107")
    assert "506M60004008009 Art.2 row 107" in told["article"]
    assert "child allowance" in told["message"]
    assert "児童手当" in explain("LAW_REFUSED", "link-107", lang="ja")["message"]


def test_a_stop_has_the_words_of_the_state() -> None:
    told = explain("LAW_REFUSED", "link-107", BLOCK)
    assert told["article"] == BLOCK.article
    assert "no assessment" in told["message"]
    assert "停止" in explain("LAW_REFUSED", "link-107", BLOCK, lang="ja")["message"]


def test_a_block_explains_nothing_but_a_refusal_of_the_law() -> None:
    assert explain("UNKNOWN_TAG", "link-107", BLOCK) == explain("UNKNOWN_TAG", "link-107")


def test_a_refusal_that_was_kept_is_told_in_the_language_of_the_reader() -> None:
    kept = explain("LAW_REFUSED", "link-107")
    assert in_language(kept, "link-107", "ja") == explain("LAW_REFUSED", "link-107", lang="ja")
    assert in_language(kept, "link-107", "en") == kept


@pytest.mark.parametrize("kept", [explain("LAW_REFUSED", "link-107", BLOCK), explain("UNKNOWN_TAG", "link-107")])
def test_words_that_are_not_the_laws_stay_as_they_are(kept: dict[str, str]) -> None:
    assert in_language(kept, "link-107", "ja") == kept


def test_words_that_are_of_one_case_stay_in_every_language() -> None:
    off = Off("operator-2", 1_790_000_000, 1_790_000_100, ours=False)
    for said in (refusals.clock_off("PERMIT_EXPIRED", off), refusals.condition_not_taken()):
        assert refusals.in_language(said, "link-107", "ja") == said
        assert refusals.in_language(said, "link-107", "en") == said
    assert "operator-2" in refusals.clock_off("PERMIT_EXPIRED", off)["message"]
    lawful = refusals.explain("LAW_REFUSED", "link-107")
    assert refusals.in_language(lawful, "link-107", "ja")["message"] != lawful["message"]
