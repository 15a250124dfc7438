"""Changes the law by chance and counts how many changes the sentences notice; a change that none notices is a gap.

    python tools/mutants.py [--count 1000] [--seed 1] [--table NAME] [--gaps N]

  1. Draw a table, one of its rows, and take the row out or change one cell that decides something.
  2. Check the changed tables as tools/build_law.py does; what it would not build is drawn again.
  3. Run the sentences of the topics that read the table (law/cases.yaml, tests/law/sentences/) until one is otherwise.
  4. Say for each table which share was noticed. 0 if the small tables together reach the aim, else 1.

Nothing is written: the changed table stands in memory, and only what it changes is loaded anew. Some changes cannot be
noticed because they change no decision at all, for instance a line that another one repeats.
"""

import argparse
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import yaml

from mynumber.law.asking.sentences import run, sentences_of, topic_of
from mynumber.law.asking.topics import decide
from mynumber.law.references import among
from mynumber.law.statute import Law, current
from mynumber.law.tables import Cells, parts
from tools import build_law

REPOSITORY = Path(__file__).resolve().parents[1]
AIM = 0.95
# Tables of which one change is noticed only if a sentence stands on this very line; they have no aim.
LARGE = frozenset({"linkages", "linkage_details", "uses", "roles"})
# What the typed form of the law is made of; a change elsewhere is looked up where it is asked.
_TYPED = frozenset({"linkages", "linkage_details", "uses", "roles"})


# Columns of references, whose `;` parts no values, and words that stand alone in a cell.
_REFERENCES = frozenset({"source", "basis", "article", "legal_basis"})
_WHOLE = frozenset({"any", "none", "anyone"})
_PUBLISHED: tuple[list[str], ...] = ([], ["basic"], ["basic", "focused"], ["basic", "all_items"])


@dataclass(frozen=True)
class Deciding:
    """The columns of a table that decide something, the topics in which they do, and in which rows a column does.

    The column "" stands for the row itself, taken out.
    """

    topics: str
    columns: str
    where: Callable[[Cells, str], bool] = lambda _row, _column: True


def _is_an_act_of_the_topic(row: Cells, column: str) -> bool:
    return column != "same_household_exempt" or row["act"] in ("ask_for_number", "collect_or_keep", "provide")


def _is_asked(row: Cells, column: str) -> bool:
    if row["number_may_be_asked"] == "no":
        return column == "number_may_be_asked"
    return column != "authority_proof" or "agent" in parts(row["employee_acts_as"])


