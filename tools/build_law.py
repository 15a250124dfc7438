"""Turns law/*.csv into the package data of the room `law`; promises equal bytes for equal tables, or no data at all.

    python tools/build_law.py [--law DIR] [--out DIR]

  1. Read every table: header, cells, and an id that is used once.
  2. Check the words: ids and closed vocabularies that a cell may name, dates, texts that travel in signed tables.
  3. Check the lines: a reference for each, and no two lines in force for the same case at the same time.
  4. Derive linkage_pairs from linkages; where the file disagrees, say so and go on.
  5. Write one JSON file a table, one row a line, so that a change of the law reads as a change of lines.

A line of law may be taken out alone: what only explains or repeats it (its pairs, the use row of a procedure) is a
warning. A word that nothing defines is an error, and then nothing is written.
"""

import argparse
import csv
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

READABLE = json.JSONEncoder(ensure_ascii=False)
REPOSITORY = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Column:
    """What a cell may hold: an id of `of` or one of `words`; several with `many`, none with `optional`."""

    of: str = ""
    words: tuple[str, ...] = ()
    many: bool = False
    optional: bool = False
    warn: bool = False


def ids(of: str, *also: str, many: bool = False, optional: bool = False, warn: bool = False) -> Column:
    """Return a column of ids of the vocabulary `of`, or the words in `also`."""
    return Column(of, also, many, optional, warn)


def words(text: str, *, many: bool = False, optional: bool = False) -> Column:
    """Return a column of a closed vocabulary, written with blanks between the words."""
    return Column("", tuple(text.split()), many, optional)


YES_NO = words("yes no")
ROLES = ids("roles", many=True)
ROLES_OF_GROUNDS = ids("roles", "linkage_party", many=True)
DOCUMENTS = ids("identity_documents", many=True)
PENALTY = ids("penalties", many=True, optional=True)
CHANNELS = words("any call letter mail_or_sms visit counter online_portal", many=True)


def facts(kind: str) -> Column:
    """Return a column of penalty facts of one kind."""
    return ids(f"penalty_facts:{kind}", many=True, optional=True)


