"""Doors that look things up: every table, every article, both laws side by side, penalties and deadlines."""

import csv
import io
import json
import random
from collections import Counter
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from mynumber.cli.main import main
from mynumber.law.looking.articles import about, counted, mentions
from mynumber.law.looking.columns import SHOWN
from mynumber.law.references import parse
from mynumber.law.statute import current
from tests.law.source import LAW, table

TABLES = sorted(path.stem for path in LAW.glob("*.csv"))


def law(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["law", *arguments])


def told(*arguments: str) -> dict[str, Any]:
    result = law(*arguments, "--json")
    assert result.exit_code == 0, result.stderr
    return dict(json.loads(result.stdout))


@pytest.mark.parametrize("name", TABLES)
def test_every_table_comes_out_whole(name: str) -> None:
    rows = table(name)
    assert list(csv.DictReader(io.StringIO(law("table", name, "--csv").stdout))) == rows
    assert law("table", name, "--count").stdout == f"{len(rows)}\n"
    assert len(told("table", name)["rows"]) == len(rows)
    assert told("table")["tables"][name] == len(rows)


def test_rows_are_chosen_by_a_value_among_others() -> None:
    rows = told("table", "prohibitions", "--where", "penalty_ids=P49")["rows"]
    assert [row["prohibition_id"] for row in rows] == ["PB1", "PB4"]
    both = ("--where", "penalty_ids=P49", "--where", "article=19")
    assert [row["prohibition_id"] for row in told("table", "prohibitions", *both)["rows"]] == ["PB4"]
    whole = told("table", "linkages", "--where", "row_no=107", "--provider", "jps")["rows"]
    assert [row["id"] for row in whole] == ["L107-2"]


@pytest.mark.parametrize(
    ("arguments", "suggested"),
    [
        (("table", "penalty"), "penalties"),
        (("table", "roles", "--where", "kinds=class"), "kind"),
        (("table", "roles", "--where", "kind=clas"), "class"),
        (("table", "roles", "--where", "kind"), "--where kind=class"),
        (("table", "roles", "--item", "pension"), "--where"),
        (("table", "--where", "kind=class"), "lists the tables"),
        (("table", "--csv"), "lists the tables"),
        (("penalties", "P99"), "P4"),
        (("compare", "--topic", "leak_reports"), "leak_report"),
        (("deadlines", "LK9", "--known", "2026-12-01"), "LK"),
        (("explain", "13"), "12"),
        (("explain", "506M60004008009 Art.2 row 157"), "156"),
        (("explain", "Q6-9"), "Q5-9"),
        (("explain", "grond"), "grounds"),
    ],
)
def test_what_nobody_knows_suggests_the_nearest(arguments: tuple[str, ...], suggested: str) -> None:
    result = law(*arguments, "--json")
    assert result.exit_code == 2
    assert suggested in json.loads(result.stdout)["error"]["hint"]


def test_who_knows_no_topic_finds_it_beside_the_rule() -> None:
    assert "[leak_report]" in law("compare", "--lang", "ja").stdout


@pytest.mark.parametrize("name", ["grounds", "prohibitions", "pia_exemptions", "breach_paths"])
def test_lines_that_the_tables_name_in_english_only_have_a_name_in_japanese(name: str) -> None:
    first = SHOWN[name]
    for row in current().tables.cells(name):
        asked = next(iter(row.values()))
        found = next(one for one in about(asked, current()) if one.key == asked)
        assert (found.table, found.name.ja.isascii(), found.name.ja == row.get(first.en)) == (name, False, False)


def test_all_offences_with_their_maxima() -> None:
    rows = {row["penalty_id"]: row for row in table("penalties")}
    found = told("penalties")["penalties"]
    assert [one["id"] for one in found] == list(rows)
    for one in found:
        row = rows[str(one["id"])]
        numbers = ("imprisonment_max_months", "fine_max_yen", "corporate_fine_max_yen")
        assert [str(one[number] or (0 if row[number] else "")) for number in numbers] == [
            row[number] for number in numbers
        ]
        assert [one["both_possible"], one["crimes_abroad"]] == [
            row[word] == "yes" for word in ("both_possible", "crimes_abroad")
        ]
        assert one["elements"]
    assert sum(bool(one["in_faq"]) for one in found) == 8


def test_a_penalty_reads_as_a_person_says_it() -> None:
    ja, en = law("penalties", "P49", "--lang", "ja").stdout, law("penalties", "P49").stdout
    assert all(
        one in ja for one in ("3年以下の拘禁刑または150万円以下の罰金（併科あり）", "法人には1億円以下の罰金", "懲役")
    )
    assert "imprisonment of up to 3 years or a fine of up to 1,500,000 yen, or both" in en
    assert "up to 6 months" in law("penalties", "P55").stdout
    assert "30万円以下の罰金" in law("penalties", "P55-3", "--lang", "ja").stdout
    assert "not in the extract of FAQ 5-10" in law("penalties", "P55-3").stdout
    difference = told("penalties")["difference"]
    assert "抜粋にない罪が5つある。法人への罰金は最高1億円。" in difference["ja"]
    assert "five more offences" in difference["en"]


