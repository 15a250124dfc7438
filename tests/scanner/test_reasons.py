"""Every reason has its Japanese: those that the sources hold, and those that scans give."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import mynumber.scanner
from mynumber.scanner.converting import families
from mynumber.scanner.known import hashes
from mynumber.scanner.reporting.reasons import in_language
from tests.scanner.test_cli import scan

SOURCES = Path(mynumber.scanner.__file__).parent
ENGLISH = re.compile("[A-Za-z]{3,}")
# Names of formats, programs and options, and what was put into a hole.
KEPT = re.compile(r"ristretto255|open-mynumber\[documents\]|Office|PDF|HTML|XML|git|hole|(sha|md|blake)[0-9a-z-]*")


def english_left(text: str) -> list[str]:
    return ENGLISH.findall(KEPT.sub("", in_language(text, "ja")))


def told_in_the_sources() -> Iterator[tuple[str, str]]:
    """Yield what the sources say of something that was not read; holes hold the word `hole`."""
    for path in SOURCES.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                place = {"Unread": 1, "CannotRead": 0}.get(node.func.id)
                if place is not None and len(node.args) > place:
                    for text in texts(node.args[place]):
                        yield path.name, text


def texts(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant):
        yield str(node.value)
    elif isinstance(node, ast.JoinedStr):
        yield "".join(str(one.value) if isinstance(one, ast.Constant) else "hole" for one in node.values)
    elif isinstance(node, ast.IfExp):
        yield from texts(node.body)
        yield from texts(node.orelse)


def conversions_told() -> Iterator[str]:
    """Yield what the sources say of conversions; holes hold the word `hole`."""
    for path in SOURCES.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Conversion":
                yield from texts(node.args[0])


def test_whatever_is_not_read_is_told_in_japanese() -> None:
    told = dict.fromkeys(told_in_the_sources())
    assert len(told) > 20
    assert {one: left for one in told if (left := english_left(one[1]))} == {}
    assert english_left("a reason that nobody has translated")


def test_every_way_to_convert_is_told_in_japanese() -> None:
    names = [one.name for one in families.families() if one.name] + list(conversions_told())
    made = [f"400 values are My Numbers regularly converted: {name}" for name in names]
    made += [f"{one.name}, which is in the roster" for one in hashes._FAMILIES]
    assert {one: left for one in made if (left := english_left(one))} == {}


@pytest.mark.parametrize("form", ["text", "json", "sarif", "html"])
def test_a_report_in_japanese_has_japanese_reasons(form: str, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("個人番号 123456789018\n", encoding="utf-8")
    (tmp_path / "b.pdf").write_bytes(b"%PDF-1.4\nbroken")
    japanese = scan(str(tmp_path), "--format", form, "--lang", "ja", "--jobs", "1").stdout.decode()
    assert "PDFが壊れている" in japanese
    assert "そばに「個人番号」とある" in japanese
    assert "a broken PDF" not in japanese
    assert "distinct values" not in japanese