# Every table, its columns that decide, and the columns of which one must hold a reference.
COLUMNS: dict[str, dict[str, Column]] = {
    "roles": {
        "kind": words(
            "ministry agency local_government insurer professional_body private person class other_law_payer"
        ),
        "members": ids("roles", many=True, optional=True),
    },
    "information": {},
    "subject_relations": {},
    "procedures": {"use_row": ids("use_row", many=True, warn=True)},
    "linkages": {
        "row_no": ids("row_no"),
        "requester_role": ROLES,
        "procedure_id": ids("procedures"),
        "provider_role": ROLES,
        "info_ids": ids("information", many=True),
        "info_ids_not_in_detail": ids("information", many=True, optional=True),
    },
    "linkage_details": {
        "row_no": ids("row_no"),
        "line_kind": words("header item"),
        "info_ids": ids("information", "none", many=True),
        "tax_items": words("municipal_inhabitant_tax prefectural_inhabitant_tax", many=True, optional=True),
        "subject_relations": ids("subject_relations", "none", many=True),
    },
    "uses": {
        "user_roles": ROLES,
        "procedure_ids": ids("procedures", many=True, optional=True),
        "basis": words("statutory quasi_statutory"),
    },
    "use_grounds": {"user_role": ROLES, "consent_effect": words("none")},
    "grounds": {
        "from_role": ROLES_OF_GROUNDS,
        "to_role": ROLES_OF_GROUNDS,
        "consent_effect": words("none required required_for_local_tax_items required_unless_hard_to_get"),
    },
    "identity": {
        "who": words("self statutory_agent voluntary_agent corporate_agent"),
        "channel": words("face online phone mail"),
        "number_proof_in": DOCUMENTS,
        "identity_proof_in": DOCUMENTS,
        "authority_proof_in": ids("identity_documents", "none", many=True),
    },
    "identity_documents": {},
    "pia": {
        "staff_500_or_more": words("any yes no"),
        "serious_incident_past_year": words("any yes no"),
        "assessment_required": words("none basic basic+focused basic+all_items"),
    },
    "pia_exemptions": {},
    "leak_reports": {
        "applies_to": words("any network user_body_system public_related_system private_related_system", many=True),
        "advanced_encryption_excluded": YES_NO,
        "notify_person": YES_NO,
    },
    "leak_report_items": {"in_report": YES_NO, "in_notice_to_person": YES_NO},
    "retention": {
        "duty": words("keep no_duty"),
        "after_period": words("delete_number may_delete keep_only_while_purpose_lasts"),
        "source_status": words("verified memory"),
    },
    "definitions": {"counts_as_my_number": words("yes no", optional=True)},
    "prohibitions": {"same_household_exempt": YES_NO, "penalty_ids": PENALTY},
    "household": {"same_household": words("yes no unclear"), "source_status": words("verified memory")},
    "number_equivalents": {
        "wide_sense": words("yes no depends"),
        "narrow_sense": words("yes no depends"),
        "treat_as": words("number not_number number_until_checked"),
        "source_status": words("verified memory"),
    },
    "dependants": {
        "number_may_be_asked": YES_NO,
        "employee_acts_as": words("declarant agent messenger", many=True, optional=True),
        "authority_proof": ids("identity_documents", many=True, optional=True),
        "source_status": words("verified memory"),
    },
    "penalties": {"both_possible": YES_NO, "crimes_abroad": YES_NO, "dual_penalty": YES_NO, "seed_listed": YES_NO},
    "penalty_facts": {"kind": words("actor act object means intent circumstance")},
    "penalty_elements": {
        "penalty_id": ids("penalties"),
        "actor": facts("actor"),
        "act": facts("act"),
        "object": facts("object"),
        "means": facts("means"),
        "intent": facts("intent"),
        "circumstances_all": facts("circumstance"),
        "source_status": words("verified memory"),
    },
    "breach_paths": {"source_status": words("verified memory")},
    "forbidden_asks": {
        "channel": CHANNELS,
        "claims_to_be": words("any municipality national_body j_lis police employer bank anybody", many=True),
        "context": words("any number_or_card own_procedure", many=True),
        "allowed": words("never only_if_solicited"),
        "source_status": words("verified memory"),
    },
    "general_law": {
        "who": words("both private_business administrative_organ"),
        "effect": words("same stricter added not_applicable mixed"),
        "net": words("more equal less"),
        "penalty_id": ids("penalties", optional=True),
        "source_status": words("verified memory"),
    },
    "seed_faq": {},
}
REFERENCES: dict[str, tuple[str, ...]] = {
    "linkages": ("source",),
    "linkage_details": ("source",),
    "uses": ("source",),
    "use_grounds": ("source",),
    "grounds": ("source",),
    "identity": ("legal_basis",),
    "pia": ("source",),
    "pia_exemptions": ("source",),
    "leak_reports": ("legal_basis",),
    "leak_report_items": ("source",),
    "retention": ("legal_basis",),
    "definitions": ("article",),
    "prohibitions": ("source",),
    "household": ("basis",),
    "number_equivalents": ("basis",),
    "dependants": ("article",),
    "penalties": ("source",),
    "penalty_elements": ("basis",),
    "breach_paths": ("step_1_article",),
    "forbidden_asks": ("basis",),
    "general_law": ("general_article", "my_number_article"),
    "seed_faq": ("articles",),
}
# Columns whose values together name one case of the law, split into their parts; in force once at a time.
CASES: dict[str, tuple[str, ...]] = {
    "linkages": ("row_no", "requester_role", "provider_role", "info_ids"),
    "uses": ("use_row",),
}
# Words of these tables travel inside signed tables, where a role is an identifier and an item a text.
WIRE = {"roles": 32, "information": 64, "subject_relations": 63}
PAIRS = "linkage_pairs"
PAIR_COLUMNS = ["linkage_id", "row_no", "requester_role", "provider_role"]

Row = dict[str, str]


