"""A fault point that does not exist is refused, with the name that was meant."""

import pytest

from mynumber.plumbing import faults
from mynumber.plumbing.errors import WrongUse


def test_the_points_of_the_program_are_known() -> None:
    faults.require_known(["keeper.commit.before", "gateway.ask.commit.after"])
    faults.require_known({})
    assert len(faults.known()) > 10


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("keeper.comit.before", "write keeper.commit.before"),
        ("Keeper.commit.before", "write keeper.commit.before"),
        ("zzz", "points are gateway."),
        ("", "points are gateway."),
    ],
)
def test_a_point_that_does_not_exist_is_refused(name: str, hint: str) -> None:
    with pytest.raises(WrongUse, match="does not exist") as refused:
        faults.require_known([name])
    assert refused.value.hint.startswith(hint)
