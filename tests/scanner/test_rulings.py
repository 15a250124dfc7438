"""What finds and files are before the law: no more than the file shows, with the articles of the law data."""

import json
import re
from pathlib import Path

import pytest

from mynumber import law
from mynumber.scanner.finds import Find, Location
from mynumber.scanner.judging import Confidence
from mynumber.scanner.reporting import rulings
from mynumber.scanner.scan import roster_of, scan
from tests.scanner.test_cli import NUMBER
from tests.scanner.test_cli import scan as called

OTHER = "987654321093"
FILES = {
    "table.csv": (f"氏名,個人番号\n山田,{NUMBER}\n鈴木,{OTHER}\n", "specific_personal_information_file", True),
    "same.csv": (f"氏名,個人番号\n山田,{NUMBER}\n山田,{NUMBER}\n", "specific_personal_information", True),
    "prose.txt": (f"個人番号 {NUMBER}\nもう一人のマイナンバーは {OTHER} です\n", "specific_personal_information", True),
    "lone.txt": (f"x {NUMBER}\n", "specific_personal_information", False),
}
FORMS = {
    "my_number": "1 of 1 distinct values here pass the check digit, label 個人番号",
    "encoded": "1 of 1 distinct values here pass the check digit, label 個人番号; twelve digits in another encoding",
    "reversed": "400 values are My Numbers regularly converted: the digits stand in reverse order",
    "permuted_digits": "400 values are My Numbers regularly converted: the digits are rotated by 3",
    "offset": "400 values are My Numbers regularly converted: a constant was added to each number (+7)",
    "xor": "400 values are made from numbers in the roster: XOR with one key",
    "hash": "sha256 of the number with hyphens, which is in the roster",
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_what_it_shows(name: str, tmp_path: Path) -> None:
    content, term, shown = FILES[name]
    (tmp_path / name).write_text(content, encoding="utf-8")
    told = called(str(tmp_path / name), "--format", "json", "--jobs", "1")
    (file,) = json.loads(told.stdout.splitlines()[-1])["law"]
    assert (file["path"], file["counts_as"], file["shown"]) == (f"{tmp_path / name}", term, shown)
    assert tuple(file["references"]) == law.ask("definition", {"data": term, "who": "a reader"}).references
    name_of_term = law.choices("definition", "data")[term]
    assert name_of_term.ja in file["explanation"]["ja"]
    assert name_of_term.en in file["explanation"]["en"]


@pytest.mark.parametrize("form", FORMS)
def test_a_find_is_ruled_by_its_form(form: str) -> None:
    kind = "my_number" if form in ("my_number", "encoded") else "converted"
    find = Find("a.csv", Location(line=1, column=1), kind, Confidence.CERTAIN, FORMS[form], NUMBER)
    ruling = rulings.of_find(find)
    decision = law.ask("number_form", {"form": form})
    assert (ruling.term, ruling.shown, ruling.sentence) == (form, True, decision.explanation)
    assert "; ".join(ruling.references) == "; ".join(decision.references)
    assert ("FAQ Q5-6" in ruling.references) is (form != "my_number")


def test_what_is_only_possible_is_ruled_only_if_it_is_one() -> None:
    ruling = rulings.of_find(Find("a", Location(line=1, column=1), "my_number", Confidence.POSSIBLE, "", NUMBER))
    assert not ruling.shown
    assert ruling.sentence.en.startswith("If it is a My Number: ")
    assert ruling.sentence.ja.startswith("個人番号であれば：")


def test_a_column_that_the_roster_explains_makes_a_file(tmp_path: Path) -> None:
    import hashlib  # noqa: PLC0415

    (tmp_path / "roster.txt").write_text(f"個人番号\n{NUMBER}\n{OTHER}\n", encoding="utf-8")
    rows = "".join(f"x,{hashlib.sha256(one.encode()).hexdigest()}\n" for one in (NUMBER, OTHER))
    (tmp_path / "hashes.csv").write_text(f"name,hash\n{rows}", encoding="utf-8")
    files = rulings.FileRulings()
    for find in scan([str(tmp_path / "hashes.csv")], roster=roster_of(str(tmp_path / "roster.txt"))):
        assert isinstance(find, Find)
        files.take(find)
    (ruling,) = files.rulings().values()
    assert (ruling.term, ruling.shown) == ("specific_personal_information_file", True)


@pytest.mark.parametrize(("lang", "article"), [("ja", "番号法第2条第9項"), ("en", "425AC0000000027 Art.2(9)")])
def test_articles_are_told_to_people(lang: str, article: str) -> None:
    assert article in rulings.of_kind("converted").told(lang)


def test_no_article_stands_in_the_scanner() -> None:
    folder = Path(rulings.__file__).parents[1]
    texts = {path: path.read_text(encoding="utf-8") for path in folder.rglob("*.py")}
    assert [path for path, text in texts.items() if re.search("第[0-9]+条", text)] == []
    cited = [line for text in texts.values() for line in text.splitlines() if "Act art" in line]
    # Promises and the room's card cite the Act; what reports say comes from the law data.
    assert [line for line in cited if line.lstrip().startswith(('"', "f"))] == [
        line for line in cited if line.startswith('"""')
    ]