@dataclass
class Build:
    """The tables as read, and what is wrong with them."""

    tables: dict[str, list[Row]] = field(default_factory=dict)
    headers: dict[str, list[str]] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def lines(self, table: str) -> Iterator[tuple[str, Row]]:
        """Yield every row of a table with the words that say where it stands."""
        key = self.headers[table][0]
        for row in self.tables[table]:
            yield f"{table}.csv, line {row[key]}", row


def parts(cell: str) -> list[str]:
    """Return the values of a cell."""
    return cell.split(";") if cell else []


def read(build: Build, folder: Path) -> None:
    """(1) Read every table of `folder`."""
    found = {path.stem for path in folder.glob("*.csv")}
    expected = {*COLUMNS, PAIRS}
    build.errors += [f"{name}.csv is missing" for name in sorted(expected - found)]
    build.errors += [f"{name}.csv is no table of the law" for name in sorted(found - expected)]
    for name in sorted(expected & found):
        with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as text:
            reader = csv.reader(text, strict=True)
            header = next(reader, [])
            rows = [cells for cells in reader if cells]
        for cells in rows:
            if len(cells) != len(header):
                build.errors.append(f"{name}.csv, line {cells[0]}: {len(cells)} cells under {len(header)} columns")
        needed = {*COLUMNS.get(name, PAIR_COLUMNS), *REFERENCES.get(name, ())} - {*header}
        build.errors += [f"{name}.csv has no column `{column}`" for column in sorted(needed)]
        build.headers[name] = header
        build.tables[name] = [dict(zip(header, cells, strict=False)) for cells in rows]
        if name != PAIRS:
            build.errors += [f"{name}.csv: id `{one}` is used twice" for one in twice(cells[0] for cells in rows)]


def twice(values: Iterator[str]) -> list[str]:
    """Return what occurs more than once."""
    return [value for value, times in Counter(values).items() if times > 1]


def vocabularies(build: Build) -> dict[str, set[str]]:
    """Return the ids that cells may name."""
    known = {name: {row[build.headers[name][0]] for row in rows} for name, rows in build.tables.items()}
    known["row_no"] = {row for procedure in build.tables["procedures"] for row in parts(procedure["linkage_rows"])}
    known["use_row"] = {row["use_row"] for row in build.tables["uses"]}
    for fact in build.tables["penalty_facts"]:
        known.setdefault(f"penalty_facts:{fact['kind']}", set()).add(fact["fact"])
    return known


def check_words(build: Build) -> None:
    """(2) Every value of a column that decides is a word that something defines."""
    known = vocabularies(build)
    for table, columns in COLUMNS.items():
        for where, row in build.lines(table):
            for name, column in columns.items():
                for problem in cell_problems(row[name], column, known.get(column.of, set())):
                    (build.warnings if column.warn else build.errors).append(f"{where}: {name}: {problem}")
    for table, longest in WIRE.items():
        for where, row in build.lines(table):
            if not re.fullmatch(rf"[a-z][a-z0-9_]{{0,{longest - 1}}}", row[build.headers[table][0]]):
                build.errors.append(f"{where}: the id is not 1 to {longest} small letters, digits and underscores")


def cell_problems(cell: str, column: Column, known: set[str]) -> Iterator[str]:
    """Yield what is wrong with one cell."""
    values = parts(cell) if column.many else [cell] if cell else []
    if not values and not column.optional:
        yield "is empty"
    if len(set(values)) != len(values):
        yield "names a value twice"
    for value in values:
        if value not in known and value not in column.words:
            yield f"`{value}` is not in {column.of or 'the vocabulary'}"


def check_lines(build: Build) -> None:
    """(3) Every line has a reference, and none overlaps another."""
    for table, columns in REFERENCES.items():
        for where, row in build.lines(table):
            if not any(row[column].strip() for column in columns):
                build.errors.append(f"{where}: no reference in {' or '.join(columns)}")
    for where, row in build.lines("linkages"):
        if not set(parts(row["info_ids_not_in_detail"])) <= set(parts(row["info_ids"])):
            build.errors.append(f"{where}: info_ids_not_in_detail names what info_ids does not")
        if row["row_no"] not in rows_of(build, row["procedure_id"]):
            build.errors.append(f"{where}: row_no: {row['row_no']} is no row of {row['procedure_id']}")
    for table, columns in CASES.items():
        check_overlaps(build, table, columns)


