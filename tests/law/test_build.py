"""The data are the tables: nothing is lost or changed, and a wrong table makes no data."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from mynumber.law.statute import Law
from tests.law.source import DATA, LAW, Row, changed, law_with, table
from tools.build_law import build_law

TABLES = sorted(path.stem for path in LAW.glob("*.csv"))


def test_a_rebuild_gives_the_same_bytes(tmp_path: Path) -> None:
    build = build_law(LAW, tmp_path)
    assert (build.errors, build.warnings) == ([], [])
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(path.name for path in DATA.iterdir())
    for path in tmp_path.iterdir():
        assert path.read_bytes() == (DATA / path.name).read_bytes(), f"{path.name}: run tools/build_law.py"


def test_tables_put_in_place_are_the_tables_that_a_build_of_them_gives(tmp_path: Path) -> None:
    for name in TABLES:
        changed(tmp_path / name, name, lambda rows: rows[::-1])
        (tmp_path / name / f"{name}.csv").rename(tmp_path / f"{name}.csv")
    assert build_law(tmp_path, tmp_path / "data").errors == []
    built = Law.load(tmp_path / "data")
    # The pairs are derived from the linkages, whatever stands in their table.
    for name in {*TABLES} - {"linkage_pairs"}:
        rows = table(name)[::-1]
        assert built.tables.cells(name) == law_with(name, rows).tables.cells(name) == rows


@pytest.mark.parametrize("name", TABLES)
def test_every_cell_is_in_the_data(name: str) -> None:
    data = json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))
    rows = [dict(zip(data["columns"], cells, strict=True)) for cells in data["rows"]]
    assert rows == table(name)
    assert rows


@pytest.mark.parametrize("name", TABLES)
def test_one_row_is_one_line_of_the_data(name: str) -> None:
    text = (DATA / f"{name}.json").read_text(encoding="utf-8")
    assert len(text.splitlines()) == len(table(name)) + 3


def cell(line: int, column: str, value: str) -> Callable[[list[Row]], list[Row]]:
    def change(rows: list[Row]) -> list[Row]:
        rows[line][column] = value
        return rows

    return change


def again(rows: list[Row]) -> list[Row]:
    return [*rows, rows[0]]


def amended(first: str, last: str) -> Callable[[list[Row]], list[Row]]:
    def change(rows: list[Row]) -> list[Row]:
        return [rows[0] | {"linkage_id": "L1-1a", "in_force_from": first, "in_force_to": last}, *rows]

    return change


WRONG = {
    "a role that nobody defines": ("linkages", cell(3, "requester_role", "mhlw;nobody"), "`nobody` is not in roles"),
    "no provider": ("linkages", cell(3, "provider_role", ""), "provider_role: is empty"),
    "an item that nobody defines": ("linkages", cell(3, "info_ids", "secrets"), "`secrets` is not in information"),
    "a procedure of another row": ("linkages", cell(3, "procedure_id", "proc-58"), "is no row of proc-58"),
    "a row that no procedure has": ("linkage_details", cell(3, "row_no", "999"), "`999` is not in row_no"),
    "an exception for no item": (
        "linkages",
        cell(3, "info_ids_not_in_detail", "unemployment"),
        "what info_ids does not",
    ),
    "a relation that nobody defines": ("linkage_details", cell(3, "subject_relations", "friend"), "`friend` is not"),
    "an unknown kind of line": ("linkage_details", cell(3, "line_kind", "note"), "`note` is not in the vocabulary"),
    "no reference": ("linkages", cell(3, "source", " "), "no reference in source"),
    "no reference of a use": ("uses", cell(3, "source", ""), "no reference in source"),
    "no article on either side": (
        "general_law",
        lambda rows: [row | {"general_article": "", "my_number_article": ""} for row in rows],
        "no reference in general_article or my_number_article",
    ),
    "two lines for one case on one day": ("linkages", amended("2026-01-01", "2026-06-14"), "overlaps linkages.csv"),
    "a period that ends before it begins": ("linkages", amended("2026-01-02", "2026-01-01"), "before it begins"),
    "no date": ("linkages", cell(3, "in_force_from", "soon"), "are dates, yyyy-mm-dd"),
    "an id used twice": ("uses", again, "id `U1` is used twice"),
    "a penalty that nobody defines": ("prohibitions", cell(0, "penalty_ids", "P99"), "`P99` is not in penalties"),
    "a role too long for signed tables": ("roles", cell(0, "role_id", "a" * 33), "the id is not 1 to 32"),
    "a value twice in a cell": ("linkages", cell(3, "requester_role", "mhlw;mhlw"), "names a value twice"),
}


@pytest.mark.parametrize("lie", WRONG)
def test_a_wrong_table_makes_no_data(lie: str, tmp_path: Path) -> None:
    name, change, message = WRONG[lie]
    build = build_law(changed(tmp_path / "law", name, change), tmp_path / "data")
    assert [error for error in build.errors if message in error and name in error]
    assert not (tmp_path / "data").exists()


def test_the_line_before_an_amendment_may_end_the_day_before(tmp_path: Path) -> None:
    build = build_law(changed(tmp_path / "law", "linkages", amended("2026-01-01", "2026-06-13")), tmp_path / "data")
    assert build.errors == []


@pytest.mark.parametrize("damage", ["missing", "unknown", "cells", "header"])
def test_damaged_files_make_no_data(damage: str, tmp_path: Path) -> None:
    law = changed(tmp_path / "law", "roles", lambda rows: rows)
    if damage == "missing":
        (law / "pia.csv").unlink()
    elif damage == "unknown":
        (law / "wishes.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    elif damage == "cells":
        (law / "pia.csv").write_bytes((law / "pia.csv").read_bytes() + b"PIA10,1,2\n")
    else:
        (law / "pia.csv").write_text("x\n", encoding="utf-8")
    assert build_law(law, tmp_path / "data").errors
    assert not (tmp_path / "data").exists()
