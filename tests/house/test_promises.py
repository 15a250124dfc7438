"""The papers name tests that exist; what the check of a run calls passed has passed."""

from pathlib import Path

import pytest

from tests.house import promises

REPORT = """<testsuites><testsuite>
<testcase classname="tests.a.test_a" name="test_held[one]"/><testcase classname="tests.a.test_a" name="test_held[two]"/>
<testcase classname="tests.b.test_b" name="test_half[one]"/>
<testcase classname="tests.b.test_b" name="test_half[two]"><{fault}/></testcase>
</testsuite></testsuites>"""


def test_every_test_that_a_paper_names_is_there() -> None:
    names = promises.all_named()
    assert names
    assert promises.missing(names) == []


def test_a_test_that_is_not_there_is_missed(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_a.py").write_text("def test_here() -> None: ...\n")
    names = promises.named(
        "`tests/test_a.py::test_here` `tests/test_a.py::test_gone` `tests/test_b.py` `tests/test_a.py`"
    )
    assert promises.missing(names, tmp_path) == ["tests/test_a.py::test_gone", "tests/test_b.py"]


@pytest.mark.parametrize("fault", ["failure", "error", "skipped"])
def test_only_what_passed_in_every_case_is_shown(fault: str) -> None:
    ran = promises.outcomes([REPORT.format(fault=fault)])
    named = ("a/test_a.py::test_held", "a/test_a.py", "b/test_b.py::test_half", "b/test_b.py", "c.py")
    names = promises.named(" ".join(f"`tests/{each}`" for each in named))
    assert promises.not_shown(names, ran) == ["tests/b/test_b.py", "tests/b/test_b.py::test_half", "tests/c.py"]
