"""Reports say the same in each form, hold what their readers demand, and no digit that nobody asked for."""

import json
import os
from pathlib import Path
from urllib.parse import unquote

import jsonschema_rs
import pytest

from mynumber.scanner.finds import Find, Location, Unread
from mynumber.scanner.judging import Confidence
from mynumber.scanner.reporting import accepted, page, sarif
from mynumber.scanner.reporting.closing import lines_of
from mynumber.scanner.reporting.summing import Summary
from tests.scanner.test_cli import NUMBER, scan

FINDS: list[Find | Unread] = [
    Find("名簿/a b.txt", Location(line=3, column=7), "my_number", Confidence.CERTAIN, "label 個人番号", NUMBER),
    Find("a.xlsx", Location(sheet="職員", cell="B2"), "my_number", Confidence.LIKELY, "<b>", NUMBER),
    Find("z.zip!/in.txt", Location(line=1, column=1), "my_number", Confidence.POSSIBLE, "", NUMBER),
    Unread("b.pdf", "no text on page 2"),
]


def results_of(document: dict[str, object]) -> list[dict[str, object]]:
    run = document["runs"][0]  # type: ignore[index]
    found: list[dict[str, object]] = run["results"]
    return found


def test_every_sarif_result_has_a_place_that_services_take() -> None:
    document = sarif.document(FINDS, "1.0", "en")
    notifications = document["runs"][0]["invocations"][0]["toolExecutionNotifications"]  # type: ignore[index]
    for result in (*results_of(document), *notifications):
        (location,) = result["locations"]
        place = location["physicalLocation"]
        uri = place["artifactLocation"]["uri"]
        assert uri
        assert uri.isascii()
        assert not uri.startswith("/")
        assert ":" not in uri
        assert place["region"]["startLine"] >= 1
        assert place["region"]["startColumn"] >= 1
        assert result["message"]["text"]
    assert [unquote(sarif.address(one.path)) for one in FINDS] == ["名簿/a b.txt", "a.xlsx", "z.zip", "b.pdf"]
    assert [one["level"] for one in results_of(document)] == ["error", "warning", "note"]
    rules = {rule["id"] for rule in document["runs"][0]["tool"]["driver"]["rules"]}  # type: ignore[index]
    assert {one["ruleId"] for one in results_of(document)} <= rules
    assert NUMBER not in json.dumps(document)


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_sarif_is_valid_by_its_schema(lang: str) -> None:
    schema = json.loads((Path(__file__).parent / "sarif" / "sarif-schema-2.1.0.json").read_text(encoding="utf-8"))
    # The pattern of a member that we do not write has a bracket too many, which strict readers of patterns refuse.
    for owner in ("run", "toolComponent"):
        del schema["definitions"][owner]["properties"]["language"]["pattern"]
    document = sarif.document(FINDS, "1.0", lang)
    assert [str(one) for one in jsonschema_rs.iter_errors(schema, document)] == []
    results_of(document)[0]["locations"] = [{"physicalLocation": {"region": {"startLine": 0}}}]
    assert len([*jsonschema_rs.iter_errors(schema, document)]) > 0


def test_a_fingerprint_outlives_an_edit_above() -> None:
    moved = Find("名簿/a b.txt", Location(line=9, column=7), "my_number", Confidence.CERTAIN, "label 個人番号", NUMBER)
    before, after = (
        results_of(sarif.document([one], "1", "en"))[0]["partialFingerprints"] for one in (FINDS[0], moved)
    )
    assert before == after


@pytest.mark.parametrize(("lang", "title"), [("ja", "個人番号の検出結果"), ("en", "My Numbers found")])
@pytest.mark.parametrize("reveal", [False, True])
def test_the_page_is_one_file_in_both_languages(lang: str, title: str, reveal: bool) -> None:
    summary = Summary()
    for one in FINDS:
        summary.take(one)
    html = page.page(iter(FINDS), summary, lang, reveal=reveal)
    assert f"<h1>{title}</h1>" in html
    assert f'<html lang="{lang}">' in html
    assert "<b>" not in html
    assert "<script" not in html
    assert "http" not in html
    assert (NUMBER in html) is reveal
    assert "職員!B2" in html