def test_both_laws_side_by_side() -> None:
    rows = table("general_law")
    found = told("compare")
    judgements = Counter(str(rule["judgement"]) for rule in found["rules"])
    assert found["summary"] == {**dict.fromkeys(("stricter", "same", "lighter", "not_applicable"), 0), **judgements}
    assert [rule["id"] for rule in found["rules"]] == [row["line_id"] for row in rows]
    assert {rule["id"] for rule in found["rules"] if rule["judgement"] == "lighter"} == {"GL47", "GL54", "GL75"}
    same = {row["line_id"] for row in rows if row["effect"] == "same"}
    assert {rule["id"] for rule in found["rules"] if rule["judgement"] == "same"} == same


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_comparison_is_a_hundred_columns_wide(lang: str) -> None:
    lines = law("compare", "--lang", lang).stdout.splitlines()
    wide = [sum(2 if "\u3000" <= sign <= "\uffef" else 1 for sign in line) for line in lines]
    assert max(wide) <= 100
    assert len([line for line in lines if "GL" in line]) == 79
    assert lines[-1].startswith("79: ")


def test_deadlines_are_told() -> None:
    found = told("deadlines", "LK2", "--known", "2026-12-01")["deadlines"]
    assert [(one["prompt"], one["final"]["last"]) for one in found] == [
        (
            {"from": "2026-12-03", "last": "2026-12-07", "reference": "PPC guideline (leak reports), from memory"},
            "2027-01-29",
        )
    ]
    assert "2027-01-29 (金) (60日;" in law("deadlines", "LK2", "--known", "2026-12-01", "--lang", "ja").stdout
    assert law("deadlines", "--known", "soon").exit_code == 2


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("19(8)", {"grounds": ["G8"], "prohibitions": ["PB4"], "penalties": ["P48", "P49"], "breach_paths": ["BP1"]}),
        ("19 ", {"breach_paths": ["BP1"], "penalties": ["P48", "P49"]}),
        ("Art. 53", {"penalties": ["P53"], "penalty_elements": ["EL07"], "breach_paths": ["BP1"]}),
        ("53-2", {"penalties": ["P53-2"], "penalty_elements": ["EL11"]}),
        ("506M60004008009 Art.2 row 107", {"linkages": ["L107-1", "L107-2"]}),
        ("506M60004008009 Art.3", {"linkages": ["L1-1", "L1-2"]}),
        ("Appended Table row 23", {"uses": ["U23"]}),
        ("426CO0000000155 Art.30", {"retention": ["RT8", "RT9"], "general_law": ["GL27"]}),
        ("p49", {"penalties": ["P49"]}),
        ("faq q5-9", {"seed_faq": ["Q5-9"], "prohibitions": ["PB3", "PB4", "PB5"]}),
        ("Q5-10", {"penalties": [row["penalty_id"] for row in table("penalties")]}),
    ],
)
def test_everything_about_an_article(asked: str, found: dict[str, list[str]]) -> None:
    tables = told("explain", *asked.split(" "))["found"]
    for name, ids in found.items():
        keys = [one["id"] for one in tables[name]]
        assert set(ids) <= set(keys) if name in ("seed_faq", "linkages") else ids == keys
    # The whole article finds what each of its paragraphs does.
    if asked == "19 ":
        assert len(tables["grounds"]) == 17


def test_every_line_is_found_under_each_article_that_it_names() -> None:
    cells = current().tables.cells
    small = [(name, row) for name in SHOWN if len(table(name)) < 100 and name != "seed_faq" for row in cells(name)]
    for name, row in random.Random(20261126).sample(small, 60):
        for one in (one for reference in SHOWN[name].references(row) for one in mentions(reference)):
            if one.provision.kind == "Art." and one.provision.first == one.provision.last:
                number = "-".join(map(str, one.provision.first))
                keys = {found.key for found in about(f"{one.provision.law} Art.{number}", current())}
                assert next(iter(row.values())) in keys


def test_the_sentences_of_an_article_are_counted() -> None:
    cases = yaml.load((LAW / "cases.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)["cases"]
    because = [case["because"] for case in cases]
    of_54 = [
        one
        for one in because
        if any(
            p.first <= (54,) <= p.last
            for text in one
            for p in parse(text)
            if p.law.startswith("425") and p.kind == "Art."
        )
    ]
    assert counted("54", because) == len(of_54) > 0
    assert told("explain", "54")["cases"] == len(of_54)
    assert counted("Q5-6", because) == sum(any("FAQ Q5-6" in text for text in one) for one in because)
    assert f"sentences that rest on it: {len(of_54)}" in law("explain", "54").stdout
