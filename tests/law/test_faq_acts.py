"""The table of docs/law.md about the eight acts of FAQ 5-10 says what the law data say, and how each act is met."""

import re
from collections.abc import Iterator

from tests.house.papers import TOP
from tests.house.promises import missing, named
from tests.law.source import table

ROW = re.compile(r"\| ([a-h]) \| (.+?) \| (P[0-9-]+) \| (.+?) \| (.+?) \|")
PAGE = (TOP / "docs" / "law.md").read_text(encoding="utf-8")


def acts(page: str) -> Iterator[tuple[str, str, str]]:
    """Yield letter, offence and what shows the mechanism, of each act."""
    for line in page.splitlines():
        if row := ROW.fullmatch(line):
            yield row[1], row[3], row[5]


def test_each_act_of_the_faq_stands_beside_its_offence() -> None:
    offences = [(row["faq_letter"], row["penalty_id"]) for row in table("penalty_elements") if row["faq_letter"]]
    assert [(letter, offence) for letter, offence, _ in acts(PAGE)] == offences
    assert len(offences) == 8
    listed = {row["penalty_id"] for row in table("penalties") if row["seed_listed"] == "yes"}
    assert {offence for _, offence, _ in acts(PAGE)} == listed


def test_every_act_names_tests_that_exist_or_says_not_yet() -> None:
    for letter, _, shown in acts(PAGE):
        assert named(shown) or "not yet" in shown, letter
        assert missing(named(shown)) == [], letter


def test_a_test_that_does_not_exist_is_found() -> None:
    line = next(line for line in PAGE.splitlines() if line.startswith("| g |"))
    planted = line.replace("test_what_is_stopped", "test_what_nobody_stops")
    ((_, _, shown),) = acts(planted)
    assert missing(named(shown)) != []
