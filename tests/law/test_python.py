"""The law for other programs: the page shows what is so, and the names that it offers are there."""

import doctest
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from mynumber import law
from tests.law.source import changed
from tests.law.test_cli import QUESTION
from tools.build_law import build_law

PAGE = Path(__file__).resolve().parents[2] / "docs/asking-the-law.md"


def test_the_page_shows_what_is_so() -> None:
    outcome = doctest.testfile(str(PAGE), module_relative=False, parser=_Fenced())
    assert outcome.failed == 0
    assert outcome.attempted >= 10


class _Fenced(doctest.DocTestParser):
    """Reads the examples of a page, of which a fence is no part."""

    def parse(self, string: str, name: str = "<string>") -> list[str | doctest.Example]:
        return super().parse(string.replace("```python\n", "\n").replace("```\n", "\n"), name)


def test_every_name_that_the_room_offers_is_there() -> None:
    for name in law.__all__:
        assert getattr(law, name)


def test_another_name_is_not_there() -> None:
    with pytest.raises(AttributeError, match="tell"):
        law.tell  # type: ignore[attr-defined]  # noqa: B018


@pytest.mark.parametrize(
    ("used", "loaded"), [("import mynumber.law.wire", False), ("from mynumber.law import ask", True)]
)
def test_the_topics_are_loaded_by_who_asks(used: str, loaded: bool) -> None:
    look = f"import sys; {used}; print('mynumber.law.deciding' in sys.modules)"
    ended = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert ended.stdout == f"{loaded}\n"


def test_days_and_tuples_of_a_program_are_taken() -> None:
    decision = law.ask("linkage", QUESTION | {"date": date(2026, 7, 1)})
    assert (type(decision), decision.reason) == (law.Allowed, "subject_in_detail")
    facts = law.ask("use", {"user": "employer", "use_ground": "UG4", "facts": ("related_affair_duty",)})
    assert isinstance(facts, law.Allowed)


def test_every_choice_of_a_member_is_a_word_that_it_takes() -> None:
    for topic in law.topics():
        for member in law.members(topic):
            assert all(law.choices(topic, member))
    assert law.choices("linkage", "date") == {}
    assert set(law.choices("ground", "act")) == {"ask_for_number", "collect_or_keep", "provide"}


def test_another_state_of_the_law_is_another_folder(tmp_path: Path) -> None:
    changed(tmp_path / "law", "household", lambda rows: [row | {"same_household": "no"} for row in rows])
    assert build_law(tmp_path / "law", tmp_path / "data").errors == []
    asked = {"act": "ask_for_number", "ground": "none", "situation": "parent_child_one_household"}
    assert isinstance(law.ask("household", asked), law.Allowed)
    assert isinstance(law.ask("household", asked, law.Law.load(tmp_path / "data")), law.Refused)
