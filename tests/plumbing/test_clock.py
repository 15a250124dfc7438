"""The clock is the machine's, moved; Japan is nine hours ahead of it."""

import time
from datetime import UTC, datetime

import pytest

from mynumber.plumbing.clock import Clock, in_japan


def test_a_moved_clock_is_ahead_by_its_offset() -> None:
    assert 0 <= Clock(3600).now() - 3600 - int(time.time()) <= 1


@pytest.mark.parametrize(
    ("utc", "there"),
    [
        ("2026-08-31T14:59:59", "2026-08-31 23:59:59"),
        ("2026-08-31T15:00:00", "2026-09-01 00:00:00"),
        ("2024-02-28T15:00:00", "2024-02-29 00:00:00"),
        ("1970-01-01T00:00:00", "1970-01-01 09:00:00"),
    ],
)
def test_a_day_begins_in_japan_at_three_in_the_afternoon_of_utc(utc: str, there: str) -> None:
    seconds = int(datetime.fromisoformat(utc).replace(tzinfo=UTC).timestamp())
    assert str(in_japan(seconds))[:19] == there
