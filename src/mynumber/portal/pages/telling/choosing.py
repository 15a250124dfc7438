"""Which exchanges a page shows: those of a year and of an office, fifty at a time.

A choice comes from an address that anybody may write. What it does not know chooses everything, and says so by what the
form then shows; it never raises.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from mynumber.plumbing.clock import in_japan
from mynumber.portal.citizens import Seen

PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class Choice:
    """A year in Japan and a party, `None` and `""` for all; `page` counts from 1."""

    year: int | None = None
    office: str = ""
    page: int = 1

    def query(self, page: int = 1) -> dict[str, str]:
        """Return the choice as an address carries it."""
        found = {"year": "" if self.year is None else str(self.year), "office": self.office}
        found["page"] = str(page) if page > 1 else ""
        return {name: value for name, value in found.items() if value}

    @property
    def narrowed(self) -> bool:
        """Whether something is left out."""
        return self.year is not None or bool(self.office)


@dataclass(frozen=True, slots=True)
class Page:
    """What one page holds of what was chosen."""

    exchanges: tuple[Seen, ...]
    number: int
    last: int


def years(exchanges: Sequence[Seen]) -> list[int]:
    """Return the years in which something was asked, the newest first."""
    return sorted({_year(seen) for seen in exchanges}, reverse=True)


def offices(exchanges: Sequence[Seen]) -> list[str]:
    """Return all who asked or were asked."""
    return sorted({party for seen in exchanges for party in (seen.from_, seen.to)})


def choose(query: Mapping[str, str], exchanges: Sequence[Seen]) -> Choice:
    """Return the choice of an address, of what there is to choose."""
    year, office = query.get("year", ""), query.get("office", "")
    return Choice(
        year=next((known for known in years(exchanges) if str(known) == year), None),
        office=office if office in offices(exchanges) else "",
        page=_positive(query.get("page", "")),
    )


def chosen(choice: Choice, exchanges: Sequence[Seen]) -> tuple[Seen, ...]:
    """Return the exchanges of the chosen year and office, in the order they came in."""
    return tuple(
        seen for seen in exchanges if choice.year in (None, _year(seen)) and choice.office in ("", seen.from_, seen.to)
    )


def turn_to(choice: Choice, exchanges: Sequence[Seen]) -> Page:
    """Return the chosen page of these exchanges, the last one if there are not so many."""
    last = max(1, -(-len(exchanges) // PAGE))
    number = min(choice.page, last)
    return Page(tuple(exchanges[(number - 1) * PAGE : number * PAGE]), number, last)


def _year(seen: Seen) -> int:
    return in_japan(seen.requested_at).year


def _positive(text: str) -> int:
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 7 else 1
