"""An officer gets a sentence and a next action for every name that can come over the wire."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from mynumber.codes.errors import NAMES
from mynumber.codes.law_table import LawTables, load_law
from mynumber.codes.permit import request
from mynumber.codes.permit.request import Exchange
from mynumber.exchange.running.clocks import Off
from mynumber.exchange.view import state as states
from mynumber.exchange.view.state import Block
from mynumber.gateway import app
from mynumber.gateway.asking import refusals
from mynumber.gateway.asking.refusals import explain, in_language
from tests.gateway.acquiring_town import office_node
from tests.keeper.town import as_json, run, world
from tests.register.town import Town

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
    for said in (refusals.clock_off("PERMIT_EXPIRED", off), refusals.under_condition()):
        assert refusals.in_language(said, "link-107", "ja") == said
        assert refusals.in_language(said, "link-107", "en") == said
    assert "operator-2" in refusals.clock_off("PERMIT_EXPIRED", off)["message"]
    lawful = refusals.explain("LAW_REFUSED", "link-107")
    assert refusals.in_language(lawful, "link-107", "ja")["message"] != lawful["message"]


def test_what_the_law_allows_is_not_refused_with_an_article() -> None:
    kept = refusals.beyond_the_law()
    assert "article" not in kept
    assert "ask again in a minute" in kept["hint"]
    assert in_language(kept, "link-107", "ja") == refusals.beyond_the_law("ja") != kept


def test_only_what_the_table_in_force_forbids_is_told_as_forbidden(tmp_path: Path) -> None:
    asked = request.peek(as_json({"message": run("single").message, "steps": [], "endorsements": []}))
    assert asked is not None
    assert isinstance(asked.body, Exchange)
    with office_node(tmp_path, Town(tmp_path)) as node:
        signer = node.view.directory.signer("supervisor")
        node.view.laws = LawTables.of(load_law(as_json(table), "demo", signer) for table in world().laws)
        now = node.clock.now()
        body = states.Body(network="demo", version=1, issued=now, valid_until=now + 3600, blocks=())
        node.view.state = states.State(states.sign(body, ("supervisor", world().signing["supervisor"])), body)
        explain = app._explainer(node)
        assert explain("LAW_REFUSED", asked.body) == refusals.beyond_the_law()
        other = replace(asked.body, items=("nobody's/item",))
        assert explain("LAW_REFUSED", other) == _named(asked.body.procedure, "see `mynumber law table information`")
        kept = explain("LAW_REFUSED", replace(asked.body, items=("local_tax/recipiant",)))
        assert kept == _named(asked.body.procedure, "write local_tax/recipient")
        japanese = refusals.explain("LAW_REFUSED", asked.body.procedure, lang="ja")
        assert in_language(kept, asked.body.procedure, "ja") == japanese | {"hint": kept["hint"]}
        known = explain("LAW_REFUSED", replace(asked.body, items=("local_tax/recipient",)))
        assert known == refusals.explain("LAW_REFUSED", asked.body.procedure)


def _named(procedure: str, hint: str) -> dict[str, str]:
    """Return what is told of a refusal by the law of something that no law names."""
    return refusals.explain("LAW_REFUSED", procedure) | {"hint": hint}
