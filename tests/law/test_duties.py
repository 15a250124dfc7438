"""Eight topics compared with a second, plain reading of the same tables: every combination, or many drawn by chance.

The tables are those of law/ and, again, tables in which single cells were changed: the
decision follows the data and nothing else.
"""

import random
from collections.abc import Callable, Iterator, Mapping
from itertools import chain, combinations, product
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from mynumber.law.asking.topics import decide
from mynumber.law.references import among
from mynumber.law.rulings import Allowed, Decision, Refused
from mynumber.law.statute import Law, current
from tests.law.plain_duties import PLAIN, Given, Tables, cell, fulfilled, open_paths, tables
from tests.law.source import LAW, Row, law_with, table

TABLES = tables()
SENTENCES = yaml.load((LAW / "cases.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)["cases"]
SYSTEMS = ["network", "user_body_system", "public_related_system", "private_related_system"]
NO_YES = [False, True]
FACTS = [row["fact"] for row in table("penalty_facts")]
BREACHES = [act for row in TABLES["breach_paths"] for act in cell(row["acts"])]
CLAIMS = [
    *({"penalty": row["penalty_id"]} for row in TABLES["penalties"]),
    *({"path": row["path_id"]} for row in TABLES["breach_paths"]),
    {"none": True},
]


def same(topic: str, question: Given, law: Law, plain: Tables) -> Decision:
    """Decide, and compare with the plain reading."""
    decision, said = decide(topic, dict(question), law), PLAIN[topic](plain, question)
    allowed = isinstance(decision, Allowed) or (False if isinstance(decision, Refused) else None)
    assert (allowed, decision.reason) == (said.allowed, said.reason), question
    assert all(among(one, decision.references) for one in said.references), (question, decision.references)
    assert all(among(one, said.references) for one in decision.references), (question, decision.references)
    assert decision.explanation.ja
    assert decision.explanation.en
    return decision


def subsets(words: list[Any]) -> Iterator[list[Any]]:
    return (list(one) for size in range(len(words) + 1) for one in combinations(words, size))


def of_pia(t: Tables) -> Iterator[Given]:
    edges = {int(row[edge]) for row in t["pia"] for edge in ("subjects_min", "subjects_below") if row[edge]}
    sizes = sorted({size for edge in edges for size in (edge - 1, edge, edge + 1) if size >= 0})
    kinds = ["affair", *(row["file_kind"] for row in t["pia_exemptions"])]
    published = list(subsets(["basic", "focused", "all_items"]))
    for size, staff, incident, shown, kind in product(sizes, [0, 499, 500], NO_YES, published, kinds):
        yield {"subjects": size, "staff": staff, "incident": incident, "published": shown, "file_kind": kind}


def of_leaks(t: Tables) -> Iterator[Given]:
    sizes = sorted(
        {size for row in t["leak_reports"] for size in (int(row["min_persons"]) - 1, int(row["min_persons"]))}
    )
    days = sorted(
        {day for row in t["leak_reports"] for day in (int(row["final_report_days"]), 1 + int(row["final_report_days"]))}
    )
    circumstances = product(SYSTEMS, sizes, NO_YES, NO_YES, NO_YES, ["report", "no_report"], days)
    for system, size, wrongful, visible, encrypted, action, day in circumstances:
        yield {
            "system": system,
            "persons": size,
            "wrongful_purpose": wrongful,
            "visible_to_unspecified_many": visible,
            "advanced_encryption": encrypted,
            "action": action,
            "final_report_day": day,
        }


def with_items(t: Tables) -> Iterator[Given]:
    leak = next(
        one for one in of_leaks(t) if one["system"] == "network" and one["persons"] and one["action"] == "report"
    )
    numbers = [int(row["item_no"]) for row in t["leak_report_items"]]
    some = [numbers, [], *([one for one in numbers if one != left] for left in numbers)]
    for report, notice in product([None, *some], [None, *some]):
        items = {"report_items": report, "notice_items": notice}
        yield {**leak, **{name: shown for name, shown in items.items() if shown is not None}}


def of_retention(t: Tables) -> Iterator[Given]:
    for row, action in product(t["retention"], ["delete", "keep"]):
        period = float(row["period_years"] or 5)
        for years in (0, period - 0.1, period, period + 0.1, int(period), 100):
            yield {"retention": row["retention_id"], "years_since_start": years, "action": action}


def of_definitions(t: Tables) -> Iterator[Given]:
    return ({"data": row["term_id"], "who": "a shop"} for row in t["definitions"] if row["counts_as_my_number"])


def of_forms(t: Tables) -> Iterator[Given]:
    words = sorted({fact for row in t["number_equivalents"] for fact in cell(row["free_only_if"])})
    for row in t["number_equivalents"]:
        yield {"form": row["form"]}
        yield from ({"form": row["form"], "facts": facts} for facts in subsets(words))
        for sense, claim in product(["wide", "narrow"], ["yes", "no", "depends"]):
            yield {"form": row["form"], "sense": sense, "claim": claim}


def of_columns(rows: list[Row], key: list[str], first: str, last: str) -> Iterator[Given]:
    """Claim of each row each value that a column has anywhere, alone, and all of the row's own together."""
    names = list(rows[0])
    columns = names[names.index(first) : names.index(last) + 1]
    for row in rows:
        asked = {name.removesuffix("_id"): row[name] for name in key}
        yield {**asked, "claim": {column: row[column] for column in columns}}
        for column in columns:
            for value in {one[column] for one in rows}:
                yield {**asked, "claim": {column: int(value) if value.isdecimal() else value}}


def of_penalties(t: Tables) -> Iterator[Given]:
    return of_columns(t["penalties"], ["penalty_id"], "imprisonment_max_months", "corporate_fine_max_yen")


def of_general_law(t: Tables) -> Iterator[Given]:
    return of_columns(t["general_law"], ["rule_topic", "who"], "effect", "lighter_in")


def of_elements(t: Tables) -> Iterator[Given]:
    """Give each line all its elements, and again all but one; with a breach or none."""
    for row in t["penalty_elements"]:
        facts = [cell(row[kind])[0] for kind in ("actor", "act", "object", "means", "intent") if row[kind]]
        facts += cell(row["circumstances_all"])
        for absent, claim, breach in product(
            [None, *facts], CLAIMS, [None, "provide", "keep_or_reuse_acquisition_number"]
        ):
            question = {"facts": [one for one in facts if one != absent], "claim": claim}
            yield question if breach is None else {**question, "breach": breach}


def of_paths(_: Tables) -> Iterator[Given]:
    for breach, claim, excluded in product(BREACHES, CLAIMS, NO_YES):
        yield {"facts": [], "claim": claim, "breach": breach, "excluded_procedure": excluded}


SPACES: Mapping[str, Callable[[Tables], Iterator[Given]]] = {
    "pia": of_pia,
    "leak": lambda t: chain(of_leaks(t), with_items(t)),
    "retention": of_retention,
    "definition": of_definitions,
    "number_form": of_forms,
    "penalty": of_penalties,
    "general_law": of_general_law,
    "penalty_elements": lambda t: chain(of_elements(t), of_paths(t)),
}


@pytest.mark.parametrize("topic", SPACES)
def test_every_combination_is_decided_as_a_plain_reading_says(topic: str) -> None:
    reasons = {same(topic, question, current(), TABLES).reason for question in SPACES[topic](TABLES)}
    assert {one["reason"] for one in SENTENCES if one["topic"] == topic} <= reasons


@given(
    facts=st.lists(st.sampled_from(FACTS), unique=True, max_size=12),
    claim=st.sampled_from(CLAIMS),
    breach=st.none() | st.sampled_from(BREACHES),
    excluded=st.booleans(),
)
@settings(max_examples=400, deadline=None)
def test_any_facts_and_any_breach(
    facts: list[str], claim: dict[str, object], breach: str | None, excluded: bool
) -> None:
    question: dict[str, object] = {"facts": facts, "claim": claim, "excluded_procedure": excluded}
    question |= {"breach": breach} if breach else {}
    decision = same("penalty_elements", question, current(), TABLES)
    offences = list(dict.fromkeys(fulfilled(TABLES, facts)))
    assert decision.penalty == ";".join(offences)
    assert decision.path == ("" if offences else ";".join(open_paths(TABLES, question)))


def amended(rows: list[Row], name: str, chance: random.Random) -> list[Row]:
    """Change one cell of one row so that the table can still be built."""
    row = chance.choice(rows)
    column, value = chance.choice(AMENDMENTS[name])
    row[column] = value
    return rows


AMENDMENTS = {
    "pia": [("assessment_required", "basic+all_items"), ("staff_500_or_more", "any"), ("subjects_below", "2000")],
    "pia_exemptions": [("file_kind", "court_file")],
    "leak_reports": [("min_persons", "50"), ("final_report_days", "14"), ("final_report_days", "90")],
    "leak_report_items": [("in_report", "no"), ("in_notice_to_person", "yes"), ("in_notice_to_person", "no")],
    "retention": [("period_years", "1"), ("after_period", "may_delete"), ("after_period", "delete_number")],
    "definitions": [("counts_as_my_number", "yes"), ("counts_as_my_number", "no")],
    "number_equivalents": [("wide_sense", "depends"), ("narrow_sense", "yes"), ("free_only_if", "not_restorable")],
    "penalties": [("fine_max_yen", "10"), ("crimes_abroad", "no"), ("imprisonment_max_months", "1")],
    "penalty_elements": [
        ("actor", ""),
        ("act", "leak"),
        ("circumstances_all", "no_just_ground"),
        ("penalty_id", "P54"),
    ],
    "breach_paths": [("acts", "provide"), ("not_applied_in", ""), ("end_penalty", "P54"), ("step_1_article", "X")],
    "general_law": [("effect", "same"), ("net", "less"), ("my_number_max_months", "7"), ("heavier_in", "fine")],
}
ASKED_BY = {
    "pia_exemptions": "pia",
    "leak_reports": "leak",
    "leak_report_items": "leak",
    "definitions": "definition",
    "number_equivalents": "number_form",
    "penalties": "penalty",
    "breach_paths": "penalty_elements",
}


@pytest.mark.parametrize("name", AMENDMENTS)
@pytest.mark.parametrize("seed", range(2))
def test_an_amended_table_is_followed(name: str, seed: int) -> None:
    chance, topic = random.Random(f"{name} {seed}"), ASKED_BY.get(name, name)
    rows = amended(table(name), name, chance)
    law, plain = law_with(name, rows), {**TABLES, name: rows}
    questions = list(SPACES[topic](plain))
    for question in chance.sample(questions, min(len(questions), 500)):
        same(topic, question, law, plain)


@pytest.mark.parametrize(
    "name", ["pia", "leak_reports", "leak_report_items", "retention", "penalty_elements", "breach_paths"]
)
def test_a_removed_line_is_missed(name: str) -> None:
    topic = ASKED_BY.get(name, name)
    lines = len(TABLES[name])
    for position in random.Random(name).sample(range(lines), min(lines, 5)):
        left = [*TABLES[name][:position], *TABLES[name][position + 1 :]]
        law, plain = law_with(name, left), {**TABLES, name: left}
        questions = [one for one in SPACES[topic](plain) if possible(one, plain)]
        for question in random.Random(position).sample(questions, min(len(questions), 150)):
            same(topic, question, law, plain)


def possible(question: Given, plain: Tables) -> bool:
    """Whether a question names only what the tables still have."""
    breaches = {act for row in plain["breach_paths"] for act in cell(row["acts"])}
    paths = {row["path_id"] for row in plain["breach_paths"]}
    claim = question.get("claim", {})
    return question.get("breach", next(iter(breaches))) in breaches and claim.get("path", next(iter(paths))) in paths
