"""The sentences notice what is changed in the small tables of the law, and a change that none notices is shown."""

import random

import pytest

from mynumber.law.statute import current
from tools.mutants import LARGE, TABLES, Mutant, all_sentences, changed_law, drawn, noticed, tally


def test_of_changes_in_the_small_tables_nearly_all_are_noticed() -> None:
    small = [table for table in TABLES if table not in LARGE]
    result = tally(4 * len(small), 20261126, small)
    assert result.made.total() == 4 * len(small)
    assert result.of_small_tables() >= 0.9, [mutant.what for mutant in result.gaps]


def test_without_its_sentences_a_change_is_a_gap() -> None:
    rows = current().tables.cells("retention")
    mutant = Mutant("retention", "RT1", [{**rows[0], "period_years": "5"}, *rows[1:]])
    sentences = all_sentences()["retention"]
    assert noticed(mutant, sentences)
    left = [one for one in sentences if "RT1'" not in repr(one)]
    assert not noticed(mutant, left)


@pytest.mark.parametrize("table", TABLES)
def test_a_mutant_is_one_changed_row_and_a_law_of_its_own(table: str) -> None:
    rows, chance = current().tables.cells(table), random.Random(7)
    mutants = [mutant for mutant in (drawn(table, rows, chance) for _ in range(20)) if mutant]
    assert mutants
    for mutant in mutants:
        assert len(rows) - len(mutant.rows) in (0, 1)
        kept = {id(row) for row in rows} & {id(row) for row in mutant.rows}
        assert len(kept) == len(rows) - 1
    assert changed_law(mutants[0]).tables.cells(table) == mutants[0].rows
    assert current().tables.cells(table) == rows
