"""The specification keeps its check ids, what cites it finds its place, and the glossary's code words are in use."""

import re

import pytest

from tests.house.papers import TOP, under

SPEC = TOP / "docs" / "spec"
CODES = {path.name: path.read_text(encoding="utf-8") for path in sorted(SPEC.glob("codes-*.md"))}
FLOWS = (SPEC / "flows.md").read_text(encoding="utf-8")
ROW = re.compile(r"\((codes-[^)]*\.md)\) \| [\d, ]+ \| (.+) \|")
RANGE = re.compile(r"([A-Z])(\d) to \1(\d+)")
CITED = re.compile(r"(PROTOCOL(?:\.md)?|FLOWS(?:\.md)?|codes) sections? (\d+)")


def promised_ids() -> list[tuple[str, str]]:
    """Return every page of the codes with each check id that the index promises to be on it."""
    index = (SPEC / "README.md").read_text(encoding="utf-8")
    return [
        (page, f"{letter}{number}")
        for page, checks in ROW.findall(index)
        for letter, first, last in RANGE.findall(checks)
        for number in range(int(first), int(last) + 1)
    ]


def sections(pages: str) -> set[str]:
    """Return the numbers of the sections of pages."""
    return set(re.findall(r"^## (\d+)\.", pages, re.MULTILINE))


def lost_citations(text: str) -> list[str]:
    """Return the citations of a section that no page has."""
    here = {"F": sections(FLOWS), "P": sections("".join(CODES.values()))}
    cited = CITED.findall(text)
    return [f"{page} section {number}" for page, number in cited if number not in here["F" if page[0] == "F" else "P"]]


def test_the_index_promises_all_checks() -> None:
    assert len(promised_ids()) == 8 + 10 + 5 + 5 + 6 + 7 + 6 + 7 + 5 + 6


@pytest.mark.parametrize(("page", "check"), promised_ids())
def test_a_check_is_on_its_page(page: str, check: str) -> None:
    assert re.search(rf"\b{check}\b", CODES[page])


def test_sections_are_numbered_through() -> None:
    assert sections("".join(CODES.values())) == {str(number) for number in range(1, 18)}


def test_citations_of_sections_are_found() -> None:
    lost = {str(path): lost_citations(text) for path, text in under("src", "tests", "docs", "tools")}
    assert {path: cited for path, cited in lost.items() if cited} == {}


@pytest.mark.parametrize("page", ["PROTOCOL.md", "FLOWS"])
def test_a_planted_citation_is_caught(page: str) -> None:
    assert lost_citations(f"as {page} section" + " 99 says") == [f"{page} section 99"]


def test_code_words_of_the_glossary_are_in_use() -> None:
    glossary = (TOP / "docs" / "glossary.md").read_text(encoding="utf-8")
    words = set(re.findall(r"`([A-Za-z_]+)`", glossary))
    used = " ".join(text for path, text in under("src", "law", "docs") if path.name != "glossary.md")
    assert sorted(word for word in words if not re.search(rf"\b{word}\b", used)) == []
    assert len(words) > 30
