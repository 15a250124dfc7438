"""The last days of leak reports, counted a second time with a calendar written by hand."""

from datetime import date, timedelta

import pytest

from mynumber.law.deciding.duties.deadlines import FIRST, LAST, closed, deadlines, last_day
from mynumber.law.deciding.duties.leak import LeakClass
from mynumber.law.statute import current
from mynumber.plumbing.errors import WrongUse

CLASSES = current().tables.lines(LeakClass)
# Month and day of the holidays of three years, from the Act on National Holidays (with the days moved by it).
HOLIDAYS = {
    2025: "1-1 1-13 2-11 2-23 2-24 3-20 4-29 5-3 5-4 5-5 5-6 7-21 8-11 9-15 9-23 10-13 11-3 11-23 11-24",
    2026: "1-1 1-12 2-11 2-23 3-20 4-29 5-3 5-4 5-5 5-6 7-20 8-11 9-21 9-22 9-23 10-12 11-3 11-23",
    2027: "1-1 1-11 2-11 2-23 3-21 3-22 4-29 5-3 5-4 5-5 7-19 8-11 9-20 9-23 10-11 11-3 11-23",
}
CLOSED = {
    date(year, *map(int, day.split("-")))
    for year, days in HOLIDAYS.items()
    for day in (*days.split(), "1-2", "1-3", "12-29", "12-30", "12-31")
}
DAYS = [date(2025, 1, 1) + timedelta(days=number) for number in range(3 * 365)]


def test_every_day_of_three_years_is_open_or_closed_as_the_calendar_says() -> None:
    assert [day for day in DAYS if closed(day)] == [day for day in DAYS if day in CLOSED or day.weekday() in (5, 6)]


@pytest.mark.parametrize("days", [1, 3, 5, 30, 60])
def test_a_last_day_is_the_first_open_one_from_its_number_on(days: int) -> None:
    for known in DAYS[:-80]:
        counted = [known + timedelta(days=number) for number in range(days - 1, days + 20)]
        assert last_day(known, days) == next(day for day in counted if day not in CLOSED and day.weekday() < 5)


@pytest.mark.parametrize(
    ("known", "leak_class", "prompt", "final"),
    [
        # Day 30 is an open Friday.
        ("2026-11-26", "LK1", "2026-11-30", "2026-12-25"),
        # Day 30 is 30 December, and the first open day a Monday.
        ("2026-12-01", "LK4", "2026-12-07", "2027-01-04"),
        # Day 30 is a holiday in a row of them; day 5 a Thursday.
        ("2026-04-05", "LK3", "2026-04-09", "2026-05-07"),
        # A wrongful purpose has 60 days: 7 June 2026 is a Sunday.
        ("2026-04-09", "LK2", "2026-04-13", "2026-06-08"),
        # Day 30 is Saturday, 23 May.
        ("2026-04-24", "LK1", "2026-04-28", "2026-05-25"),
    ],
)
def test_deadlines_of_a_class(known: str, leak_class: str, prompt: str, final: str) -> None:
    found = {one.leak_class.class_id: one for one in deadlines(date.fromisoformat(known), CLASSES)}
    assert (str(found[leak_class].prompt), str(found[leak_class].final)) == (prompt, final)
    assert list(found) == ["LK1", "LK2", "LK3", "LK4"]
    assert all(one.prompt_from <= one.prompt <= one.final for one in found.values())


@pytest.mark.parametrize("known", [FIRST - timedelta(days=1), LAST + timedelta(days=1)])
def test_a_day_without_a_calendar_is_wrong_use(known: date) -> None:
    with pytest.raises(WrongUse):
        deadlines(known, CLASSES)
