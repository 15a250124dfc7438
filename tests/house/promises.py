"""The tests that the papers (docs/promises.md, README.md and others) name: that they exist, and that they ran and held.

    python -m tests.house.promises REPORT.xml...    0 = every named test passed in these JUnit reports, 1 = one did not

A paper names a test as `tests/town/test_bytes.py::test_name` or a whole file as `tests/town/test_bytes.py`. A name that
nobody runs is a promise that nobody keeps, so the test command ends with this check.
"""

import ast
import re
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.house.papers import TOP

PAPERS = ("docs/promises.md", "docs/law.md", "README.md", "SECURITY.md")
_NAMED = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")
_Named = tuple[str, str]  # file and test, which is empty for the whole file


def named(text: str) -> set[_Named]:
    """Return every test that a text names."""
    return {(path, test) for path, test in _NAMED.findall(text)}


def missing(names: Iterable[_Named], top: Path = TOP) -> list[str]:
    """Return the names behind which there is no file or no function."""
    return sorted(_shown(each) for each in names if not _exists(each, top))


def _exists(each: _Named, top: Path) -> bool:
    path, test = each
    if not (top / path).is_file():
        return False
    tree = ast.parse((top / path).read_text(encoding="utf-8"))
    return not test or any(isinstance(node, ast.FunctionDef) and node.name == test for node in ast.walk(tree))


def outcomes(reports: Iterable[str]) -> dict[_Named, bool]:
    """Return for every test of these JUnit reports whether all its cases passed; nothing else is a pass."""
    found: dict[_Named, bool] = {}
    for report in reports:
        for case in ElementTree.fromstring(report).iter("testcase"):
            path = case.get("classname", "").replace(".", "/") + ".py"
            passed = not any(child.tag in ("failure", "error", "skipped") for child in case)
            for key in ((path, case.get("name", "").partition("[")[0]), (path, "")):
                found[key] = found.get(key, True) and passed
    return found


def not_shown(names: Iterable[_Named], ran: Mapping[_Named, bool]) -> list[str]:
    """Return the names that no report holds as passed."""
    return sorted(_shown(each) for each in names if not ran.get(each, False))


def all_named(top: Path = TOP) -> set[_Named]:
    """Return what the papers name."""
    papers = [top / paper for paper in PAPERS]
    return set().union(*(named(paper.read_text(encoding="utf-8")) for paper in papers if paper.is_file()))


def _shown(each: _Named) -> str:
    return "::".join(part for part in each if part)


def main(reports: list[str]) -> int:
    """Compare the papers with the reports of a test run; print what does not hold."""
    names = all_named()
    faults = not_shown(names, outcomes(Path(report).read_text(encoding="utf-8") for report in reports))
    for fault in faults:
        sys.stdout.write(f"named in a paper, but did not run and pass: {fault}\n")
    sys.stdout.write(f"{len(names) - len(faults)} named tests ran and passed, {len(faults)} did not\n")
    return 1 if faults or not names else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