TABLES: Mapping[str, Deciding] = {
    "linkages": Deciding("linkage", "requester_role provider_role info_ids info_ids_not_in_detail in_force_from"),
    "linkage_details": Deciding(
        "linkage", "info_ids subject_relations", lambda row, _column: row["line_kind"] == "item"
    ),
    "uses": Deciding("use", "user_roles"),
    "roles": Deciding("linkage use ground ordinance household", "members"),
    "use_grounds": Deciding("use", "user_role machine_condition"),
    "grounds": Deciding("ground ordinance household", "from_role to_role machine_condition consent_effect"),
    "prohibitions": Deciding(
        "ground household ordinance entrustment penalty_elements",
        "act same_household_exempt source",
        _is_an_act_of_the_topic,
    ),
    "household": Deciding(
        # A situation that is no household, or unclear, is decided as one that the data do not have.
        "household",
        "same_household",
        lambda row, column: bool(column) or row["same_household"] == "yes",
    ),
    "identity": Deciding(
        "identity",
        "who channel context number_proof_in number_proof_min identity_proof_in identity_proof_min authority_proof_in "
        "authority_proof_min reason_if_met",
        lambda row, column: not (column == "authority_proof_in" and row["authority_proof_min"] == "0"),
    ),
    "pia": Deciding(
        "pia", "subjects_min subjects_below staff_500_or_more serious_incident_past_year assessment_required source"
    ),
    "pia_exemptions": Deciding("pia", "file_kind source"),
    "leak_reports": Deciding("leak", "min_persons final_report_days"),
    "leak_report_items": Deciding("leak", "in_report in_notice_to_person"),
    "retention": Deciding(
        "retention",
        "period_years duty after_period legal_basis",
        lambda row, column: row["duty"] == "keep" or column == "duty",
    ),
    "definitions": Deciding(
        "definition", "counts_as_my_number article", lambda row, _column: bool(row["counts_as_my_number"])
    ),
    "number_equivalents": Deciding(
        "number_form",
        "wide_sense narrow_sense free_only_if basis",
        lambda row, column: column != "free_only_if" or row["wide_sense"] == "depends",
    ),
    "dependants": Deciding(
        "dependants",
        "asks number_may_be_asked checks_dependant employee_acts_as authority_proof article",
        _is_asked,
    ),
    "penalties": Deciding(
        "penalty",
        "imprisonment_max_months fine_max_yen both_possible crimes_abroad dual_penalty corporate_fine_max_yen",
    ),
    "penalty_elements": Deciding(
        "penalty_elements", "penalty_id actor act object means intent circumstances_all basis"
    ),
    "breach_paths": Deciding(
        "penalty_elements", "acts not_applied_in end_penalty", lambda row, column: not column or bool(row[column])
    ),
    "forbidden_asks": Deciding("forbidden_ask", "asked channel claims_to_be context allowed"),
    "general_law": Deciding(
        "general_law",
        "effect net consent_general consent_my_number general_max_months general_max_fine_yen general_both "
        "general_corporate_fine_yen general_abroad penalty_id my_number_max_months my_number_max_fine_yen "
        "my_number_both my_number_corporate_fine_yen my_number_abroad heavier_in equal_in lighter_in",
    ),
}
# Values of a column between which no rule makes a difference (law/README.md, "How to decide").
_ALIKE: Mapping[str, frozenset[str]] = {
    "same_household": frozenset({"no", "unclear"}),
    "after_period": frozenset({"delete_number", "keep_only_while_purpose_lasts"}),
    "consent_effect": frozenset({"none", "required_for_local_tax_items"}),
}


@dataclass(frozen=True)
class Mutant:
    """A table with one change, and what was changed."""

    table: str
    what: str
    rows: Sequence[Cells]


def drawn(table: str, rows: Sequence[Cells], chance: random.Random) -> Mutant | None:
    """Change one row of a table; nothing where the draw would change nothing."""
    place = chance.randrange(len(rows))
    row, deciding = rows[place], TABLES[table]
    key = next(iter(row.values()))
    columns = [column for column in deciding.columns.split() if deciding.where(row, column)]
    # One change in as many as there are columns takes the row out.
    column = chance.choice([*columns, ""]) if columns else ""
    if not columns:
        return None
    if not column:
        taken_out = Mutant(table, f"{key} taken out", [*rows[:place], *rows[place + 1 :]])
        return taken_out if deciding.where(row, column) else None
    value = _other(row[column], rows, column, chance)
    if _same(column, value, row[column]):
        return None
    changed = [*rows[:place], {**row, column: value}, *rows[place + 1 :]]
    return Mutant(table, f"{key} {column}: {row[column] or 'empty'} -> {value or 'empty'}", changed)


def _same(column: str, value: str, cell: str) -> bool:
    """Whether two cells say the same: references that cover the old ones, sets in another order, words alike."""
    if column in _REFERENCES:
        return bool(value) and bool(cell) and among(cell, [value])
    return set(parts(value)) == set(parts(cell)) or {value, cell} <= _ALIKE.get(column, frozenset())


def _other(cell: str, rows: Sequence[Cells], column: str, chance: random.Random) -> str:
    """Return another value that the column could hold: one part less, one part more, or that of another row."""
    if cell.isdecimal():
        return str(chance.choice([int(cell) + 1, max(int(cell) - 1, 0), int(cell) * 2 + 1]))
    others = sorted({row[column] for row in rows} - {cell})
    ways: list[str] = [chance.choice(others)] if others else []
    if column not in _REFERENCES:
        held = parts(cell)
        words = sorted({part for row in rows for part in parts(row[column])} - {*held, *_WHOLE})
        if len(held) > 1:
            ways.append(";".join(part for part in held if part != chance.choice(held)))
        if words and not _WHOLE & set(held) and any(len(parts(row[column])) > 1 for row in rows):
            ways.append(";".join([*held, chance.choice(words)]))
    return chance.choice(ways) if ways else cell


