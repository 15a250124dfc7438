"""One address cannot use up the sign-ins of everybody, and all together cannot flood the register."""

import pytest

from mynumber.plumbing.errors import NotFinished
from mynumber.portal.signed_in.beginnings import Beginnings

NOW = 1_790_000_000


def begun(beginnings: Beginnings, address: str, times: int, now: int = NOW) -> int:
    """Try so often and return how often it worked."""
    worked = 0
    for _ in range(times):
        try:
            beginnings.take(address, now)
            worked += 1
        except NotFinished:
            continue
    return worked


def test_one_address_alone_locks_nobody_else_out() -> None:
    beginnings = Beginnings(600, 60)
    assert begun(beginnings, "192.0.2.1", 700) == 60
    with pytest.raises(NotFinished, match="too many sign-ins"):
        beginnings.take("192.0.2.1", NOW)
    assert begun(beginnings, "192.0.2.2", 1) == 1
    assert begun(beginnings, "192.0.2.1", 1, NOW + 59) == 0
    assert begun(beginnings, "192.0.2.1", 1, NOW + 60) == 1


def test_all_together_are_limited_and_what_was_refused_does_not_count() -> None:
    beginnings = Beginnings(600, 60)
    assert sum(begun(beginnings, f"192.0.2.{number}", 70) for number in range(12)) == 600
    assert begun(beginnings, "192.0.2.200", 1, NOW + 60) == 1


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8::1", "2001:db8::ffff:0:0:2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("", "", True),
    ],
)
def test_who_can_change_an_address_at_will_is_one_client(one: str, other: str, same: bool) -> None:
    beginnings = Beginnings(10, 1)
    assert begun(beginnings, one, 1) == 1
    assert begun(beginnings, other, 1) == (0 if same else 1)
