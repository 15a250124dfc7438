"""Licences are no rotated My Numbers, though those that were never lost have the check digit of one."""

import random

import numpy as np
import pytest

from mynumber.scanner.converting.conversion import symbols_of
from mynumber.scanner.converting.families import by_family
from mynumber.world.bench.decoys import DECOYS
from tests.scanner.corpus import number


def rows(values: list[str]) -> list[bytes]:
    return [value.encode() for value in values]


@pytest.mark.parametrize("lost", [1, 2, 3])
def test_licences_are_no_rotated_numbers(lost: int) -> None:
    chance = np.random.default_rng(1)
    licences = DECOYS["licence"](chance, 3000)
    licences = licences[licences[:, -1] < lost]
    values = ["".join(map(str, one)) for one in licences[:400].tolist()]
    assert by_family(symbols_of(rows(values))) is None
    rng = random.Random(1)
    rotated = [one[-1] + one[:-1] for one in (number(rng) for _ in range(400))]
    found = by_family(symbols_of(rows(rotated)))
    assert found is not None
    assert "rotated" in found.name
