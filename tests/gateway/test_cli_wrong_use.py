"""What is wrong with a command is said once, in the form that was asked for, with what to do next."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from mynumber.cli.main import main
from tests.gateway.running import Office
from tests.gateway.test_cli_office import REASON, as_, case, tell

__all__ = ["case"]


@pytest.mark.parametrize(
    ("arguments", "message", "hint"),
    [
        (("inquire", "--json"), "Missing option '--as'.", "see `main inquire --help`"),
        (("nonsense", "--json"), "No such command 'nonsense'.", "see `main --help`"),
        (("case", "open", "--json", "--colour"), "No such option", "see `main case open --help`"),
        (("acquire", "--as", "x", "--ground", "link-1", "--wait", "-1", "x", "--json"), "Invalid value", "--help"),
    ],
)
def test_wrong_use_is_one_object_with_json(arguments: tuple[str, ...], message: str, hint: str) -> None:
    told = tell(*arguments)
    assert told.error == (2, "USAGE")
    assert message in told.json["error"]["message"]
    assert hint in told.json["error"]["hint"]
    assert told.err == ""


def test_wrong_use_is_said_to_people_without_json() -> None:
    told = tell("inquire")
    assert (told.status, told.out) == (2, "")
    assert "Missing option '--as'" in told.err


def test_no_help_shows_its_markup() -> None:
    for arguments in (["acquire", "--help"], ["codes", "vectors", "--help"]):
        told = CliRunner().invoke(main, arguments)
        assert told.exit_code == 0
        assert "\\b" not in told.output
        assert "\b" not in told.output
        assert "Example: mynumber" in told.output


def test_a_row_that_does_not_exist_gives_no_right(office: Office) -> None:
    right = ("rights", "grant", *as_(office, "admin"), "--officer", "hanako", "--json", "--procedure")
    assert tell(*right, "link-999").error == (2, "UNKNOWN_ROW")
    assert tell(*right, "local-school-lunch").status == 0
    assert office.rows("SELECT count(*) FROM rights WHERE procedure = 'link-999'") == [(0,)]


def test_hints_say_as_whom(office: Office) -> None:
    refused = tell("case", "open", *as_(office), "--procedure", "link-1", "--person", "p1", *REASON, "--json")
    hint = refused.json["error"]["hint"]
    assert "mynumber rights grant --as DIR/officers/admin --officer hanako --procedure link-1" in hint
    assert "--as" in tell("case", "show", *as_(office), "--case", "none", "--json").json["error"]["hint"]
    gone = tell("rights", "revoke", *as_(office, "admin"), "--officer", "hanako", *("--procedure", "link-9"), "--json")
    assert "mynumber rights list --as" in gone.json["error"]["hint"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"fiscal_year": 2024, "fiscal_year": 2025}', "a member stands twice"),
        ('{"year": 2025}', "unknown field"),
        ("\xff", "Expected `object`"),
        ("[1]", "Expected `object`"),
    ],
)
def test_a_condition_that_is_not_as_described_is_wrong_use(
    office: Office, case: str, tmp_path: Path, text: str, why: str
) -> None:
    path = tmp_path / "condition.json"
    path.write_text(text, encoding="utf-8")
    order = ("--case", case, "--provider", "pension", "--person", "p1", "--item", "pension", "--condition", path)
    told = tell("inquire", *as_(office), *order, "--json")
    assert told.error == (2, "BAD_CONDITION")
    assert why in told.json["error"]["message"] or "not UTF-8 JSON" in told.json["error"]["message"]


def test_a_person_who_stands_twice_in_one_inquiry_is_refused(office: Office, case: str) -> None:
    order = ("--case", case, "--provider", "pension", "--person", "p1", "--person", "p1", "--item", "pension")
    told = tell("inquire", *as_(office), *order, "--json")
    assert told.error == (2, "BAD_BODY")
    assert "stands twice" in told.json["error"]["message"]
    assert office.rows("SELECT count(*) FROM inquiries") == [(0,)]
