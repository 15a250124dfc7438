"""The last days of the reports of a leak on the Japanese calendar (PPC rule 427M60020000005 art. 3).

  1. The day on which the leak became known is day 1; closed days count like others.
  2. The prompt report comes within three to five days, the final one within the days of the class.
  3. A last day on which public offices are closed (Saturday, Sunday, holiday, 29 December to 3 January) moves to the
     next open one.

The number of days of the prompt report and rule 3 are of the commission's guideline and from memory; the days of the
final report are of the law data. Holidays are those of the Act on National Holidays; the two equinoxes of a coming year
are computed and become official in February of the year before.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from holidays.countries.japan import Japan

from mynumber.law.deciding.duties.leak import LeakClass
from mynumber.plumbing.errors import WrongUse

GUIDELINE = "PPC guideline (leak reports), from memory"
PROMPT_FROM, PROMPT_WITHIN = 3, 5
# Numbers are used since January 2016; the holidays behind 2099 are not known.
FIRST, LAST = date(2016, 1, 1), date(2099, 6, 30)
_ONE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Deadline:
    """The last days of the reports of one class; the prompt one is due from `prompt_from` to `prompt`."""

    leak_class: LeakClass
    prompt_from: date
    prompt: date
    final: date


def deadlines(known: date, classes: Iterable[LeakClass]) -> list[Deadline]:
    """Return the deadlines of classes of leaks, for the day on which the leak became known."""
    if not FIRST <= known <= LAST:
        raise WrongUse("LAW_DAY", "no deadlines for a day so early or so late", hint=f"{FIRST} to {LAST} are possible")
    return [
        Deadline(
            leak_class=line,
            prompt_from=last_day(known, PROMPT_FROM),
            prompt=last_day(known, PROMPT_WITHIN),
            final=last_day(known, line.final_report_days),
        )
        for line in classes
    ]


def last_day(known: date, days: int) -> date:
    """Return the last day of a period of `days` that begins with the day of knowledge."""
    day = known + (days - 1) * _ONE
    while closed(day):
        day += _ONE
    return day


def closed(day: date) -> bool:
    """Whether public offices are closed on a day."""
    turn_of_the_year = (day.month, day.day) >= (12, 29) or (day.month, day.day) <= (1, 3)
    return day.weekday() >= 5 or turn_of_the_year or day in _holidays(day.year)


@cache
def _holidays(year: int) -> frozenset[date]:
    return frozenset(Japan(years=year))
