"""`mynumber number check` speaks as DOORS says."""

import json

from click.testing import CliRunner

from mynumber.cli.main import main


def test_valid_numbers_end_with_0() -> None:
    result = CliRunner().invoke(main, ["number", "check", "123456789018", "7000012050002", "--json"])
    assert result.exit_code == 0
    assert json.loads(result.stdout) == {
        "numbers": [
            {"input": "123456789018", "valid": True, "kind": "my_number", "reason": "ok"},
            {"input": "7000012050002", "valid": True, "kind": "corporate_number", "reason": "ok"},
        ]
    }


def test_one_wrong_number_ends_with_1() -> None:
    result = CliRunner().invoke(main, ["number", "check", "123456789018", "１２３４５６７８９０１２", "--json"])
    assert result.exit_code == 1
    assert [found["valid"] for found in json.loads(result.stdout)["numbers"]] == [True, False]
    assert "１２３４５６７８９０１２" in result.stdout


def test_for_people() -> None:
    result = CliRunner().invoke(main, ["number", "check", "000000000000"])
    assert result.exit_code == 1
    assert result.stdout == "000000000000  my_number  not valid: this number is never issued\n"


def test_a_dash_reads_standard_input() -> None:
    result = CliRunner().invoke(main, ["number", "check", "-"], input="123456789018\n\n983205673214\n")
    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) == 2


def test_nothing_to_check_is_wrong_use() -> None:
    assert CliRunner().invoke(main, ["number", "check"]).exit_code == 2
    assert CliRunner().invoke(main, ["number", "check", "-"], input="\n").exit_code == 2