def test_a_baseline_leaves_out_what_was_accepted_and_nothing_else(tmp_path: Path) -> None:
    file, text = tmp_path / "baseline.json", tmp_path / "a.txt"
    text.write_text(f"個人番号 {NUMBER}\n", encoding="utf-8")
    assert scan(str(text), "--baseline", str(file)).returncode == 2
    assert scan(str(text), "--baseline", str(file), "--accept").returncode == 0
    assert scan(str(text), "--baseline", str(file)).returncode == 0
    text.write_text(f"\n\n新しい行\n個人番号 {NUMBER}\n", encoding="utf-8")
    assert scan(str(text), "--baseline", str(file)).returncode == 0
    before = file.read_bytes()
    text.write_text(f"個人番号 {NUMBER}\nマイナンバー 987654321093\n", encoding="utf-8")
    told = scan(str(text), "--baseline", str(file), "--format", "json")
    assert told.returncode == 1
    assert json.loads(told.stdout.splitlines()[0])["location"]["line"] == 2
    assert file.read_bytes() == before
    assert NUMBER.encode() not in before
    assert (tmp_path / "baseline.json.key").stat().st_mode & 0o777 == 0o600


def test_a_baseline_without_its_key_says_nothing_and_is_refused(tmp_path: Path) -> None:
    file, text = tmp_path / "baseline.json", tmp_path / "a.txt"
    text.write_text(f"個人番号 {NUMBER}\n", encoding="utf-8")
    scan(str(text), "--baseline", str(file), "--accept")
    (tmp_path / "baseline.json.key").unlink()
    assert scan(str(text), "--baseline", str(file)).returncode == 2


def test_what_is_accepted_without_digits_is_accepted_for_its_kind_alone(tmp_path: Path) -> None:
    column = Find("a.csv", Location(line=2, column=1), "converted", Confidence.CERTAIN, "", "", 400)
    baseline = accepted.begun(tmp_path / "accepted.json")
    baseline.add(column)
    assert baseline.accepts(column)
    assert not baseline.accepts(Find("a.csv", Location(line=2, column=9), "code", Confidence.LIKELY, "", "", 400))


@pytest.mark.parametrize("name", ["a\nb: certain", "a\x1b[31m", "a\u202egnp", os.fsdecode(b"a\x83"), "a\u2066b"])
def test_no_name_speaks_to_a_terminal_where_files_are_listed_by_law(name: str) -> None:
    summary = Summary()
    for digits in ("123456789018", "987654321093"):
        summary.take(
            Find(name, Location(line=1, column=1), "my_number", Confidence.CERTAIN, "x", digits, in_table=True)
        )
    lines = list(lines_of(summary, "en", reveal=False))
    assert [one for one in lines if one.startswith("  a")]
    assert all(one.isprintable() for one in lines)


@pytest.mark.parametrize(
    ("arguments", "english", "japanese"),
    [
        (("-", "x"), "standard input is searched alone", "標準入力"),
        (("x", "--accept"), "--accept needs the file", "承認"),
        (("x", "--git"), "no such folder: x", "そのようなフォルダーはない：x"),
        ((".", "--roster", "x"), "no My Number was found in the roster", "番号一覧に個人番号が見つからない"),
        ((".", "--baseline", "x"), "the baseline or its key cannot be read", "承認済みのファイルかその鍵が読めない"),
    ],
)
def test_wrong_use_is_told_in_the_language_of_the_command(
    arguments: tuple[str, ...], english: str, japanese: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for lang, said in (("en", english), ("ja", japanese)):
        told = scan(*arguments, "--lang", lang)
        assert told.returncode == 2
        assert said in told.stderr.decode()
        assert told.stderr.decode().startswith("エラー: " if lang == "ja" else "error: ")
    answer = json.loads(scan(*arguments, "--lang", "ja", "--format", "json").stdout)
    assert japanese in answer["error"]["message"]
