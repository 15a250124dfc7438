"""Which exchanges a page shows: those of a year and of an office, fifty at a time.

A choice comes from an address that anybody may write. A year or a party that no exchange has chooses nothing; what
cannot be one chooses everything. The form then shows which it was; it never raises.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from mynumber.plumbing.clock import in_japan
from mynumber.portal.citizens import Seen

PAGE: Final = 50
_YEAR: Final = re.compile(r"[1-9][0-9]{3}")
_PARTY: Final = re.compile(r"[a-z0-9-]{1,64}")


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


def years(choice: Choice, exchanges: Sequence[Seen]) -> list[int]:
    """Return the years in which something was asked, and the one that is chosen, the newest first."""
    chosen = () if choice.year is None else (choice.year,)
    return sorted({*chosen, *(_year(seen) for seen in exchanges)}, reverse=True)


def offices(choice: Choice, exchanges: Sequence[Seen]) -> list[str]:
    """Return all who asked or were asked, and the one that is chosen."""
    return sorted({choice.office, *(party for seen in exchanges for party in (seen.from_, seen.to))} - {""})


def choose(query: Mapping[str, str]) -> Choice:
    """Return the choice of an address."""
    year, office = query.get("year", ""), query.get("office", "")
    return Choice(
        year=int(year) if _YEAR.fullmatch(year) else None,
        office=office if _PARTY.fullmatch(office) else "",
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
