"""A fault point that does not exist is refused, with the name that was meant."""

import pytest

from mynumber.cli.serve import ROOMS
from mynumber.plumbing import faults
from mynumber.plumbing.errors import WrongUse


def test_the_points_of_the_program_are_known() -> None:
    faults.require_known(["keeper.commit.before"], "keeper")
    faults.require_known(["gateway.ask.commit.after"], "gateway")
    faults.require_known({}, "gateway")
    assert len(faults.known()) > 10


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("keeper.comit.before", "write keeper.commit.before"),
        ("Keeper.commit.before", "write keeper.commit.before"),
        ("zzz", "points are keeper."),
        ("", "points are keeper."),
    ],
)
def test_a_point_that_does_not_exist_is_refused(name: str, hint: str) -> None:
    with pytest.raises(WrongUse, match="does not exist") as refused:
        faults.require_known([name], "keeper")
    assert refused.value.hint.startswith(hint)


def test_every_point_belongs_to_a_role_and_another_ones_is_refused() -> None:
    assert {name.partition(".")[0] for name in faults.known()} == set(ROOMS)
    with pytest.raises(WrongUse, match=r"never reaches: operator\.commit\.before") as refused:
        faults.require_known(["gateway.ask.commit.after", "operator.commit.before"], "gateway")
    assert refused.value.hint.startswith("points are gateway.")
    assert "operator" not in refused.value.hint
