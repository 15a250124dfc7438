"""Nothing in the house depends on a file outside the repository."""

from pathlib import Path

import pytest

from tests.house.papers import texts

# In pieces, so that this file does not find itself.
OUTSIDE = ("../" + "shared", "/" + "work/")
DATA = {"law", "vectors"}


def outside(text: str) -> list[str]:
    """Return the places outside the repository that a text names."""
    return [place for place in OUTSIDE if place in text]


def test_no_file_names_a_place_outside() -> None:
    named = {str(path): outside(text) for path, text in texts() if path.parts[0] not in DATA}
    assert {path: places for path, places in named.items() if places} == {}


@pytest.mark.parametrize("place", OUTSIDE)
def test_a_planted_place_is_caught(place: str) -> None:
    assert outside(f"open('{place}/law.csv')") == [place]


def test_the_reader_sees_source_and_tests() -> None:
    seen = {path for path, _ in texts()}
    assert {Path("Makefile"), Path("src/mynumber/__init__.py"), Path("tests/house/test_no_outside.py")} <= seen
