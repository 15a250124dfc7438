"""The bench of the law rules as the law does, and says what it is measured against."""

import json

import pytest
from click.testing import CliRunner

from mynumber.cli.main import main
from mynumber.plumbing.errors import OwnFault
from mynumber.world.bench import law as bench

WHATS = ["tables loaded and the first ruling", "linkage, warm", "permitted use, warm"]


def test_each_row_has_a_value_beside_what_it_cannot_be_faster_than() -> None:
    done = CliRunner().invoke(main, ["bench", "law", "--seconds", "0.1", "--json"])
    assert done.exit_code == 0, done.stderr
    told = json.loads(done.stdout)
    assert [row["what"] for row in told["rows"]] == WHATS
    for row in told["rows"]:
        assert set(row) == {"what", "value", "unit", "peer", "peer_value", "ratio"}
        assert row["value"] > 0
        assert row["peer_value"] > 0
        assert row["ratio"] == pytest.approx(row["value"] / row["peer_value"], rel=0.01)
    assert "1112 questions" in done.stderr
    assert told["machine"]


def test_a_question_that_is_decided_otherwise_breaks_it_off() -> None:
    with pytest.raises(OwnFault):
        bench._all([1, 2], lambda question: question < 2)
