"""How a drill ends: a pass is a whole search that found nothing; everything else is not a pass."""

import pytest

from mynumber.cli import drill
from mynumber.world.wiretap.planting import Planted
from mynumber.world.wiretap.rights import PASSED
from mynumber.world.wiretap.searching import WIRE, Report, Searched


def report(**said: list[object]) -> Report:
    """A whole search that found nothing, but for what is said."""
    made = Report(1, 20, {}, searched=[Searched("keeper", "data.db", 4096)], planted=[Planted("journal", 20, 20)])
    for name, value in said.items():
        setattr(made, name, value)
    return made


def test_a_whole_search_that_found_nothing_is_done() -> None:
    assert drill.status(report()) == 0


@pytest.mark.parametrize("missing", [[PASSED, WIRE], [PASSED], [WIRE]])
def test_a_search_that_lacks_a_place_is_not_finished(missing: list[object]) -> None:
    assert drill.status(report(not_searched=missing)) == 3


@pytest.mark.parametrize(
    "said",
    [
        {"forbidden": ["keeper: name in data.db (1)"]},
        {"lacking": ["gateway: name in business.db"]},
        {"planted": [Planted("journal", 20, 19)]},
        {"planted": [Planted("journal", 0, 0)]},
        {"planted": []},
        {"searched": []},
    ],
)
@pytest.mark.parametrize("missing", [[], [WIRE]])
def test_a_find_or_a_blind_search_is_a_clear_no_however_much_was_searched(
    said: dict[str, list[object]], missing: list[object]
) -> None:
    assert drill.status(report(not_searched=missing, **said)) == 1