def rows_of(build: Build, procedure: str) -> list[str]:
    """Return the rows of the linkage table that are this procedure."""
    return [
        row
        for line in build.tables["procedures"]
        if line["procedure_id"] == procedure
        for row in parts(line["linkage_rows"])
    ]


def check_overlaps(build: Build, table: str, columns: tuple[str, ...]) -> None:
    """No case of the law has two lines in force on one day."""
    periods: dict[tuple[str, ...], list[tuple[date, date, str]]] = {}
    for where, row in build.lines(table):
        try:
            first = date.fromisoformat(row["in_force_from"])
            last = date.fromisoformat(row["in_force_to"]) if row["in_force_to"] else date.max
        except ValueError:
            build.errors.append(f"{where}: in_force_from and in_force_to are dates, yyyy-mm-dd")
            continue
        if last < first:
            build.errors.append(f"{where}: in force to a day before it begins")
        for case in cases(row, columns):
            for other_first, other_last, other in periods.setdefault(case, []):
                if first <= other_last and other_first <= last:
                    build.errors.append(f"{where}: overlaps {other} for {', '.join(case)}")
            periods[case].append((first, last, where))


def cases(row: Row, columns: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield each combination of the parts of `columns`."""
    if not columns:
        yield ()
        return
    for part in parts(row[columns[0]]):
        for rest in cases(row, columns[1:]):
            yield (part, *rest)


def derive_pairs(build: Build) -> None:
    """(4) Make linkage_pairs from linkages: "each with each"."""
    pairs = [
        dict(zip(PAIR_COLUMNS, (row["linkage_id"], row["row_no"], requester, provider), strict=True))
        for row in build.tables["linkages"]
        for requester in parts(row["requester_role"])
        for provider in parts(row["provider_role"])
    ]
    if pairs != build.tables[PAIRS]:
        build.warnings.append(f"{PAIRS}.csv differs from linkages.csv; the data follow linkages.csv")
    build.tables[PAIRS] = pairs


def write(build: Build, folder: Path) -> None:
    """(5) Write one file a table, one row a line."""
    folder.mkdir(parents=True, exist_ok=True)
    for table, rows in build.tables.items():
        header = build.headers[table]
        lines = ",\n".join(dumps([row[column] for column in header]) for row in rows)
        text = f'{{"columns": {dumps(header)},\n"rows": [\n{lines}\n]}}\n'
        (folder / f"{table}.json").write_text(text, encoding="utf-8", newline="\n")


def dumps(value: list[str]) -> str:
    """Return JSON that people can read."""
    return READABLE.encode(value)


def build_law(law: Path, out: Path) -> Build:
    """Build the tables of `law` into `out`; nothing is written if there are errors."""
    build = Build()
    read(build, law)
    if not build.errors:
        check_words(build)
        check_lines(build)
        derive_pairs(build)
    if not build.errors:
        write(build, out)
    return build


def main() -> int:
    """Run the build from the command line: 0 built, 1 the tables are wrong."""
    parser = argparse.ArgumentParser(description="Turn law/*.csv into the data of the room `law`.")
    parser.add_argument("--law", type=Path, default=REPOSITORY / "law", help="folder of the tables")
    parser.add_argument("--out", type=Path, default=REPOSITORY / "src/mynumber/law/data", help="folder of the data")
    arguments = parser.parse_args()
    build = build_law(arguments.law, arguments.out)
    for line in build.warnings:
        print(f"warning: {line}", file=sys.stderr)
    for line in build.errors:
        print(f"error: {line}", file=sys.stderr)
    if build.errors:
        print(f"hint: correct the tables in {arguments.law}; nothing was written", file=sys.stderr)
        return 1
    print(f"{len(build.tables)} tables, {sum(map(len, build.tables.values()))} rows")
    return 0


if __name__ == "__main__":
    sys.exit(main())