def buildable(build: build_law.Build, mutant: Mutant) -> bool:
    """Whether tools/build_law.py would build the changed tables."""
    tried = build_law.Build({**build.tables, mutant.table: [dict(row) for row in mutant.rows]}, build.headers)
    build_law.check_words(tried)
    build_law.check_lines(tried)
    return not tried.errors


def changed_law(mutant: Mutant) -> Law:
    """Return the law with the changed table."""
    tables = current().tables.amended(mutant.table, mutant.rows)
    return Law.of(tables) if mutant.table in _TYPED else replace(current(), tables=tables)


def shadowed(mutant: Mutant) -> bool:
    """Whether a line of assessments was changed where an earlier line decides all the same: the first one counts."""
    if mutant.table != "pia":
        return False
    law = changed_law(mutant)
    bounds = {int(row[edge]) for row in mutant.rows for edge in ("subjects_min", "subjects_below") if row[edge]}
    sizes = [size for bound in bounds for size in (bound - 1, bound) if size >= 0]
    for size, staff, incident, published in product(sizes, (499, 500), (False, True), _PUBLISHED):
        asked = {"subjects": size, "staff": staff, "incident": incident, "published": published, "file_kind": "affair"}
        if decide("pia", asked, law) != decide("pia", asked, current()):
            return False
    return True


def noticed(mutant: Mutant, sentences: Iterable[object]) -> bool:
    """Whether a sentence is otherwise in the changed law."""
    law = changed_law(mutant)
    return any(run(law, [one]).otherwise for one in sentences)


def all_sentences() -> dict[str, list[object]]:
    """Return the sentences of the repository by topic."""
    found: dict[str, list[object]] = {}
    for path in (REPOSITORY / "law" / "cases.yaml", *sorted((REPOSITORY / "tests/law/sentences").glob("*.yaml"))):
        for one in sentences_of(yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)):
            found.setdefault(topic_of(one), []).append(one)
    return found


@dataclass
class Tally:
    """What became of the mutants of each table."""

    made: Counter[str]
    caught: Counter[str]
    gaps: list[Mutant]

    def share(self, table: str) -> float:
        """Return which share of the changes of a table was noticed."""
        return self.caught[table] / self.made[table]

    def of_small_tables(self) -> float:
        """Return which share of the changes of all small tables together was noticed."""
        small = [table for table in self.made if table not in LARGE]
        made = sum(self.made[table] for table in small)
        return sum(self.caught[table] for table in small) / made if made else 1.0


def tally(count: int, seed: int, tables: Sequence[str]) -> Tally:
    """Draw so many mutants, in turn from each table, and run the sentences on each."""
    chance = random.Random(seed)  # noqa: S311
    build = build_law.Build()
    build_law.read(build, REPOSITORY / "law")
    sentences = all_sentences()
    result = Tally(Counter(), Counter(), [])
    while result.made.total() < count:
        table = tables[result.made.total() % len(tables)]
        mutant = drawn(table, build.tables[table], chance)
        if mutant is None or not buildable(build, mutant) or shadowed(mutant):
            continue
        result.made[table] += 1
        if noticed(mutant, (one for topic in TABLES[table].topics.split() for one in sentences[topic])):
            result.caught[table] += 1
        else:
            result.gaps.append(mutant)
    return result


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description="Change the law by chance and count what the sentences notice.")
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--table", choices=list(TABLES), help="only this table")
    parser.add_argument("--gaps", type=int, default=20, help="how many changes that nothing notices are shown")
    arguments = parser.parse_args()
    result = tally(arguments.count, arguments.seed, [arguments.table] if arguments.table else list(TABLES))
    for mutant in result.gaps[: arguments.gaps]:
        print(f"not noticed: {mutant.table}: {mutant.what}")
    for table, made in result.made.items():
        print(f"{table:20} {result.caught[table]:4} of {made:4}  {result.share(table):6.1%}")
    print(
        f"{result.caught.total()} of {result.made.total()} changes noticed; small tables {result.of_small_tables():.1%}"
    )
    return 0 if result.of_small_tables() >= AIM else 1


if __name__ == "__main__":
    sys.exit(main())
